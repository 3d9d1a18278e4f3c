"""F1 of the ink of two line drawings with a tolerance in pixels: for XDoG fits and for line fidelity."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image

Ink = NDArray[np.bool_]  # (H, W), true where there is ink


def edge_f1(ink: Ink, artist: Ink, tolerance: int) -> float:
    """F1 of `ink` (H, W) against `artist` (H, W), 0..1; pixels match within `tolerance` px.

    Precision is the share of `ink` near `artist`, recall the share of `artist` near `ink`; without ink the F1 is 0.
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
    """F1 from pixel counts: precision `right` / `ink`, recall `reached` / `artist`; 0 where nothing matches."""
    precision, recall = right / np.maximum(ink, 1), reached / max(artist, 1)
    return np.asarray(2 * precision * recall / np.maximum(precision + recall, 1e-12), np.float64)


@lru_cache
def disc(radius: int) -> Image:
    """The pixels within `radius` px of the middle, uint8 (2 r + 1, 2 r + 1) of 0 and 1."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= radius * radius, np.uint8)
