"""Looks of a picture: shading, manga with screen tone, line drawings, night light; and what files and screens do."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # RGB (H, W, 3), or a line layer (H, W)
Look = Callable[[Picture, Picture, np.random.Generator], NDArray[np.generic]]


def _flat(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    return color


def _soft(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Shading without edges, under lines of any strength."""
    fill = cv2.medianBlur(color, 5)
    fill = cv2.GaussianBlur(fill, (0, 0), float(rng.uniform(1.0, 3.5)))
    return _inked(np.asarray(fill, np.float64), line, float(rng.uniform(0.0, 1.0)), rng)


def _inked(fill: NDArray[np.float64], line: Picture, strength: float, rng: np.random.Generator) -> NDArray[np.generic]:
    share = (1 - line[..., None] / 255) * strength
    return fill * (1 - share) + rng.uniform(0, 90, 3) * share


def _glossy(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Flat colours mixed with their blurred copy, with light from one side."""
    height, width = line.shape
    light = cv2.resize(
        rng.uniform(0.55, 1.35, (3, 3, 1)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    glow = cv2.GaussianBlur(color, (0, 0), 4).astype(np.float64)
    share = float(rng.uniform(0.2, 0.6))
    return (color * (1 - share) + glow * share) * light[..., None]


def _manga(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Grey areas as dots of screen tone or as plain grey, light areas white, dark ones black."""
    grey = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY).astype(np.float64)
    light, dark = rng.uniform(120, 225), rng.uniform(20, 90)
    ys, xs = np.mgrid[: line.shape[0], : line.shape[1]]
    step = float(rng.uniform(1.2, 2.6))
    dots = 127 + 127 * np.sin((xs + ys) / step) * np.sin((xs - ys) / step)
    plain = rng.random() < 0.5
    middle = grey if plain else np.where(grey > dots, 255.0, 60.0)
    tone = np.where(grey > light, 255.0, np.where(grey < dark, 0.0, middle))
    return np.repeat(np.minimum(cv2.GaussianBlur(tone, (0, 0), 0.6), line)[..., None], 3, 2)


def _drawing(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Lines on paper."""
    paper, ink = rng.uniform(215, 256, 3), rng.uniform(0, 130, 3)
    share = (1 - line[..., None] / 255) * float(rng.uniform(0.6, 1.0))
    return paper * (1 - share) + ink * share


def _tinted(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Sepia and other pictures of one tint, or grey."""
    grey = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)[..., None] / 255
    if rng.random() < 0.5:
        return np.repeat(grey * 255, 3, 2)
    dark, light = rng.uniform(0, 80, 3), rng.uniform(190, 256, 3)
    return dark + (light - dark) * grey


def _night(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Coloured dim light."""
    return color * rng.uniform(0.2, 0.75, 3) + rng.uniform(0, 45, 3)


def _rough(color: Picture, line: Picture, rng: np.random.Generator) -> NDArray[np.generic]:
    """Colours that vary from stroke to stroke."""
    height, width = line.shape
    noise = rng.normal(0, float(rng.uniform(8, 30)), (height // 6 + 1, width // 6 + 1, 3)).astype(np.float32)
    return cv2.bilateralFilter(color, 5, 40, 5) + cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


LOOKS: dict[Look, float] = {
    _flat: 0.32, _soft: 0.2, _glossy: 0.1, _manga: 0.12, _drawing: 0.05, _tinted: 0.07, _night: 0.07, _rough: 0.07,
}  # fmt: skip


def choose_look(color: Picture, line: Picture, rng: np.random.Generator) -> Picture:
    """Give a picture RGB (H, W, 3) with its lines (H, W) one look."""
    looks = list(LOOKS)
    look = looks[int(rng.choice(len(looks), p=np.array(list(LOOKS.values())) / sum(LOOKS.values())))]
    return rounded(look(color, line, rng))


def rounded(values: NDArray[np.generic]) -> Picture:
    """Values of any type as uint8, cut to 0..255."""
    return np.asarray(np.clip(values, 0, 255) + 0.5, np.uint8)


def damage(rgb: Picture, rng: np.random.Generator) -> Picture:
    """What files and screens do: contrast, hue, blur, small copies, noise, JPEG, subtitles. RGB in and out."""
    if rng.random() < 0.6:
        contrast, gain = float(rng.uniform(0.6, 1.3)), rng.normal(1, 0.06, 3)
        rgb = rounded(((rgb - 128.0) * contrast + 128 + float(rng.normal(0, 18))) * gain)
    if rng.random() < 0.25:
        hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(-30, 31))) % 180
        hsv[..., 1] = rounded(hsv[..., 1] * float(rng.uniform(0.4, 1.4)))
        rgb = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
    if rng.random() < 0.2:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 1.8))), np.uint8)
    if rng.random() < 0.15:
        rgb = rounded(rgb + rng.normal(0, float(rng.uniform(2, 14)), rgb.shape))
    if rng.random() < 0.08:
        _subtitle(rgb, rng)
    if rng.random() < 0.35:
        _, code = cv2.imencode(".jpg", rgb, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 90))))
        rgb = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return rgb


def _subtitle(rgb: Picture, rng: np.random.Generator) -> None:
    height, width = rgb.shape[:2]
    text = "".join(chr(int(code)) for code in rng.integers(97, 123, int(rng.integers(8, 24))))
    at, size = (int(0.05 * width), int(height * rng.uniform(0.1, 0.95))), width / 400
    cv2.putText(rgb, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), max(2, int(5 * size)), cv2.LINE_AA)
    cv2.putText(rgb, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), max(1, int(2 * size)), cv2.LINE_AA)
