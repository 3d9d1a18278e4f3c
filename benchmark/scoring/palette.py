"""Palette distance: how far the colours of a picture are from those of its reference, wherever they lie."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.results.metric import Metric
from benchmark.scoring.lab import Lab, to_lab

CELL = 16.0  # side of a palette cell in CIELAB


def palette_distance(image: Image, reference: Image) -> float:
    """Earth mover's distance between the palettes of two uint8 RGB (H, W, 3), sizes free, in CIELAB units.

    The least mean distance (Delta E 1976) by which the colours of one picture's pixels have to move to become those
    of the other's (Rubner, Tomasi and Guibas 2000, doi:10.1023/A:1026543900054). A palette holds each cell of 16
    units of CIELAB that has pixels, by their mean colour and share, so that the number is off by less than the mean
    distance of a pixel from its cell's colour in the two pictures. 0 for the same pixels in any order, at most about
    260. Symmetric. Blind to where a colour is. Raises ValueError for another dtype or shape.
    """
    return lab_palette_distance(palette(to_lab(image)), palette(to_lab(reference)))


def palette(lab: Lab) -> NDArray[np.float32]:
    """The palette (cells, 4) of CIELAB (..., 3): the share of the pixels, and L, a, b of their mean."""
    pixels = lab.reshape(-1, 3)
    cells = (pixels * (1 / CELL) + 8).astype(np.int32)  # a and b from -128: all positive, below 16
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
    floors="none",
    meaning="how far colour has to move to give the output the reference's palette",
    formula="earth mover's distance in CIELAB between the palettes of output and reference, cells of 16 units",
    source="Rubner, Tomasi and Guibas 2000, doi:10.1023/A:1026543900054",
    blind_to="where a colour is",
)
