"""Curves as polylines (N, 2): splines, Beziers, ellipses, and ribbons of tapering width along them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Coordinates = Sequence[tuple[float, float]] | Points


def points(pairs: Coordinates) -> Points:
    return np.asarray(pairs, np.float64).reshape(-1, 2)


def by(dx: float, dy: float) -> Points:
    """A shift (2,) that is added to a curve."""
    return np.array([dx, dy], np.float64)


def spline(pairs: Coordinates, closed: bool = False, steps: int = 8) -> Points:
    """Catmull-Rom curve through every given point."""
    p = points(pairs)
    ends = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    p = np.vstack([ends[0], p, ends[1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None] for i in range(4))
    body = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = body.reshape(-1, 2)
    return curve if closed else np.vstack([curve, p[-2:-1]])


def bezier(pairs: Coordinates, steps: int = 16) -> Points:
    """Quadratic (3 points) or cubic (4 points) Bezier curve."""
    p = points(pairs)
    t = np.linspace(0, 1, steps)[:, None]
    s = 1 - t
    if len(p) == 3:
        curve: Points = s**2 * p[0] + 2 * s * t * p[1] + t**2 * p[2]
    else:
        curve = s**3 * p[0] + 3 * s**2 * t * p[1] + 3 * s * t**2 * p[2] + t**3 * p[3]
    return curve


def ellipse(
    x: float, y: float, rx: float, ry: float, begin: float = 0.0, stop: float = 360.0, steps: int = 28
) -> Points:
    """Arc in degrees, clockwise on the page from the right-hand side."""
    angle = np.radians(np.linspace(begin, stop, steps))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def mirrored(curve: Points) -> Points:
    """The curve mirrored at x = 0, points in the same order."""
    flipped: Points = curve * np.array([-1.0, 1.0])
    return flipped


def both_sides(right: Coordinates, steps: int = 8, closed: bool = True) -> Points:
    """Symmetric outline: `right` runs from the top middle to the bottom middle on the side x > 0."""
    half = spline(right, steps=steps)
    outline = np.vstack([half, mirrored(half)[::-1]])
    return outline if closed else half


def normals(curve: Points) -> Points:
    """Unit normals (N, 2) of the curve; they point right on the page where the curve runs down."""
    step = np.empty_like(curve)
    step[1:-1] = curve[2:] - curve[:-2]
    step[0], step[-1] = curve[1] - curve[0], curve[-1] - curve[-2]
    length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)
    return np.stack([step[:, 1] / length, -step[:, 0] / length], axis=1)


def dense(curve: Points, step: float) -> Points:
    """The polyline with points inserted until no segment is longer than `step`."""
    lengths = np.hypot(*np.diff(curve, axis=0).T)
    parts = np.maximum(np.ceil(lengths / step).astype(int), 1)
    if parts.max(initial=1) == 1:
        return curve
    at = np.concatenate([[0.0], np.cumsum(parts)])
    every = np.arange(at[-1] + 1)
    return np.stack([np.interp(every, at, curve[:, 0]), np.interp(every, at, curve[:, 1])], axis=1)


def ribbon(curve: Points, width: float, start: float, end: float) -> Points:
    """Outline of a line `width` thick that narrows smoothly to `start` and `end` of its width at its ends."""
    t = np.linspace(0, 1, len(curve))
    swell = np.minimum(1.0, np.minimum(start + (1 - start) * t / 0.3, end + (1 - end) * (1 - t) / 0.3))
    side = normals(curve) * (0.5 * width * swell)[:, None]
    return np.vstack([curve + side, (curve - side)[::-1]])
