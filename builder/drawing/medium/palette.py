"""Named colours of hair, eyes, skin and cloth, and the cel tones (shade, light, line) derived from each."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

RGB = tuple[int, int, int]

# Keys are the colour words in Danbooru's tags: "blue_hair", "red_eyes", "white_shirt".
HAIR: dict[str, RGB] = {
    "black": (62, 58, 76),
    "brown": (140, 90, 66),
    "blonde": (246, 214, 132),
    "blue": (88, 122, 204),
    "aqua": (128, 208, 214),
    "pink": (246, 166, 190),
    "purple": (146, 110, 190),
    "green": (126, 182, 128),
    "red": (198, 70, 72),
    "orange": (240, 152, 88),
    "grey": (168, 170, 188),
    "white": (234, 232, 242),
}
EYES: dict[str, RGB] = {
    "blue": (58, 118, 214),
    "red": (206, 52, 66),
    "green": (58, 158, 98),
    "brown": (146, 84, 50),
    "purple": (134, 78, 190),
    "yellow": (232, 178, 42),
    "aqua": (52, 178, 192),
    "pink": (228, 96, 152),
    "orange": (228, 122, 40),
    "grey": (120, 128, 148),
}
SKIN: dict[str, RGB] = {
    "fair": (255, 236, 222),
    "peach": (254, 224, 202),
    "tan": (240, 196, 160),
    "dark": (178, 122, 90),
}
CLOTH: dict[str, RGB] = {
    "white": (248, 248, 252),
    "black": (66, 64, 78),
    "grey": (150, 154, 168),
    "red": (204, 62, 70),
    "blue": (74, 104, 176),
    "green": (92, 144, 112),
    "pink": (244, 170, 190),
    "purple": (138, 112, 178),
    "yellow": (244, 208, 110),
    "brown": (142, 104, 82),
    "orange": (236, 146, 84),
    "aqua": (140, 206, 210),
}


@dataclass(frozen=True)
class Tones:
    """The colours of one material in cel shading."""

    base: RGB
    shade: RGB
    deep: RGB
    light: RGB
    line: RGB


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """Linear mix of `a` and `b`; `share` in 0..1 is the weight of `b`."""
    r, g, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, blue


def multiplied(color: RGB, filter_color: tuple[float, float, float]) -> RGB:
    r, g, b = (int(min(255, max(0, round(x * f)))) for x, f in zip(color, filter_color, strict=True))
    return r, g, b


def varied(color: RGB, rng: np.random.Generator, amount: float = 1.0) -> RGB:
    """A random shade near `color` that has the same colour word."""
    h, s, v = colorsys.rgb_to_hsv(*(x / 255 for x in color))
    h = (h + rng.normal(0, 0.008) * amount) % 1
    s = min(1.0, max(0.0, s * (1 + rng.normal(0, 0.07) * amount)))
    v = min(1.0, max(0.0, v * (1 + rng.normal(0, 0.03) * amount)))
    r, g, b = (round(x * 255) for x in colorsys.hsv_to_rgb(h, s, v))
    return r, g, b


def tones(base: RGB, warm: bool = False) -> Tones:
    """Tones of `base`: shadows shift to violet, or to red if `warm` (skin); the line is the darkest tone."""
    first, second = ((0.93, 0.78, 0.75), (0.84, 0.64, 0.61)) if warm else ((0.78, 0.72, 0.84), (0.60, 0.53, 0.70))
    if not warm and min(base) > 215:  # white: a bluish grey shadow
        first, second = (0.86, 0.86, 0.93), (0.72, 0.72, 0.83)
    elif not warm and base[0] > 200 and base[1] > 0.55 * base[0] and base[2] < 0.72 * base[0]:  # yellow: amber
        first, second = (0.89, 0.75, 0.64), (0.72, 0.57, 0.52)
    line = mix(multiplied(base, (0.44, 0.24, 0.24) if warm else (0.30, 0.25, 0.36)), (40, 20, 30), 0.3)
    return Tones(base, multiplied(base, first), multiplied(base, second), mix(base, (255, 255, 255), 0.55), line)
