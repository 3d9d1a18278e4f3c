"""Back hair of every style, painted behind the head, and hair that hangs in front of the body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, by, ellipse, mirrored, points, spline
from builder.drawing.medium.locks import Brush, bend, make_lock, paint_lock

Painter = Callable[[Pen, np.random.Generator, Brush, float], None]

TAGS: dict[str, tuple[str, ...]] = {
    "bob": ("short_hair", "bob_cut"),
    "long_straight": ("long_hair", "straight_hair"),
    "twintails": ("long_hair", "twintails"),
    "ponytail": ("long_hair", "ponytail"),
    "hime_cut": ("long_hair", "hime_cut", "straight_hair"),
    "wavy": ("long_hair", "wavy_hair"),
    "messy": ("medium_hair", "messy_hair"),
    "twin_braids": ("long_hair", "braid", "twin_braids"),
    "double_bun": ("short_hair", "hair_bun", "double_bun"),
    "side_ponytail": ("medium_hair", "side_ponytail"),
    "twin_drills": ("long_hair", "drill_hair", "twin_drills"),
    "low_twintails": ("long_hair", "twintails", "low_twintails"),
    "pixie": ("short_hair",),
    "spiky": ("short_hair", "spiky_hair"),
}
TIES: dict[str, tuple[tuple[float, float], ...]] = {  # positions of bands and ribbons, in head units
    "twintails": ((-1.08, -0.85), (1.08, -0.85)),
    "low_twintails": ((-1.02, 0.72), (1.02, 0.72)),
    "ponytail": ((0.42, -1.5),),
    "side_ponytail": ((1.1, -0.6),),
    "twin_braids": ((-0.98, 0.78), (0.98, 0.78)),
    "double_bun": ((-0.82, -1.22), (0.82, -1.22)),
    "twin_drills": ((-1.06, -0.72), (1.06, -0.72)),
}


def paint_back(pen: Pen, style: str, rng: np.random.Generator, brush: Brush, length: float) -> None:
    """All hair behind neck and face; its edge lines start at the roots, which the cap covers later."""
    brush = replace(brush, edge_from=0.05)
    {
        "bob": _bob,
        "long_straight": _long,
        "hime_cut": _long,
        "wavy": _wavy,
        "twintails": _twintails,
        "ponytail": _ponytail,
        "messy": _messy,
        "double_bun": _buns,
        "side_ponytail": _side_ponytail,
        "twin_drills": _nape,
        "low_twintails": _nape,
        "twin_braids": _nape,
        "pixie": _nape,
        "spiky": _spiky,
    }[style](pen, rng, brush, length)


def paint_hanging(pen: Pen, style: str, rng: np.random.Generator, brush: Brush, length: float) -> None:
    """Hair in front of the shoulders: braids, low tails, drills."""
    hanging: dict[str, Painter] = {"twin_braids": _braids, "low_twintails": _low_tails, "twin_drills": _drills}
    if style in hanging:
        hanging[style](pen, rng, brush, length)


def _curtain(pen: Pen, brush: Brush, spread: float, bottom: float) -> None:
    """The dark inner side of hair behind the neck."""
    half = spline([(0, -1.4), (0.8, -1.2), (1.1, -0.5), (spread * 0.97, bottom * 0.5), (spread * 0.8, bottom - 0.25)])
    pen.shape(np.vstack([half, mirrored(half)[::-1]]), brush.tones.deep, brush.tones.line, brush.edge)


def _fall(
    pen: Pen, rng: np.random.Generator, brush: Brush, spread: float, bottom: float, sway: float, count: int, tip: float
) -> None:
    """A row of locks from the sides of the head down to `bottom`; inner locks are darker."""
    order = sorted(np.linspace(-1, 1, count), key=abs)
    inner = Brush(brush.tones, brush.shadow_side, 0, brush.edge, 0.2, brush.tones.shade)
    for u in order:
        start = (float(u) * 0.92, -1.05 + 0.45 * abs(float(u)))
        end = (float(u) * spread, bottom + float(rng.normal(0, 0.07)) - 0.25 * abs(float(u)))
        side = 1.0 if u >= 0 else -1.0
        spine = bend(start, end, bow=side * 0.14 * abs(float(u)), sway=side * sway)
        lock = make_lock(spine, 2.7 * spread / count, root=0.75 - 0.45 * abs(float(u)), tip=tip, widest=0.5)
        outer = replace(brush, edge_from=0.0) if abs(u) > 0.9 else brush
        paint_lock(pen, lock, inner if abs(u) < 0.62 else outer, None, strands=1)


def _long(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    bottom = 3.1 * length
    _curtain(pen, brush, 1.2, bottom)
    _fall(pen, rng, brush, 1.28, bottom, 0.02, 9, 3.0)


def _wavy(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    bottom = 2.8 * length
    _curtain(pen, brush, 1.35, bottom)
    _fall(pen, rng, brush, 1.62, bottom, 0.13, 10, 1.5)


def _bob(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _curtain(pen, brush, 1.1, 1.2)
    inner = Brush(brush.tones, brush.shadow_side, 0, brush.edge, 0.4, brush.tones.shade)
    for u in (-0.3, 0.3, -0.65, 0.65):
        paint_lock(pen, make_lock(bend((u, -0.3), (u * 0.95, 1.25)), 0.5, 0.9, 4.0), inner)
    for side in (-1.0, 1.0):
        for x, end, width in ((1.16, 1.18, 0.5), (1.0, 1.3, 0.46)):
            spine = bezier(
                [(0.8 * side, -1.0), (x * 1.22 * side, -0.5), (x * 1.26 * side, 0.6), (0.78 * side, end)], 20
            )
            paint_lock(pen, make_lock(spine, width, 0.5, 2.2, 0.6), brush)


def _messy(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _curtain(pen, brush, 1.12, 1.3)
    inner = Brush(brush.tones, brush.shadow_side, 0, brush.edge, 0.3, brush.tones.shade)
    for u in (-0.35, 0.35, -0.7, 0.7):
        paint_lock(pen, make_lock(bend((u, -0.3), (u * 1.2, 1.5), sway=0.04), 0.5, 0.9, 1.8), inner)
    for side in (-1.0, 1.0):
        for end_x, end_y in ((1.5, 0.5), (1.6, 0.95), (1.42, 1.4), (1.05, 1.55)):
            out = end_x + float(rng.normal(0, 0.05))
            spine = bezier([(0.8, -0.9), (1.3, -0.4), (1.0, end_y * 0.7), (out, end_y)], 20) * [side, 1]
            paint_lock(pen, make_lock(spine, 0.36, 0.6, 1.4, 0.45), brush)


def _nape(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    """Short hair behind the ears down to the nape."""
    _curtain(pen, brush, 1.02, 1.0)
    for side in (-1.0, 1.0):
        for end_x, end_y in ((0.7, 1.12), (0.95, 0.95), (1.12, 0.7)):
            spine = bezier([(0.85, -0.8), (1.25, -0.2), (1.12, end_y * 0.6), (end_x, end_y)], 20) * [side, 1]
            paint_lock(pen, make_lock(spine, 0.36, 0.6, 1.5, 0.5), brush)


def _spiky(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _curtain(pen, brush, 1.0, 0.95)
    for degrees in (35, 145, 12, 168, -12, 192, -34, 214, -56, 236, -78, 258, -98):
        angle = np.radians(degrees + float(rng.normal(0, 4)))
        reach = float(rng.uniform(1.45, 1.72))
        end = (float(reach * np.cos(angle)), float(-0.35 + reach * np.sin(angle)))
        start = (float(0.5 * np.cos(angle)), float(-0.4 + 0.5 * np.sin(angle)))
        bow = 0.13 if np.cos(angle) > 0 else -0.13
        paint_lock(pen, make_lock(bend(start, end, bow=-bow), 0.55, 0.9, 1.4, 0.35), brush, None)


def _tail(
    pen: Pen, rng: np.random.Generator, brush: Brush, tie: Points, stop: Points, swell: float, count: int = 5
) -> None:
    """A tail of locks from `tie` to near `stop` that first curves outward by `swell`."""
    brush = replace(brush, edge_from=0.04)
    for u in sorted(np.linspace(-1, 1, count), key=lambda v: -abs(v)):
        end = stop + np.array([0.26 * float(u), float(rng.normal(0, 0.12)) - 0.22 * abs(float(u))])
        side = np.sign(stop[0] - tie[0]) or 1.0
        out = tie + np.array([side * (swell + 0.22 * float(u)), -0.12])
        low = end * 0.55 + tie * 0.45 + np.array([side * swell * 0.9 + 0.2 * float(u), 0.1])
        spine = bezier(np.stack([tie, out, low, end]), 22)
        paint_lock(pen, make_lock(spine, 0.46, 0.35, 1.6, 0.5), brush, 0.3 if abs(u) < 0.6 else None)


def _twintails(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _nape(pen, rng, brush, length)
    for side in (-1.0, 1.0):
        _tail(pen, rng, brush, points([(1.0 * side, -0.85)])[0], points([(1.75 * side, 2.3 * length)])[0], 0.75)


def _ponytail(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _tail(pen, rng, brush, points([(0.35, -1.4)])[0], points([(1.55, 1.7 * length)])[0], 1.0, 6)
    _nape(pen, rng, brush, length)


def _side_ponytail(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _nape(pen, rng, brush, length)
    _tail(pen, rng, brush, points([(1.0, -0.6)])[0], points([(1.5, 1.6 * length)])[0], 0.62)


def _low_tails(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    for side in (-1.0, 1.0):
        _tail(pen, rng, brush, points([(1.0 * side, 0.72)])[0], points([(1.3 * side, 2.7 * length)])[0], 0.25, 4)


def _buns(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    _nape(pen, rng, brush, length)
    tones = brush.tones
    for side in (-1.0, 1.0):
        x, y = 0.86 * side, -1.42
        ball = ellipse(x, y, 0.44, 0.42)
        pen.fill(ball, tones.base)
        pen.tone(ellipse(x + 0.2, y + 0.18, 0.42, 0.4), tones.shade, clip=ball)
        pen.tone(ellipse(x - 0.12, y - 0.2, 0.13, 0.07), tones.light, clip=ball)
        pen.outline(ball, tones.line, 1.1 * brush.edge)
        for turn in (0.0, 0.9):
            angle = np.linspace(turn * np.pi, turn * np.pi + 4.2, 16)
            radius = np.linspace(0.34, 0.1, 16)
            swirl = np.stack([x + side * radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
            pen.stroke(swirl, tones.line, 0.7 * brush.edge, 0.1, 0.1)


def _braids(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    """Braids: leaf-shaped strands, alternately from both sides."""
    tones = brush.tones
    count = round(9 * length)
    for side in (-1.0, 1.0):
        low = 0.8 + 0.21 * count
        paint_lock(pen, make_lock(bend((1.1 * side, low), (1.08 * side, low + 0.75)), 0.4, 0.6, 1.4, 0.4), brush)
        for k in reversed(range(count)):
            x, y = side * (1.0 + 0.1 * np.sin(k / count * 3)), 0.85 + 0.21 * k
            size = 1 - 0.3 * k / count
            leaf = spline([(-0.1, -0.2), (0.2, -0.2), (0.29, 0.0), (0.16, 0.2), (-0.12, 0.33), (-0.16, 0.1)], True)
            leaf = leaf * [(1 if k % 2 else -1) * size, size] + by(x, y)
            pen.fill(leaf, tones.base)
            pen.tone(leaf + by(0.09, 0.13), tones.shade, clip=leaf)
            pen.tone(ellipse(x + (0.1 if k % 2 else -0.1), y - 0.1, 0.07, 0.035), tones.light, clip=leaf)
            pen.outline(leaf, tones.line, 0.95 * brush.edge)


def _drills(pen: Pen, rng: np.random.Generator, brush: Brush, length: float) -> None:
    tones = brush.tones
    count = round(7 * length)
    for side in (-1.0, 1.0):
        for k in reversed(range(count)):
            t = k / count
            x, y = side * (1.28 + 0.1 * np.sin(4 * t)), -0.45 + 0.36 * k
            wide, high = 0.42 * (1 - 0.62 * t**1.5), 0.27
            band = spline(
                [(-wide, -0.08), (0, -0.2), (wide, -0.12), (wide * 0.95, 0.1), (0.02, high), (-wide * 0.92, 0.16)], True
            )
            band = np.stack([x + side * band[:, 0], y + band[:, 1]], axis=1)
            pen.fill(band, tones.base)
            pen.tone(band + by(0.16, 0.15), tones.shade, clip=band)
            pen.tone(ellipse(x - wide * 0.3, y - 0.02, wide * 0.3, 0.06), tones.light, clip=band)
            pen.outline(band, tones.line, brush.edge)
            for u in (-0.3, 0.25):
                curl = bezier([(x + u * wide, y - 0.13), (x + (u + 0.2) * wide, y + 0.05), (x + u * wide, y + 0.2)], 8)
                pen.stroke(curl, tones.line, 0.45 * brush.edge, 0, 0)
