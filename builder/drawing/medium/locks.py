"""Locks of hair: tapering clumps along a spine, with their own shadow side, gloss and edge lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points, normals
from builder.drawing.medium.palette import RGB, Tones


@dataclass(frozen=True)
class Lock:
    """Spine (N, 2) from root to tip, and half widths (N,) across it."""

    spine: Points
    half: NDArray[np.float64]

    def at(self, across: NDArray[np.float64] | float) -> Points:
        """Curve along the lock at `across` in -1 .. 1 (1: right on the page where the lock runs down)."""
        offset = np.broadcast_to(np.asarray(across, np.float64) * self.half, self.half.shape)
        side: Points = self.spine + normals(self.spine) * offset[:, None]
        return side

    def point(self, along: NDArray[np.float64], across: NDArray[np.float64]) -> Points:
        """Points at shares `along` of the length and `across` the width, both (M,)."""
        t = np.linspace(0, 1, len(self.spine))
        middle, edge = self.spine, self.at(1.0)
        mid = np.stack([np.interp(along, t, middle[:, k]) for k in (0, 1)], axis=1)
        out = np.stack([np.interp(along, t, edge[:, k]) for k in (0, 1)], axis=1)
        placed: Points = mid + (out - mid) * across[:, None]
        return placed

    def outline(self) -> Points:
        return np.vstack([self.at(-1.0), self.at(1.0)[::-1]])


def make_lock(spine: Points, width: float, root: float = 0.5, tip: float = 1.7, widest: float = 0.45) -> Lock:
    """Lock of `width` at its widest; `root` is the share of width at the root, a larger `tip` is a blunter tip."""
    t = np.linspace(0, 1, len(spine))
    swell = root + (1 - root) * np.sin(np.pi / 2 * np.minimum(t / widest, 1))
    taper = 1 - np.clip((t - widest) / (1 - widest), 0, 1) ** tip
    return Lock(spine, 0.5 * width * swell * taper)


def bend(start: tuple[float, float], stop: tuple[float, float], bow: float = 0.0, sway: float = 0.0) -> Points:
    """Spine (18, 2) with a bow of `bow` (right on the page where it runs down) and one wave of `sway`."""
    t = np.linspace(0, 1, 18)[:, None]
    a, b = np.array(start), np.array(stop)
    along = b - a
    side = np.array([along[1], -along[0]])
    side = side / max(float(np.hypot(side[0], side[1])), 1e-9)
    curve: Points = a + along * t + side * (bow * 4 * t * (1 - t) + sway * np.sin(2 * np.pi * t))
    return curve


@dataclass(frozen=True)
class Brush:
    """How locks are painted: tones, side of the shadow, gloss and edge weight."""

    tones: Tones
    shadow_side: float = 1.0  # +1: right on the page where a lock runs down
    gloss: float = 0.8
    edge: float = 1.0
    edge_from: float = 0.3  # share of the length at which the edge lines begin
    body: RGB | None = None  # replaces the base tone


def paint_lock(pen: Pen, lock: Lock, brush: Brush, gloss_at: float | None = None, strands: int = 1) -> None:
    """Fill, shadow side, gloss around `gloss_at` (share of the length), fine strands, and two edge lines."""
    pen.fill(lock.outline(), brush.body or brush.tones.base)
    _shadow(pen, lock, brush)
    if gloss_at is not None and brush.gloss > 0:
        _gloss(pen, lock, brush, gloss_at)
    count = len(lock.spine)
    first = int(count * brush.edge_from)
    for k in range(strands):
        across = -0.35 + 0.7 * (k + 0.5) / strands + 0.12
        pen.stroke(lock.at(across)[int(count * 0.5) : count - 2], brush.tones.line, 0.5 * brush.edge, 0.0, 0.0)
    for across in (-1.0, 1.0):
        pen.stroke(lock.at(across)[first:], brush.tones.line, brush.edge, 0.05, 0.35)


def _shadow(pen: Pen, lock: Lock, brush: Brush) -> None:
    t = np.linspace(0, 1, len(lock.spine))
    inner = brush.shadow_side * (1.0 - 0.85 * np.clip((t - 0.15) / 0.5, 0, 1))
    shape = np.vstack([lock.at(inner), lock.at(brush.shadow_side)[::-1]])
    pen.tone(shape, brush.tones.shade if brush.body is None else brush.tones.deep)


def _gloss(pen: Pen, lock: Lock, brush: Brush, center: float) -> None:
    """The lock's part of the ring of light: flat at the top, pointed at the bottom."""
    across = np.array([-0.72, -0.5, -0.34, -0.16, 0.04, 0.2, 0.36, 0.5])
    low = np.array([0.0, 0.10, 0.035, 0.15, 0.04, 0.11, 0.03, 0.0])
    high = np.array([0.0, 0.02, 0.025, 0.035, 0.03, 0.025, 0.015, 0.0])
    lean = across * brush.shadow_side
    shape = np.vstack([lock.point(center - high, lean), lock.point(center + low, lean)[::-1]])
    pen.tone(shape, brush.tones.light)
