"""Outfits: each paints the body below the head and names what was painted in Danbooru's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from builder.art.body import (
    BOTTOM,
    Build,
    paint_arms,
    paint_bow,
    paint_buttons,
    paint_collar,
    paint_forearms,
    paint_neck,
    paint_skirt,
    paint_torso,
)
from builder.art.canvas import Pen
from builder.art.curves import Points, bezier, both_sides, by, points, spline
from builder.art.palette import CLOTH, Tones, tones, varied


@dataclass(frozen=True)
class Cloth:
    """Main cloth, second cloth and accent of one outfit, with their colour words."""

    main: Tones
    second: Tones
    accent: Tones
    words: tuple[str, str, str]


PALETTES: tuple[tuple[str, str, str], ...] = (
    ("white", "blue", "red"),
    ("white", "black", "red"),
    ("blue", "white", "yellow"),
    ("black", "white", "red"),
    ("pink", "white", "brown"),
    ("green", "white", "yellow"),
    ("purple", "white", "pink"),
    ("yellow", "white", "blue"),
    ("brown", "white", "green"),
    ("red", "white", "black"),
    ("grey", "white", "aqua"),
    ("aqua", "white", "orange"),
    ("orange", "white", "green"),
)


def choose_cloth(rng: np.random.Generator) -> Cloth:
    words = PALETTES[int(rng.integers(len(PALETTES)))]
    main, second, accent = (tones(varied(CLOTH[word], rng)) for word in words)
    return Cloth(main, second, accent, words)


Outfit = Callable[[Pen, Build, Tones, Points, Cloth], tuple[str, ...]]


def _sailor(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    white, trim, scarf = tones(CLOTH["white"]), cloth.main, cloth.accent
    color = cloth.words[0]
    if color == "white":
        trim, color = cloth.second, cloth.words[1]
    paint_torso(pen, build, white)
    paint_skirt(pen, build, trim)
    _open_neck(pen, build, skin, face, 2.35)
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


def _open_neck(pen: Pen, build: Build, skin: Tones, face: Points, depth: float) -> None:
    """Bare skin again inside a neckline that reaches down to `depth`."""
    n = build.neck
    skin_area = both_sides([(0, 1.0), (n * 0.96, 1.0), (n * 0.97, 1.3), (n + 0.12, 1.62), (0.3, 2.0), (0.0, depth)])
    pen.fill(skin_area, skin.base)
    pen.tone(face + by(0.04, 0.3), skin.shade, clip=skin_area)
    for side in (-1.0, 1.0):
        edge = spline([(n * 0.96, 0.95), (n * 0.97, 1.3), (n + 0.12, 1.62)]) * [side, 1]
        pen.stroke(edge, skin.line, 1.0, 0.5, 0.5)
        bone = bezier([(0.06, 2.0), (0.16, 1.9), (0.32, 1.9)], 8) * [side, 1]
        pen.stroke(bone, skin.line, 0.6, 0.6, 0.0)


def _shirt_tie(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
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
    _open_neck(pen, build, skin, face, 2.0)
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


def _vest(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
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
    _open_neck(pen, build, skin, face, 2.0)
    paint_collar(pen, build, white)
    paint_bow(pen, 0, 2.2, 0.38, cloth.accent)
    return ("sweater_vest", f"{color}_sweater_vest", "shirt", "white_shirt", "collared_shirt", "bow",
            f"{cloth.words[2]}_bow")  # fmt: skip


def _hoodie(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    knit = cloth.main
    hood = both_sides([(0, 1.0), (0.7, 1.15), (1.05, 1.6), (0.9, 2.0), (0, 2.1)])
    pen.shape(hood, knit.shade, knit.line, 1.1)
    torso = paint_torso(pen, build, knit, wide=1.2)
    _open_neck(pen, build, skin, face, 2.2)
    for side in (-1.0, 1.0):
        roll = spline(
            [(0.32, 1.3), (0.62, 1.25), (0.92, 1.62), (0.62, 2.15), (0.0, 2.62), (0.03, 2.22), (0.36, 1.8)], True
        )
        pen.fill(roll * [side, 1], knit.base)
        pen.tone(roll * [side, 1] + by(0.2, 0.16), knit.shade, clip=roll * [side, 1])
        pen.outline(roll * [side, 1], knit.line, 1.1)
        cord = bezier([(0.22, 2.45), (0.3, 2.9), (0.2, 3.3)], 10) * [side, 1]
        pen.stroke(cord, cloth.accent.line, 2.8, 0.9, 0.9)
        pen.stroke(cord, cloth.accent.base, 1.3, 0.9, 0.9, True)
    pocket = both_sides([(0, 4.4), (0.6, 4.4), (0.95, 5.4), (0, 5.45)], 1)
    pen.shape(pocket, knit.base, knit.line)
    pen.tone(pocket + by(0.6, 0.1), knit.shade, clip=torso)
    return ("hoodie", f"{cloth.words[0]}_hoodie", "drawstring", "hood", "hood_down")


def _dress(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    fabric, s = cloth.main, build.shoulder
    paint_forearms(pen, build, skin, 0.75)
    paint_neck(pen, build, skin, face)
    paint_arms(pen, build, skin, 0.75)
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


def _jacket(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    """Open jacket over a plain shirt."""
    coat, shirt = cloth.main, cloth.second
    paint_torso(pen, build, shirt, coat, 1.15)
    _open_neck(pen, build, skin, face, 2.12)
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


def _kimono(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    fabric, sash = cloth.main, cloth.accent
    torso = paint_torso(pen, build, fabric, wide=1.7)
    _open_neck(pen, build, skin, face, 2.4)
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


def _turtleneck(pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
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


OUTFITS: dict[str, Outfit] = {
    "sailor": _sailor,
    "blazer": _shirt_tie,
    "vest": _vest,
    "hoodie": _hoodie,
    "dress": _dress,
    "jacket": _jacket,
    "kimono": _kimono,
    "turtleneck": _turtleneck,
}
BOY_OUTFITS = ("blazer", "hoodie", "jacket", "kimono", "turtleneck")


DEPTHS = {"skirt": 5.1, "pleated_skirt": 5.3, "obi": 4.0, "sash": 4.0, "floral_print": 3.1, "bow": 3.1, "dress": 2.7,
          "frills": 2.55, "drawstring": 2.8, "hoodie": 2.3, "collarbone": 2.0, "open_jacket": 2.3, "necktie": 2.4}  # fmt: skip


def depth_of(tag: str) -> float:
    """How far below the head's origin a garment's tag needs the picture to reach, in head units."""
    return max((depth for word, depth in DEPTHS.items() if tag == word or tag.endswith(f"_{word}")), default=1.9)


def paint_outfit(name: str, pen: Pen, build: Build, skin: Tones, face: Points, cloth: Cloth) -> tuple[str, ...]:
    """Neck first, then the clothes over it; returns the general tags of what was painted."""
    paint_neck(pen, build, skin, face)
    return OUTFITS[name](pen, build, skin, face, cloth)
