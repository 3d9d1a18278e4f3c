"""Neck, shoulders, arms and simple garments, in head units: the face spans -1 .. 1, the chin is near y = 1.2."""

from __future__ import annotations

import numpy as np

from builder.drawing.body.arms import Build, paint_arms, paint_forearms
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, both_sides, by, mirrored, points, spline
from builder.drawing.medium.palette import RGB, Tones, mix

BOTTOM = 9.5


def torso_outline(build: Build, hem: float) -> Points:
    """Outline of the torso from the collar to the hem."""
    s, w, collar = build.shoulder, build.waist, 1.72
    return both_sides(
        [
            (0, collar - 0.06),
            (build.neck + 0.06, collar - 0.1),
            (s * 0.7, collar + 0.16),
            (s * 0.97, collar + 0.42),
            (s * 0.92, 2.9),
            (w + 0.12, 3.8),
            (w, 4.6),
            (w + 0.26, 5.6),
            (w + 0.3 + 0.03 * (hem - 5.9), hem - 0.06),
            ((w + 0.3) * 0.5, hem + 0.06),
            (0, hem + 0.08),
        ]
    )


def paint_neck(pen: Pen, build: Build, skin: Tones, face: Points) -> None:
    """Bare neck and chest with the shadow of the head and the collarbones."""
    n, s = build.neck, build.shoulder
    neck = both_sides(
        [
            (0, 0.5),
            (n, 0.55),
            (n * 0.96, 1.3),
            (n + 0.1, 1.6),
            (s * 0.62, 1.83),
            (s * 0.96, 2.12),
            (s * 0.9, 3.2),
            (0, 3.6),
        ]
    )
    pen = pen.of_part("skin")
    pen.fill(neck, skin.base)
    shadow = face + by(0.04, 0.3)
    pen.tone(shadow, skin.shade, clip=neck)
    for side in (-1.0, 1.0):
        edge = spline([(n, 0.75), (n * 0.96, 1.3), (n + 0.1, 1.6), (s * 0.62, 1.83), (s * 0.96, 2.12)]) * [side, 1]
        pen.stroke(edge, skin.line, 1.0, 0.4, 0.4)
        bone = bezier([(0.1, 2.02), (0.4, 1.9), (0.78, 1.96)], 10) * [side, 1]
        pen.stroke(bone, skin.line, 0.6, 0.6, 0.0)


def open_neck(pen: Pen, build: Build, skin: Tones, face: Points, depth: float) -> None:
    """Bare skin inside a neckline that reaches down to `depth`."""
    n = build.neck
    skin_area = both_sides([(0, 1.0), (n * 0.96, 1.0), (n * 0.97, 1.3), (n + 0.12, 1.62), (0.3, 2.0), (0.0, depth)])
    pen = pen.of_part("skin")
    pen.fill(skin_area, skin.base)
    pen.tone(face + by(0.04, 0.3), skin.shade, clip=skin_area)
    for side in (-1.0, 1.0):
        edge = spline([(n * 0.96, 0.95), (n * 0.97, 1.3), (n + 0.12, 1.62)]) * [side, 1]
        pen.stroke(edge, skin.line, 1.0, 0.5, 0.5)
        bone = bezier([(0.06, 2.0), (0.16, 1.9), (0.32, 1.9)], 8) * [side, 1]
        pen.stroke(bone, skin.line, 0.6, 0.6, 0.0)


def paint_torso(
    pen: Pen, build: Build, tones: Tones, sleeves: Tones | None = None, wide: float = 1.0, hem: float = 5.9
) -> Points:
    """Torso and sleeved arms in one cloth, with a shadow side and folds; returns the torso's outline."""
    paint_forearms(pen, build, sleeves or tones, wide)
    torso = torso_outline(build, hem)
    pen.fill(torso, tones.base)
    w = build.waist
    shade = spline([(build.shoulder * 0.9, 2.6), (w * 0.8, 3.3), (w * 0.55, 4.6), (w * 0.8, 6.0), (w, BOTTOM)])
    pen.tone(np.vstack([shade, [[4, BOTTOM], [4, 2.6]]]), tones.shade, clip=torso)
    pen.outline(torso, tones.line, 1.1)
    for side in (-1.0, 1.0):
        fold = bezier([(build.shoulder * 0.86, 2.75), (build.shoulder * 0.7, 2.9), (build.shoulder * 0.62, 3.25)], 10)
        pen.stroke(fold * [side, 1], tones.line, 0.8, 0.8, 0.0)
        crease = bezier([(w * 0.98, 4.5), (w * 0.7, 4.62), (w * 0.5, 4.58)], 8) * [side, 1]
        pen.stroke(crease, tones.line, 0.7, 0.8, 0.0)
    paint_arms(pen, build, sleeves or tones, wide)
    return torso


def paint_bottoms(pen: Pen, build: Build, tones: Tones, skirt: bool) -> None:
    """Trousers or a plain skirt, from below the hem of the upper garment."""
    hip = build.waist + 0.24
    low = hip + 0.5 if skirt else hip + 0.02
    whole = both_sides([(0, 5.3), (hip - 0.1, 5.3), (hip, 6.2), (low, 8.0), (low + 0.1, BOTTOM), (0, BOTTOM)])
    pen.fill(whole, tones.base)
    pen.tone(whole + by(hip, 0.5), tones.shade, clip=whole)
    pen.outline(whole, tones.line, 1.1)
    for x, lean in ((-0.55, -0.3), (0.5, 0.3)) if skirt else ((0.0, 0.0),):
        pen.stroke(bezier([(x, 6.1), (x + 0.4 * lean, 7.2), (x + lean, BOTTOM)], 12), tones.line, 0.8, 0.3, 0.9)


def paint_skirt(pen: Pen, build: Build, tones: Tones) -> None:
    """Pleated skirt from the waist."""
    w = build.waist
    right = points([(0, 4.75), (w + 0.04, 4.7), (w + 0.55, 6.0), (w + 0.95, 7.6)])
    hem = np.linspace([w + 0.95, 7.6], [-w - 0.95, 7.6], 13)
    hem[1::2, 1] += 0.12
    skirt = np.vstack([right, hem, mirrored(right)[::-1]])
    pen.shape(skirt, tones.base, tones.line, 1.1)
    for k in range(-3, 4):
        x = k / 3.5
        pleat = np.linspace([x * w, 4.8], [x * (w + 0.95), 7.6], 8)
        pen.tone(np.vstack([pleat, pleat[::-1] + by(0.17, 0)]), tones.shade, clip=skirt)
        pen.stroke(pleat, tones.line, 0.8, 0.3, 0.8)


def paint_bow(pen: Pen, x: float, y: float, size: float, tones: Tones, tails: bool = True) -> None:
    """Ribbon bow: two loops, a knot, and hanging ends."""
    for side in (-1.0, 1.0):
        if tails:
            tail = points([(0.02, 0.05), (0.2, 0.5), (0.42, 1.1), (0.62, 0.92), (0.36, 0.4), (0.14, 0.0)])
            tail = tail * [side * size, size] + by(x, y)
            pen.shape(tail, tones.shade, tones.line, 0.9)
        loop = spline([(0.05, 0), (0.5, -0.42), (0.95, -0.44), (1.0, 0.05), (0.9, 0.46), (0.45, 0.3)], closed=True)
        loop = loop * [side * size, size] + by(x, y)
        pen.fill(loop, tones.base)
        pen.tone(loop * [1, 1] + by(0, 0.36 * size), tones.shade, clip=loop)
        pen.outline(loop, tones.line)
        pen.stroke(
            bezier([(x, y), (x + 0.3 * side * size, y - 0.1 * size), (x + 0.6 * side * size, y)], 8),
            tones.line,
            0.7,
            0.6,
            0,
        )
    knot = spline([(-0.16, -0.18), (0.16, -0.18), (0.18, 0.18), (-0.18, 0.18)], closed=True) * size + by(x, y)
    pen.shape(knot, tones.base, tones.line)


def paint_collar(pen: Pen, build: Build, tones: Tones, depth: float = 0.62) -> None:
    """Shirt collar: two pointed flaps."""
    n = build.neck
    for side in (-1.0, 1.0):
        flap = points([(n + 0.03, 1.36), (0.02, 1.62 + depth * 0.3), (0.3, 1.72 + depth * 0.55), (n + 0.3, 1.62)])
        pen.fill(flap * [side, 1], tones.base)
        pen.tone(flap * [side, 1] * [0.9, 1] + by(0.05, 0.12), tones.shade, clip=flap * [side, 1])
        pen.outline(flap * [side, 1], tones.line)


def paint_buttons(pen: Pen, x: float, color: RGB, line: RGB, top: float = 2.4) -> None:
    angle = np.linspace(0, 2 * np.pi, 14)
    disc = np.stack([np.cos(angle), np.sin(angle)], axis=1) * 0.05
    for k in range(4):
        pen.shape(disc + by(x, top + 0.62 * k), mix(color, (255, 255, 255), 0.2), line, 0.7)
