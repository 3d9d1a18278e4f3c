"""School outfits: sailor uniform, blazer with tie, vest. Each function paints one and returns its tags."""

from __future__ import annotations

import numpy as np

from builder.drawing.body.arms import Build
from builder.drawing.body.body import (
    BOTTOM,
    open_neck,
    paint_bow,
    paint_buttons,
    paint_collar,
    paint_skirt,
    paint_torso,
)
from builder.drawing.body.cloth import Cloth
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, both_sides, by, points, spline
from builder.drawing.medium.palette import CLOTH, Tones, tones


def sailor(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    white, trim, scarf = tones(CLOTH["white"]), cloth.main, cloth.accent
    color = cloth.words[0]
    if color == "white":
        trim, color = cloth.second, cloth.words[1]
    paint_torso(pen, build, white)
    paint_skirt(pen, build, trim)
    open_neck(pen, build, skin, face, 2.35)
    s = build.shoulder
    for side in (-1.0, 1.0):
        flap = spline([(build.neck + 0.06, 1.52), (s * 0.62, 1.74), (s * 0.86, 2.02)])
        flap = np.vstack([flap, points([(s * 0.8, 2.35), (0.5, 2.55), (0.02, 3.0), (0.0, 2.62)])]) * [side, 1]
        pen.fill(flap, trim.base)
        pen.tone(flap + by(0.12 if side > 0 else -0.5, 0.3), trim.shade, clip=flap)
        pen.outline(flap, trim.line)
        stripe = points([(s * 0.76, 1.98), (s * 0.7, 2.22), (0.48, 2.42), (0.03, 2.84)]) * [side, 1]
        pen.stroke(stripe, (250, 250, 252), 1.6, 0.9, 0.9, True)
    paint_bow(pen, 0, 3.0, 0.5, scarf)
    return ("school_uniform", "serafuku", "sailor_collar", f"{color}_sailor_collar", "skirt", f"{color}_skirt",
            "pleated_skirt", "bow", f"{cloth.words[2]}_bow")  # fmt: skip


def blazer(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    """Blazer over a white shirt and a necktie."""
    white, coat, tie = tones(CLOTH["white"]), cloth.main, cloth.accent
    color = cloth.words[0]
    if color == "white":
        coat, color = cloth.second, cloth.words[1]
    paint_torso(pen, build, coat)
    opening = points(
        [(-build.neck - 0.1, 1.6), (build.neck + 0.1, 1.6), (0.42, 2.4), (0.03, 3.6), (-0.03, 3.6), (-0.42, 2.4)]
    )
    pen.shape(opening, white.base, coat.line)
    open_neck(pen, build, skin, face, 2.0)
    blade = points([(-0.1, 1.98), (0.1, 1.98), (0.2, 3.25), (0.0, 3.5), (-0.2, 3.25)])
    pen.fill(blade, tie.base)
    pen.tone(blade + by(0.1, 0.0), tie.shade, clip=blade)
    pen.outline(blade, tie.line)
    pen.shape(points([(-0.14, 1.82), (0.14, 1.82), (0.1, 2.04), (-0.1, 2.04)]), tie.base, tie.line)
    paint_collar(pen, build, white)
    for side in (-1.0, 1.0):
        lapel = points([(build.neck + 0.22, 1.6), (0.75, 2.2), (0.62, 2.4), (0.74, 2.55), (0.04, 3.62), (0.4, 2.4)])
        pen.fill(lapel * [side, 1], coat.base)
        pen.tone(lapel * [side, 1] + by(0.16, 0.1), coat.shade, clip=lapel * [side, 1])
        pen.outline(lapel * [side, 1], coat.line)
    front = bezier([(0.0, 3.6), (0.04, 4.6), (0.0, BOTTOM)], 10)
    pen.stroke(front, coat.line, 1.0, 0.8, 0.8)
    paint_buttons(pen, 0.14, cloth.accent.base, coat.line, 4.0)
    return ("school_uniform", "jacket", f"{color}_jacket", "shirt", "white_shirt", "collared_shirt", "necktie",
            f"{cloth.words[2]}_necktie")  # fmt: skip


def vest(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    """White shirt and ribbon under a knitted vest."""
    white, vest, color = tones(CLOTH["white"]), cloth.main, cloth.words[0]
    if color == "white":
        vest, color = cloth.second, cloth.words[1]
    paint_torso(pen, build, white)
    s, w = build.shoulder, build.waist
    body = both_sides(
        [(0, 3.0), (0.42, 2.2), (0.6, 1.8), (s * 0.8, 1.98), (s * 0.72, 3.1), (w, 4.5), (w + 0.4, 6), (0, 6.1)], 1
    )
    pen.fill(body, vest.base)
    pen.tone(body + by(0.9, 0.2), vest.shade, clip=body)
    pen.outline(body, vest.line, 1.1)
    for side in (-1.0, 1.0):
        trim = points([(0.0, 3.1), (0.47, 2.3), (0.7, 1.84)]) * [side, 1]
        pen.stroke(trim, vest.light, 1.6, 0.9, 0.9, True)
    open_neck(pen, build, skin, face, 2.0)
    paint_collar(pen, build, white)
    paint_bow(pen, 0, 2.2, 0.38, cloth.accent)
    return ("sweater_vest", f"{color}_sweater_vest", "shirt", "white_shirt", "collared_shirt", "bow",
            f"{cloth.words[2]}_bow")  # fmt: skip
