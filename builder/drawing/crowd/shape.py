"""Heads of other proportions: a smooth change of a figure's shape, from chibi to long faces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import PchipInterpolator

from builder.drawing.head.face import EYE_X, EYE_Y
from builder.drawing.medium.canvas import Pen
from builder.drawing.medium.curves import Points

LEVELS = (-2.6, -1.6, -0.4, 0.1, 0.8, 1.2, 2.2, 6.0)  # heights of crown, brows, eyes, mouth, chin and body
SHIFTS = (0.2, 0.2, 0.07, 0.09, 0.08, 0.12, 0.1, 0.0)  # standard deviations, head units
WIDTHS = (0.08, 0.08, 0.06, 0.06, 0.09, 0.1, 0.05, 0.0)
CHIBI = 0.15  # share of figures with a small body


def choose_shape(head: Pen, yaw: float, rng: np.random.Generator) -> Callable[[Points], Points]:
    """A change of shape for the pens of one figure, from and to supersampled pixels; `head` has the head's matrix."""
    grid = np.linspace(LEVELS[0], LEVELS[-1], 120)
    shifts, widths = (np.clip(rng.normal(0, sd), -2 * np.array(sd), 2 * np.array(sd)) for sd in (SHIFTS, WIDTHS))
    widths = 1 + widths
    if rng.random() < CHIBI:
        shifts[-2:] -= (0.25, 2.0)
        widths[-2:] = (0.72, 0.66)
    down = PchipInterpolator(LEVELS, shifts)(grid)
    wide = PchipInterpolator(LEVELS, widths)(grid)
    larger, apart = float(rng.uniform(-0.3, 0.4)), float(rng.normal(0, 0.03))
    back = np.linalg.inv(head.matrix[:, :2]).T

    def bend(pixels: Points) -> Points:
        unit = (pixels - head.matrix[:, 2]) @ back
        for side in (-1.0, 1.0):
            off = unit - [side * EYE_X + 0.15 * yaw, EYE_Y]
            near = np.exp(-((off / [0.42, 0.38]) ** 2).sum(1))[:, None]
            unit = unit + near * (off * larger + [side * apart, 0.0])
        changed = np.stack(
            [unit[:, 0] * np.interp(unit[:, 1], grid, wide), unit[:, 1] + np.interp(unit[:, 1], grid, down)], 1
        )
        moved: Points = changed @ head.matrix[:, :2].T + head.matrix[:, 2]
        return moved

    return bend
