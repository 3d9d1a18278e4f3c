"""Palette distance: earth mover's distance between the colours of the output and of its reference."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.results.metric import Metric
from benchmark.scoring.lab import Lab, to_lab

CELL = 16.0  # side of a palette cell in CIELAB


def palette_distance(image: Image, reference: Image) -> float:
    """Earth mover's distance between the palettes of two uint8 RGB pictures (H, W, 3) of any size, in CIELAB units.

    The smallest mean distance (Delta E 1976) by which the colours of one picture's pixels have to move to become those
    of the other's (Rubner, Tomasi and Guibas 2000, doi:10.1023/A:1026543900054). A palette contains each cell of 16
    CIELAB units that has pixels, as the mean colour and the share of its pixels. The error is at most the mean distance
    of a pixel from its cell's colour, added over the two pictures. 0 for the same pixels in any order, at most about
    260. Symmetric. Blind to where a colour is. Raises ValueError for another dtype or shape.
    """
    return lab_palette_distance(palette(to_lab(image)), palette(to_lab(reference)))


def palette(lab: Lab) -> NDArray[np.float32]:
    """The palette (cells, 4) of CIELAB (..., 3): the share of a cell's pixels, and L, a, b of their mean."""
    pixels = lab.reshape(-1, 3)
    cells = (pixels * (1 / CELL) + 8).astype(np.int32)  # a and b start at -128, so indices are 0..15
    keys = (cells[:, 0] << 8) + (cells[:, 1] << 4) + cells[:, 2]
    counts = np.bincount(keys)
    taken = np.flatnonzero(counts)
    means = [np.bincount(keys, weights=pixels[:, channel])[taken] / counts[taken] for channel in range(3)]
    return np.column_stack([counts[taken] / len(pixels), *means]).astype(np.float32)


def lab_palette_distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Earth mover's distance between two palettes (cells, 4)."""
    return max(float(cv2.EMD(first, second, cv2.DIST_L2)[0]), 0.0)


METRIC = Metric(
    name="palette-distance",
    title="palette distance",
    unit="Lab",
    better="lower",
    digits=2,
    low=0,
    high=260,
    order=110,
    per="picture",
    function=palette_distance,
    needs=("reference",),
    on_eyes=True,
    picks=2,
    floors="none",
    meaning="distance by which colours have to move to give the output the reference's palette",
    formula="earth mover's distance in CIELAB between the palettes of output and reference, cells of 16 units",
    source="Rubner, Tomasi and Guibas 2000, doi:10.1023/A:1026543900054",
    blind_to="where a colour is",
)
