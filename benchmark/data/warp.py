"""The random thin-plate-spline warp of a reference, as in the published code of AnimeDiffusion and of its baselines.

Four corners are fixed and two points move along the diagonal, so x and y share one scalar field. The field is a
weighted sum of precomputed pictures: two of 91 (the moved points lie on a 0.01 grid) and seven constant ones. The map
equals the published one up to float rounding.
"""

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image

Float = NDArray[np.float64]
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
GRID = 91  # possible ends of a moved point: 0.05, 0.06, ..., 0.95 of the diagonal


class Warp(NamedTuple):
    """Two points at `p1`, `p2` on the diagonal of the unit square and their shifts `r1`, `r2`; rounded to 0.01."""

    p1: float
    p2: float
    r1: float
    r2: float

    @property
    def targets(self) -> tuple[float, float]:
        """Coordinates of the two points on the diagonal after the shift."""
        return self.p1 + self.r1, self.p2 + self.r2


def draw_warp(seed: int) -> Warp:
    """Draw a warp as published: p ~ U(0.3, 0.7), r ~ U(-0.25, 0.25); drawn again while both points coincide."""
    generator = random.Random(seed)
    while True:
        p1, p2 = generator.uniform(0.3, 0.7), generator.uniform(0.3, 0.7)
        r1, r2 = generator.uniform(-0.25, 0.25), generator.uniform(-0.25, 0.25)
        warp = Warp(*(round(value, 2) for value in (p1, p2, r1, r2)))
        if not math.isclose(*warp.targets, rel_tol=1e-9):
            return warp


def warp_weights(warps: Sequence[Warp]) -> tuple[Float, NDArray[np.int64]]:
    """Solve the splines: weights (n, 9) of 2 moved centres, 4 corners, 1, x, y, and the centres' table rows (n, 2)."""
    n = len(warps)
    centres = np.empty((n, 6, 2))
    centres[:, :2] = np.array([warp.targets for warp in warps])[:, :, None]
    centres[:, 2:] = CORNERS
    distance = np.linalg.norm(centres[:, :, None] - centres[:, None], axis=-1)
    system = np.zeros((n, 9, 9))
    system[:, :6, :6] = _kernel(distance)
    system[:, :6, 6] = system[:, 6, :6] = 1.0
    system[:, :6, 7:] = centres
    system[:, 7:, :6] = centres.transpose(0, 2, 1)
    values = np.zeros((n, 9, 1))
    values[:, :2, 0] = [(-warp.r1, -warp.r2) for warp in warps]  # the map goes from the moved point back to its source
    rows = np.rint(100 * centres[:, :2, 0]).astype(np.int64) - 5
    weights: Float = np.linalg.solve(system, values)[:, :, 0].astype(np.float64)
    return weights, rows


@lru_cache(maxsize=4)
def warp_tables(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The radial basis of the 91 possible centres (91, H, W), and of the 4 corners with 1, x, y (7, H, W)."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    moving = np.empty((GRID, height, width), np.float32)
    for i in range(GRID):
        centre = (i + 5) / 100
        moving[i] = _kernel(np.hypot(x - centre, y - centre))
    corners = [_kernel(np.hypot(x - cx, y - cy)) for cx, cy in CORNERS]
    return moving, np.stack([*corners, np.ones_like(x), x, y]).astype(np.float32)


def warp_map(warp: Warp, height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Source coordinates of each output pixel, in pixels: map_x, map_y float32 (H, W).

    As published, coordinates are multiplied by W and H, not by W - 1 and H - 1: a warp without shifts stretches by
    W / (W - 1) and leaves the last row and column black.
    """
    weights, rows = warp_weights([warp])
    moving, fixed = warp_tables(height, width)
    coefficients = weights[0].astype(np.float32)
    field = np.tensordot(coefficients[2:], fixed, axes=1)
    field += coefficients[0] * moving[rows[0, 0]] + coefficients[1] * moving[rows[0, 1]]
    x, y = np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32)
    return (x + field) * np.float32(width), (y[:, None] + field) * np.float32(height)


def warp_image(image: Image, warp: Warp) -> Image:
    """Warp uint8 RGB (H, W, 3) by bicubic interpolation; black where the source lies outside the picture."""
    import cv2

    map_x, map_y = warp_map(warp, *image.shape[:2])
    warped = cv2.remap(image, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(warped, np.uint8)


def _kernel(r: Float) -> Float:
    return r * r * np.log(r + 1e-6)
