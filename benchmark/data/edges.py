"""How well the ink of two line drawings agrees, a few pixels off allowed: for XDoG fits and for line fidelity."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image

Ink = NDArray[np.bool_]  # (H, W), true where there is ink


def edge_f1(ink: Ink, artist: Ink, tolerance: int) -> float:
    """F1 of ink (H, W) against the artist's, 0..1, where a pixel is right within `tolerance` px of the other's ink.

    Precision counts the ink near the artist's, recall the artist's near the ink; without any ink it is 0.
    """
    around = disc(tolerance)
    right = (ink & (cv2.dilate(artist.astype(np.uint8), around) > 0)).sum()
    reached = (artist & (cv2.dilate(ink.astype(np.uint8), around) > 0)).sum()
    return float(f1(np.float64(right), np.float64(ink.sum()), np.float64(reached), float(artist.sum())))


def f1(
    right: NDArray[np.float64] | np.float64,
    ink: NDArray[np.float64] | np.float64,
    reached: NDArray[np.float64] | np.float64,
    artist: float,
) -> NDArray[np.float64]:
    """F1 from counts of pixels: `right` of the `ink`, and `reached` of the artist's; 0 where there are none."""
    precision, recall = right / np.maximum(ink, 1), reached / max(artist, 1)
    return np.asarray(2 * precision * recall / np.maximum(precision + recall, 1e-12), np.float64)


@lru_cache
def disc(radius: int) -> Image:
    """The pixels within `radius` px of the middle, uint8 (2 r + 1, 2 r + 1) of 0 and 1."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= radius * radius, np.uint8)
