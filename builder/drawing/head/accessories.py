"""Accessories: ribbons, pins, glasses, bands, ears, hats, earrings. Each function returns their tags."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from builder.drawing.body.body import paint_bow
from builder.drawing.character import Character
from builder.drawing.head.hair import TIES
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import bezier, both_sides, by, ellipse, points, spline
from builder.drawing.medium.palette import CLOTH, RGB, Tones, mix, tones, varied

Tags = tuple[str, ...]


def _cloth(rng: np.random.Generator) -> tuple[str, Tones]:
    names = ("red", "blue", "pink", "yellow", "white", "purple", "green", "aqua", "black")
    name = names[int(rng.integers(len(names)))]
    return name, tones(varied(CLOTH[name], rng))


def paint_ties(pen: Pen, style: str, rng: np.random.Generator) -> Tags:
    """Ribbons or bands where a hair style is tied."""
    name, cloth = _cloth(rng)
    bows = bool(rng.random() < 0.6)
    places = TIES.get(style, ())
    for x, y in places:
        if bows:
            size = 0.42 if abs(y) > 0.75 else 0.34
            paint_bow(pen, x, y, size, cloth)
        else:
            pen.shape(ellipse(x, y, 0.17, 0.15), cloth.base, cloth.line)
            pen.tone(ellipse(x + 0.05, y + 0.06, 0.1, 0.07), cloth.shade)
    if not places:
        return ()
    return ("hair_ribbon", "ribbon", "hair_bow", f"{name}_bow", "bow") if bows else ("hair_tie", "scrunchie")


def paint_glasses(pen: Pen, yaw: float, rng: np.random.Generator) -> Tags:
    """Frames over the eyes, painted after the bangs."""
    frame: RGB = ((50, 44, 60), (150, 44, 52), (60, 74, 130))[int(rng.integers(3))]
    place = pen.moved(0.16 * yaw, 0.0)
    for side in (-1.0, 1.0):
        rim = spline(
            [(0.14, 0.0), (0.3, -0.13), (0.66, -0.13), (0.83, 0.0), (0.76, 0.33), (0.5, 0.43), (0.22, 0.34)], True, 6
        )
        rim = rim * [side, 1]
        place.blend(rim, (226, 236, 250), 0.12)
        place.stroke(np.vstack([rim, rim[:2]]), frame, 1.5, 0.9, 0.9)
        place.stroke(points([(0.82, 0.02), (0.98, -0.03)]) * [side, 1], frame, 1.5, 0.9, 0.9)
    place.stroke(bezier([(-0.15, 0.06), (0, 0.0), (0.15, 0.06)], 8), frame, 1.5, 0.9, 0.9)
    return ("glasses",)


def paint_animal_ears(pen: Pen, who: Character) -> Tags:
    """Cat ears in the colour of the hair, painted before the hair on top of the head."""
    hair = who.hair
    for side in (-1.0, 1.0):
        ear = spline([(0.28, -1.4), (0.5, -1.85), (0.86, -2.12)]) * [side, 1]
        outer = spline([(0.86, -2.12), (1.06, -1.6), (1.0, -1.0)]) * [side, 1]
        whole = np.vstack([ear, outer])
        pen.fill(whole, hair.base)
        pen.tone(whole + by(0.14, 0.1), hair.shade, clip=whole)
        inner = points([(0.48, -1.5), (0.8, -1.93), (0.92, -1.5), (0.88, -1.1)]) * [side, 1]
        pen.fill(inner, mix(who.skin.shade, (250, 180, 190), 0.5))
        pen.stroke(spline(inner), hair.line, 0.7, 0.2, 0.2)
        pen.stroke(whole, hair.line, 1.15, 0.6, 0.6)
    return ("animal_ears", "cat_ears")


def _hairband(pen: Pen, who: Character, rng: np.random.Generator) -> Tags:
    name, cloth = _cloth(rng)
    top = spline([(-1.13, -0.55), (-0.85, -1.22), (0, -1.47), (0.85, -1.22), (1.13, -0.55)])
    low = spline([(-1.1, -0.4), (-0.78, -1.05), (0, -1.28), (0.78, -1.05), (1.1, -0.4)])
    band = np.vstack([top, low[::-1]])
    pen.fill(band, cloth.base)
    pen.tone(band + by(0.0, 0.09), cloth.shade, clip=band)
    pen.outline(band, cloth.line)
    if rng.random() < 0.5:
        paint_bow(pen, -0.62, -1.3, 0.42, cloth, tails=False)
        return ("hairband", f"{name}_hairband", "bow", f"{name}_bow", "hair_bow")
    return ("hairband", f"{name}_hairband")


def _hairpin(pen: Pen, who: Character, rng: np.random.Generator) -> Tags:
    name, cloth = _cloth(rng)
    side = float(rng.choice([-1, 1]))
    for k in range(int(rng.integers(1, 3))):
        bar = spline([(-0.17, -0.03), (0.17, -0.05), (0.19, 0.02), (-0.16, 0.05)], True, 4)
        turned = np.stack([bar[:, 0], bar[:, 1] - 0.5 * side * bar[:, 0]], axis=1) + by(side * 0.78, -0.5 + 0.15 * k)
        pen.shape(turned, cloth.base, cloth.line, 0.9)
    return ("hairclip", "hair_ornament", f"{name}_hairclip")


def _flower(pen: Pen, who: Character, rng: np.random.Generator) -> Tags:
    name, cloth = _cloth(rng)
    x, y = float(rng.choice([-0.9, 0.9])), -0.72
    for k in range(5):
        angle = 2 * np.pi * k / 5 + 0.3
        petal = ellipse(x + 0.17 * np.cos(angle), y + 0.17 * np.sin(angle), 0.15, 0.15, steps=18)
        pen.shape(petal, cloth.base, cloth.line, 0.9)
        pen.tone(ellipse(x + 0.1 * np.cos(angle), y + 0.1 * np.sin(angle), 0.09, 0.09, steps=14), cloth.shade)
    pen.shape(ellipse(x, y, 0.09, 0.09, steps=16), (250, 220, 110), cloth.line, 0.8)
    return ("hair_flower", "flower", "hair_ornament", f"{name}_flower")


def _beret(pen: Pen, who: Character, rng: np.random.Generator) -> Tags:
    name, cloth = _cloth(rng)
    crown = spline(
        [
            (-1.12, -0.95),
            (-1.32, -1.35),
            (-0.75, -1.86),
            (0.2, -1.98),
            (1.1, -1.66),
            (1.28, -1.22),
            (1.0, -0.98),
            (0, -1.24),
        ],
        True,
    )
    pen.fill(crown, cloth.base)
    pen.tone(crown + by(0.2, 0.24), cloth.shade, clip=crown)
    pen.tone(ellipse(-0.55, -1.55, 0.3, 0.1), mix(cloth.base, cloth.light, 0.35), clip=crown)
    pen.outline(crown, cloth.line, 1.15)
    pen.stroke(bezier([(-1.08, -0.98), (0, -1.36), (1.0, -1.0)], 14), cloth.line, 1.6, 0.4, 0.4)
    pen.stroke(bezier([(0.1, -1.95), (0.12, -2.05), (0.2, -2.1)], 6), cloth.line, 2.4, 0.9, 0.9)
    return ("hat", "beret", f"{name}_headwear")


def _cap(pen: Pen, who: Character, rng: np.random.Generator) -> Tags:
    name, cloth = _cloth(rng)
    dome = spline(
        [(-1.17, -0.78), (-1.1, -1.42), (-0.5, -1.84), (0.2, -1.88), (0.9, -1.6), (1.17, -0.78), (0, -1.05)], True
    )
    pen.fill(dome, cloth.base)
    pen.tone(dome + by(0.35, 0.16), cloth.shade, clip=dome)
    pen.outline(dome, cloth.line, 1.15)
    for x in (-0.45, 0.4):
        pen.stroke(bezier([(x * 0.2, -1.86), (x * 1.2, -1.5), (x * 1.3, -0.96)], 10), cloth.line, 0.7, 0.3, 0.3)
    peak = both_sides([(0, -1.12), (0.75, -1.02), (1.2, -0.74), (0.85, -0.7), (0, -0.82)])
    pen.shape(peak, cloth.shade, cloth.line, 1.15)
    return ("hat", "baseball_cap", f"{name}_headwear")


def _maid(pen: Pen, who: Character, rng: np.random.Generator) -> Tags:
    white = tones(CLOTH["white"])
    angle = np.radians(np.linspace(200, 340, 37))
    bumps = 0.05 * np.cos(np.arange(37) * np.pi / 2)
    outer = np.stack([(1.2 + bumps) * np.cos(angle), -0.45 + (1.4 + bumps) * np.sin(angle)], axis=1)
    inner = np.stack([1.0 * np.cos(angle), -0.42 + 1.12 * np.sin(angle)], axis=1)
    band = np.vstack([spline(outer, steps=3), inner[::-1]])
    pen.shape(band, white.base, white.line)
    pen.tone(np.vstack([inner * [1, 1], (inner * [1.07, 1.06])[::-1]]), white.shade)
    for k in range(3, 34, 3):
        pen.stroke(np.linspace(inner[k] * 1.03, outer[k] * 0.985, 6), white.line, 0.5, 0.0, 0.6)
    return ("maid_headdress", "frills")


HEADWEAR: dict[str, Callable[[Pen, Character, np.random.Generator], Tags]] = {
    "hairband": _hairband,
    "hairpin": _hairpin,
    "flower": _flower,
    "beret": _beret,
    "cap": _cap,
    "maid": _maid,
}
HATS = ("beret", "cap")


def choose_headwear(who: Character, rng: np.random.Generator) -> str | None:
    """The name of one piece of headwear, or None; hats exclude animal ears, buns and tails."""
    if rng.random() < 0.5 or (who.boy and rng.random() < 0.6):
        return None
    names = ["cap", "beret"] if who.boy else list(HEADWEAR)
    upright = who.animal_ears or who.ahoge or who.hair_style in ("double_bun", "ponytail", "spiky", "twintails")
    names = [name for name in names if not (upright and name in (*HATS, "maid", "hairband"))]
    return names[int(rng.integers(len(names)))] if names else None


def paint_earrings(pen: Pen, yaw: float, rng: np.random.Generator) -> Tags:
    _, cloth = _cloth(rng)
    for side in (-1.0, 1.0):
        x = side * 1.02 - 0.05 * yaw
        pen.shape(ellipse(x, 0.5, 0.055, 0.075, steps=16), cloth.base, cloth.line, 0.8)
    return ("earrings", "jewelry")
