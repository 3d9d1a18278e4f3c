"""Square crops of crowd pictures, mostly around a face: more kinds of faces, light and backgrounds than `draw_face`."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from builder.drawing.character import make_artist
from builder.drawing.crowd.crowd import Crowd, draw_crowd

SMALLEST = 50  # px of a face box; smaller faces are enlarged too much
ELSEWHERE = 0.15  # share of pictures with faces that are cropped anywhere


@dataclass(frozen=True)
class Crop:
    """A crop RGB uint8 (H, W, 3) with its metadata. The parts of the figures are not known."""

    color: NDArray[np.uint8]
    metadata: dict[str, object]
    parts: None = None


def draw_crop(seed: int, size: int = 256) -> Crop:
    """A crop of the crowd picture of `seed`, scaled to `size` x `size`.

    It shows a face with the framing of a face crop; any place in some pictures and in those without a face of 50 px.
    """
    crowd, rng = draw_crowd(seed), np.random.default_rng([seed, 0xC09])
    faces = [face.box for face in crowd.faces if _side(face.box) >= SMALLEST]
    if faces and rng.random() >= ELSEWHERE:
        x, y, side = _around(faces[int(rng.integers(len(faces)))], rng)
    else:
        x, y, side = _anywhere(crowd, rng)
    color = _cut(crowd.rgb, x, y, side, size)
    metadata: dict[str, object] = {
        "id": seed,
        "artist": make_artist(seed).name,
        "rating": "g",
        "tags": ["crop"],
        "image_width": size,
        "image_height": size,
    }
    return Crop(color, metadata)


def _side(box: tuple[float, float, float, float]) -> float:
    left, top, right, bottom = box
    return max(right - left, bottom - top)


def _around(box: tuple[float, float, float, float], rng: np.random.Generator) -> tuple[float, float, float]:
    left, top, right, bottom = box
    face = _side(box)
    side = face * float(rng.uniform(1.5, 2.2))
    dx, dy = (float(v) for v in rng.normal(0, 0.06, 2) * face)
    return (left + right - side) / 2 + dx, (top + bottom - side) / 2 - 0.1 * face + dy, side


def _anywhere(crowd: Crowd, rng: np.random.Generator) -> tuple[float, float, float]:
    height, width = crowd.rgb.shape[:2]
    side = min(width, height) * float(rng.uniform(0.5, 0.9))
    return float(rng.uniform(0, width - side)), float(rng.uniform(0, height - side)), side


def _cut(rgb: NDArray[np.uint8], x: float, y: float, side: float, size: int) -> NDArray[np.uint8]:
    """The square, moved and reduced to lie inside the picture, at `size` px."""
    height, width = rgb.shape[:2]
    side = int(min(side, width, height))
    left, top = int(np.clip(x, 0, width - side)), int(np.clip(y, 0, height - side))
    square = rgb[top : top + side, left : left + side]
    scaled = cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_CUBIC)
    return np.asarray(scaled, np.uint8)
