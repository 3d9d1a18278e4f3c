"""Front hair: the cap over the skull, bangs as pointed clumps, side locks, and the ahoge on top."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, bezier, by, points, spline
from builder.drawing.medium.locks import Brush, Lock, make_lock, paint_lock

CROWN = (
    (1.06, 0.12),
    (1.13, -0.22),
    (1.12, -0.62),
    (0.98, -1.04),
    (0.66, -1.4),
    (0.22, -1.58),
    (-0.22, -1.58),
    (-0.66, -1.4),
    (-0.98, -1.04),
    (-1.12, -0.62),
    (-1.13, -0.22),
    (-1.06, 0.12),
)
HAIRLINE = ((-0.95, -0.1), (-0.88, -0.62), (-0.45, -0.98), (0.45, -0.98), (0.88, -0.62), (0.95, -0.1))


STREAKED = (2, 5)


@dataclass(frozen=True)
class Fringe:
    """Bangs in painting order, and for each the share of its length at which the ring of light crosses it."""

    locks: tuple[Lock, ...]
    whorl: tuple[float, float]


def cap_outline() -> tuple[Points, Points]:
    """The closed outline of the cap, and its outer arc."""
    arc = spline(CROWN, steps=6)
    return np.vstack([arc, spline(HAIRLINE, steps=4)]), arc


def paint_cap(pen: Pen, brush: Brush) -> None:
    outline, arc = cap_outline()
    tones = brush.tones
    pen.fill(outline, tones.base)
    inner = arc * [0.9, 0.97] + by(-0.05, 0.03)
    near = len(arc) // 2 - 14
    pen.tone(np.vstack([arc[:near], inner[:near][::-1]]), tones.shade, clip=outline)
    pen.stroke(arc, tones.line, 1.15 * brush.edge, 0.3, 0.3)


def crossing(lock: Lock) -> float | None:
    """Share of the lock's length at which the ring of light around the head crosses it."""
    x, y = lock.spine[:, 0], lock.spine[:, 1]
    below = np.flatnonzero(y > -0.98 + 0.2 * x**2)
    if len(below) == 0 or below[0] == 0:
        return None
    return float(below[0] / (len(y) - 1))


def make_fringe(style: str, rng: np.random.Generator, boy: bool) -> Fringe:
    """Bangs of a style: blunt, swept, parted, between or crossed."""
    part = float(rng.uniform(0.15, 0.42)) * (1 if rng.random() < 0.5 else -1)
    whorl = ({"swept": part, "parted": part * 0.25}.get(style, part * 0.3), -1.46)
    tips = {"blunt": _blunt, "swept": _swept, "parted": _parted, "between": _between, "crossed": _crossed}[style](
        rng, whorl[0]
    )
    locks = []
    for x, y, width, tip in tips:
        locks.append(_bang(whorl, x, y, width * (1.05 if boy else 1.0), tip, rng))
    return Fringe(tuple(locks), whorl)


def _bang(whorl: tuple[float, float], x: float, y: float, width: float, tip: float, rng: np.random.Generator) -> Lock:
    start = (whorl[0] + 0.12 * (x - whorl[0]), whorl[1] + 0.05 * abs(x))
    over = (whorl[0] + (x - whorl[0]) * 0.85, -1.12 + 0.25 * abs(x))
    lean = float(rng.normal(0, 0.04))
    spine = bezier([start, over, (x * 1.08 + lean, (y - 1) * 0.35 - 0.1), (x, y)], 20)
    return make_lock(spine, width, root=0.3, tip=tip, widest=0.55)


Tip = tuple[float, float, float, float]  # x, y, width, bluntness


def _blunt(rng: np.random.Generator, whorl: float) -> list[Tip]:
    """An even row just above the eyes."""
    xs = np.linspace(-0.84, 0.84, 8)
    tips = [(float(x), -0.2 + 0.06 * x * x + float(rng.normal(0, 0.015)), 0.34, 5.0) for x in xs]
    return _outside_in(tips)


def _swept(rng: np.random.Generator, whorl: float) -> list[Tip]:
    """Parted off the middle; the larger part sweeps across the forehead."""
    side = 1.0 if whorl >= 0 else -1.0
    long = [(-side * x, y, 0.42, 1.6) for x, y in ((0.95, 0.12), (0.74, -0.06), (0.48, -0.16), (0.18, -0.24))]
    short = [(side * x, y, 0.36, 1.6) for x, y in ((0.97, 0.14), (0.8, -0.12), (0.62, -0.32))]
    return _jitter(short + long, rng)


def _parted(rng: np.random.Generator, whorl: float) -> list[Tip]:
    """Parted in the middle; the forehead is visible."""
    tips = [(s * x, y, 0.36, 1.6) for x, y in ((0.66, -0.28), (0.82, -0.08), (0.96, 0.16)) for s in (-1, 1)]
    loose = [(float(rng.choice([-1, 1])) * 0.3, -0.3, 0.2, 1.4)]
    return _jitter(tips + loose, rng)


def _between(rng: np.random.Generator, whorl: float) -> list[Tip]:
    """A long middle clump between the eyes, shorter ones over them."""
    tips = [(s * x, y, 0.38, 1.6) for x, y in ((0.95, 0.12), (0.72, -0.12), (0.4, -0.22)) for s in (-1, 1)]
    middle = [(0.1, -0.12, 0.26, 1.5), (-0.03, 0.1, 0.28, 1.5)]
    return _jitter(tips + middle, rng)


def _crossed(rng: np.random.Generator, whorl: float) -> list[Tip]:
    """Uneven clumps of many sizes."""
    xs = np.array([-0.95, 0.95, -0.72, 0.74, -0.5, 0.52, -0.24, 0.28, 0.02])
    tips = [(float(x), float(-0.2 + 0.3 * x * x * abs(x) + rng.uniform(-0.1, 0.1)), 0.36, 1.5) for x in xs]
    return _jitter(tips, rng)


def _outside_in(tips: list[Tip]) -> list[Tip]:
    return sorted(tips, key=lambda tip: -abs(tip[0]))


def _jitter(tips: list[Tip], rng: np.random.Generator) -> list[Tip]:
    return [
        (x + float(rng.normal(0, 0.025)), y + float(rng.normal(0, 0.03)), w * float(rng.uniform(0.88, 1.12)), tip)
        for x, y, w, tip in tips
    ]


def paint_fringe(pen: Pen, fringe: Fringe, brush: Brush, streak: Brush | None) -> None:
    """Paint all bangs in order; if `streak` is given, two of them have its colour."""
    for k, lock in enumerate(fringe.locks):
        paint_lock(pen, lock, streak if streak and k in STREAKED else brush, crossing(lock), strands=1)
    top = points([fringe.whorl])[0]
    pen.stroke(
        bezier([top - by(0.0, 0.09), top + by(0.03, 0.02), top + by(0.02, 0.16)], 8), brush.tones.line, 0.7, 0.2, 0
    )


def side_locks(style: str, rng: np.random.Generator, length: float) -> list[Lock]:
    """Locks in front of the ears, outer locks first."""
    reach = {"hime_cut": 1.22, "bob": 0.95, "pixie": 0.5, "spiky": 0.42, "messy": 0.95}.get(style, 1.35 * length)
    if style in ("double_bun", "ponytail", "side_ponytail", "twin_braids"):
        reach = 0.95 * length
    locks = []
    for side in (-1.0, 1.0):
        wide = 0.5 if style == "hime_cut" else 0.32
        tip = 6.0 if style == "hime_cut" else 1.6
        end = reach + float(rng.normal(0, 0.05))
        if style != "hime_cut":
            outer = bezier([(0.72, -1.1), (1.2, -0.55), (1.12, end * 0.4), (0.98, end * 1.12)], 20)
            locks.append(make_lock(outer * [side, 1], wide * 0.8, root=0.4, tip=1.6, widest=0.4))
        inner = bezier([(0.62, -1.15), (1.1, -0.75), (1.0, 0.1), (0.9 - 0.05 * end, end)], 20)
        locks.append(make_lock(inner * [side, 1], wide, root=0.4, tip=tip, widest=0.45))
    return locks


def paint_ahoge(pen: Pen, brush: Brush, side: float) -> None:
    spine = bezier([(0.0, -1.5), (0.02 * side, -1.85), (0.35 * side, -2.05), (0.48 * side, -1.72)], 20)
    paint_lock(pen, make_lock(spine, 0.15, root=0.7, tip=1.3, widest=0.35), replace(brush, edge_from=0.0), strands=0)
