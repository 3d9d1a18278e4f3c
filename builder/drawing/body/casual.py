"""Casual outfits: hoodie, dress, jacket, kimono, turtleneck. Each function paints one and returns its tags."""

from __future__ import annotations

import numpy as np

from builder.drawing.body.arms import Build, paint_arms, paint_forearms
from builder.drawing.body.body import BOTTOM, open_neck, paint_bow, paint_neck, paint_torso
from builder.drawing.body.cloth import Cloth
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, both_sides, by, points, ribbon, spline
from builder.drawing.medium.palette import Tones


def hoodie(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    knit = cloth.main
    hood = both_sides([(0, 1.0), (0.7, 1.15), (1.05, 1.6), (0.9, 2.0), (0, 2.1)])
    pen.shape(hood, knit.shade, knit.line, 1.1)
    torso = paint_torso(pen, build, knit, wide=1.2)
    open_neck(pen, build, skin, face, 2.2)
    for side in (-1.0, 1.0):
        roll = spline(
            [(0.32, 1.3), (0.62, 1.25), (0.92, 1.62), (0.62, 2.15), (0.0, 2.62), (0.03, 2.22), (0.36, 1.8)], True
        )
        pen.fill(roll * [side, 1], knit.base)
        pen.tone(roll * [side, 1] + by(0.2, 0.16), knit.shade, clip=roll * [side, 1])
        pen.outline(roll * [side, 1], knit.line, 1.1)
        cord = bezier([(0.22, 2.45), (0.3, 2.9), (0.2, 3.3)], 10) * [side, 1]
        pen.shape(ribbon(cord, 0.06, 0.9, 0.9), cloth.accent.base, cloth.accent.line, 0.8)
    pocket = both_sides([(0, 4.4), (0.6, 4.4), (0.95, 5.4), (0, 5.45)], 1)
    pen.shape(pocket, knit.base, knit.line)
    pen.tone(pocket + by(0.6, 0.1), knit.shade, clip=torso)
    return ("hoodie", f"{cloth.words[0]}_hoodie", "drawstring", "hood", "hood_down")


def dress(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    fabric, s = cloth.main, build.shoulder
    bare = pen.of_part("skin")
    paint_forearms(bare, build, skin, 0.75)
    paint_neck(pen, build, skin, face)
    paint_arms(bare, build, skin, 0.75)
    bodice = both_sides(
        [
            (0, 2.5),
            (0.5, 2.36),
            (s * 0.7, 2.42),
            (s * 0.84, 3.0),
            (build.waist, 4.5),
            (1.6, 6.6),
            (2.1, BOTTOM),
            (0, BOTTOM),
        ]
    )
    pen.fill(bodice, fabric.base)
    pen.tone(bodice + by(1.0, 0.3), fabric.shade, clip=bodice)
    pen.outline(bodice, fabric.line, 1.1)
    for side in (-1.0, 1.0):
        strap = points([(0.62, 1.84), (0.76, 1.88), (0.8, 2.44), (0.62, 2.42)]) * [side, 1]
        pen.shape(strap, fabric.base, fabric.line)
    _frill(pen, s * 0.72, 2.45, cloth.second)
    paint_bow(pen, 0, 2.72, 0.26, cloth.accent, tails=False)
    sash = both_sides([(0, 4.3), (build.waist + 0.04, 4.3), (build.waist + 0.02, 4.75), (0, 4.8)], 1)
    pen.shape(sash, cloth.accent.base, cloth.accent.line)
    return ("dress", f"{cloth.words[0]}_dress", "sleeveless", "bare_shoulders", "collarbone", "frills")


def _frill(pen: Pen, half: float, y: float, cloth: Tones) -> None:
    xs = np.linspace(-half, half, 25)
    low = np.stack([xs, y + 0.13 + 0.05 * np.cos(np.arange(25) * np.pi)], axis=1)
    top = np.stack([xs, y - 0.05 + 0.03 * np.cos(xs * 3)], axis=1)
    pen.shape(np.vstack([top, spline(low, steps=4)[::-1]]), cloth.base, cloth.line, 0.8)


def jacket(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    """Open jacket over a plain shirt."""
    coat, shirt = cloth.main, cloth.second
    paint_torso(pen, build, shirt, coat, 1.15)
    open_neck(pen, build, skin, face, 2.12)
    pen.stroke(bezier([(-0.4, 1.68), (-0.3, 2.15), (0.3, 2.15), (0.4, 1.68)], 14), shirt.line, 1.0, 0.6, 0.6)
    s, w = build.shoulder, build.waist
    for side in (-1.0, 1.0):
        half = spline(
            [
                (build.neck + 0.16, 1.58),
                (s * 0.7, 1.86),
                (s * 0.98, 2.16),
                (s * 0.94, 2.9),
                (w + 0.2, 4.4),
                (w + 0.5, 6.0),
            ]
        )
        half = np.vstack([half, [[w * 0.6, 6.05]], spline([(w * 0.55, 4.4), (0.55, 3.0), (0.62, 2.2)])]) * [side, 1]
        pen.fill(half, coat.base)
        pen.tone(half + by(0.32 if side > 0 else 0.6, 0.15), coat.shade, clip=half)
        pen.outline(half, coat.line, 1.1)
        flap = points([(build.neck + 0.1, 1.34), (0.82, 1.74), (0.86, 2.36), (0.56, 2.66), (0.42, 2.0)]) * [side, 1]
        pen.fill(flap, cloth.accent.base)
        pen.tone(flap + by(0.14, 0.16), cloth.accent.shade, clip=flap)
        pen.outline(flap, cloth.accent.line)
    return ("jacket", "open_jacket", f"{cloth.words[0]}_jacket", "shirt", f"{cloth.words[1]}_shirt")


def kimono(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    fabric, sash = cloth.main, cloth.accent
    torso = paint_torso(pen, build, fabric, wide=1.7, hem=BOTTOM)
    open_neck(pen, build, skin, face, 2.4)
    for x, y, size in ((-0.9, 3.0, 0.16), (-0.45, 3.6, 0.11), (0.85, 2.6, 0.13), (-0.7, 5.6, 0.16), (0.7, 6.2, 0.2)):
        _flower(pen, x, y, size, cloth.second, torso)
    for side, low in ((1.0, 0.35), (-1.0, -0.35)):
        band = points(
            [
                (build.neck + 0.02, 1.3),
                (build.neck + 0.3, 1.52),
                (0.5, 2.2),
                (-low * side, 3.7),
                (-0.32 - low * side, 3.6),
                (0.24, 2.1),
            ]
        )
        pen.shape(band * [side, 1], cloth.second.base, cloth.second.line)
        rim = points([(build.neck + 0.3, 1.52), (0.5, 2.2), (-low * side, 3.7)]) * [side, 1]
        pen.stroke(rim, fabric.line, 1.2, 0.9, 0.9)
    w = build.waist + 0.14
    belt = both_sides([(0, 3.75), (w, 3.7), (w - 0.04, 4.3), (w, 4.95), (0, 5.0)], 1)
    pen.fill(belt, sash.base)
    pen.tone(belt + by(0.9, 0.1), sash.shade, clip=belt)
    pen.outline(belt, sash.line, 1.1)
    pen.stroke(points([(-w, 4.3), (0, 4.36), (w, 4.3)]), sash.line, 2.2, 0.9, 0.9)
    return ("kimono", "japanese_clothes", f"{cloth.words[0]}_kimono", "floral_print", "obi", "sash")


def _flower(pen: Pen, x: float, y: float, size: float, cloth: Tones, clip: Points) -> None:
    angle = np.linspace(0, 2 * np.pi, 41)
    radius = size * (0.75 + 0.25 * np.cos(5 * angle))
    pen.tone(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1), cloth.base, clip=clip)
    pen.tone(
        np.stack([x + 0.25 * size * np.cos(angle), y + 0.25 * size * np.sin(angle)], axis=1), cloth.deep, clip=clip
    )


def turtleneck(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    knit = cloth.main
    paint_torso(pen, build, knit, wide=1.15)
    n = build.neck + 0.08
    neck = both_sides(
        [(0, 1.3), (n * 0.5, 1.27), (n, 1.16), (n + 0.03, 1.5), (n + 0.14, 1.74), (n * 0.6, 1.9), (0, 1.95)]
    )
    pen.fill(neck, knit.base)
    pen.tone(face + by(0.04, 0.3), knit.shade, clip=neck)
    pen.outline(neck, knit.line)
    for k in range(-2, 3):
        pen.stroke(bezier([(k * 0.13, 1.36), (k * 0.14, 1.6), (k * 0.17, 1.84)], 6), knit.line, 0.5, 0.2, 0.2)
    return ("sweater", f"{cloth.words[0]}_sweater", "turtleneck")
