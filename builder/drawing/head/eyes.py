"""Anime eyes: lids, lashes, a shaded iris with pupil and sparkles, and closed eyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, by, ellipse, spline
from builder.drawing.medium.palette import RGB, Tones, mix, multiplied

WHITE = (255, 255, 255)


@dataclass(frozen=True)
class EyeShape:
    """Half width, heights above and below the eye's middle, and rise of the outer corner."""

    half: float
    top: float
    bottom: float
    slant: float
    iris: float  # iris half width
    fullness: float  # width of the flat top of the lid


SHAPES = {
    "round": EyeShape(0.265, 0.275, 0.235, 0.00, 0.178, 0.62),
    "almond": EyeShape(0.285, 0.235, 0.200, 0.03, 0.165, 0.52),
    "sharp": EyeShape(0.290, 0.205, 0.165, 0.07, 0.148, 0.45),
    "droopy": EyeShape(0.280, 0.240, 0.215, -0.06, 0.172, 0.58),
    "wide": EyeShape(0.285, 0.295, 0.245, 0.02, 0.192, 0.66),
}


def lids(shape: EyeShape) -> tuple[Points, Points]:
    """Upper and lower lid, both from the inner corner (x < 0) to the outer one (x > 0)."""
    a, f = shape.half, shape.fullness
    inner, outer = (-a, 0.05), (a, 0.02 - shape.slant)
    upper = spline(
        [
            inner,
            (-a * (0.55 + 0.25 * f), -shape.top * 0.62),
            (-a * 0.18, -shape.top),
            (a * 0.42, -shape.top * 0.93 - shape.slant * 0.5),
            (a * 0.85, -shape.top * 0.45 - shape.slant * 0.9),
            outer,
        ]
    )
    lower = spline(
        [
            inner,
            (-a * 0.66, shape.bottom * 0.72),
            (-a * 0.1, shape.bottom),
            (a * 0.55, shape.bottom * 0.86 - shape.slant * 0.3),
            (a * 0.9, shape.bottom * 0.42 - shape.slant * 0.7),
            outer,
        ]
    )
    return upper, lower


def open_eye(
    pen: Pen, shape: EyeShape, iris: RGB, skin: Tones, lash: RGB, gaze: float, side: float, flicks: bool
) -> None:
    """One open eye at the pen's origin, outer corner at x > 0; `side` is -1 if the pen is mirrored."""
    upper, lower = lids(shape)
    white = np.vstack([upper, lower[::-1]])
    pen.fill(white, (252, 250, 252))
    pen.tone(white * [1, 1] - by(0, shape.top * 0.95), (206, 204, 222), clip=white)
    _iris(pen, shape, iris, white, gaze * side - 0.02, side)
    pen.stroke(lower[len(lower) // 3 :], lash, 0.9, 0.0, 0.6)
    _lashes(pen, shape, upper, lash, flicks)
    crease = upper[8:-4] * [1.0, 1.0] - by(0.0, 0.085)
    pen.stroke(crease, skin.line, 0.6, 0.0, 0.0)


def _iris(pen: Pen, shape: EyeShape, color: RGB, white: Points, x: float, side: float) -> None:
    pen = pen.of_part("iris")
    rx = shape.iris
    ry = min(rx * 1.38, (shape.top + shape.bottom) * 0.56)
    y = (shape.bottom - shape.top) * 0.5 + 0.012
    ball = ellipse(x, y, rx, ry)
    dark = multiplied(color, (0.42, 0.38, 0.5))
    visible = _cut(ball, white)
    pen.fill(visible, color)
    pen.gradient(ball, multiplied(color, (0.55, 0.5, 0.62)), mix(color, WHITE, 0.32), clip=visible)
    pen.tone(ellipse(x, y + ry * 0.62, rx * 0.72, ry * 0.34), mix(color, WHITE, 0.5), clip=visible)
    pen.tone(ellipse(x, y - ry * 0.75, rx * 1.3, ry * 0.62), dark, clip=visible)
    pupil = ellipse(x, y - ry * 0.02, rx * 0.42, ry * 0.46)
    pen.solid(_cut(pupil, white), multiplied(dark, (0.5, 0.5, 0.6)))
    ring = np.vstack([visible, visible[:2]])
    pen.stroke(ring, multiplied(dark, (0.7, 0.65, 0.75)), 0.9, 0.9, 0.9)
    pen.fill(ellipse(x - side * rx * 0.42, y - ry * 0.42, rx * 0.36, ry * 0.30), WHITE)
    pen.fill(ellipse(x + side * rx * 0.4, y + ry * 0.42, rx * 0.17, ry * 0.14), WHITE)


def _cut(ball: Points, white: Points) -> Points:
    """The ball's points, clipped to the lids (the lids are graphs over x)."""
    count = len(white) // 2
    upper, lower = white[:count], white[count:][::-1]
    top = np.interp(ball[:, 0], upper[:, 0], upper[:, 1])
    bottom = np.interp(ball[:, 0], lower[:, 0], lower[:, 1])
    return np.stack([ball[:, 0], np.clip(ball[:, 1], top, bottom)], axis=1)


def _lashes(pen: Pen, shape: EyeShape, upper: Points, lash: RGB, flicks: bool) -> None:
    """The thick line of the upper lid, with two optional flicks at the outer corner."""
    t = np.linspace(0, 1, len(upper))
    thick = 0.018 + 0.062 * np.sin(np.pi * np.clip(t, 0, 1) ** 0.85) ** 0.8
    outer = upper[-1]
    top = upper - np.stack([0 * t, thick], axis=1)
    pen.solid(np.vstack([upper, top[::-1]]), lash)
    if not flicks:
        return
    flick = bezier([upper[-9], outer + by(0.03, -0.05), outer + by(0.085, -0.075 - shape.slant * 0.3)], 8)
    pen.solid(np.vstack([flick, outer + by(-0.01, 0.035), upper[-6]]), lash)
    second = bezier([upper[-14] - by(0, 0.02), outer + by(0.0, -0.14), outer + by(0.065, -0.165)], 8)
    pen.solid(np.vstack([second, upper[-9] + by(0.0, 0.0)]), lash)


def closed_eye(pen: Pen, shape: EyeShape, skin: Tones, lash: RGB, happy: bool) -> None:
    """A closed eye: arched upward if happy, else arched downward with lashes below."""
    a = shape.half * 1.05
    height = -0.17 if happy else 0.12
    middle = 0.1 if happy else 0.06
    lid = bezier([(-a, middle), (-a * 0.4, middle + height * 1.25), (a * 0.5, middle + height * 1.25), (a, middle)], 22)
    pen.stroke(lid, lash, 2.4, 0.2, 0.45)
    for k, reach in ((4, 0.09), (7, 0.07)) if not happy else ((2, 0.06),):
        root = lid[-k]
        pen.stroke(np.linspace(root, root + by(reach, 0.06 if not happy else -0.02), 6), lash, 1.2, 0.8, 0.0)
    if not happy:
        pen.stroke(lid[5:-5] - by(0, 0.2), skin.line, 0.5, 0.0, 0.0)
