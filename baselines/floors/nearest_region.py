"""The floor nearest-region: each region of the drawing takes the colour of the nearest region of the reference.

Regions are those of palette-transfer, in the line drawing and in XDoG lines of the reference. The distance of two
regions is that of their centres and of the roots of their areas, all in sides of the picture. Nothing is learned: its
scores show what colours from regions of the same place and size score.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.floors.mean_colour import inked
from benchmark.core.config import Config as BaseConfig
from benchmark.data.xdog import XDoG, extract_lines
from benchmark.methods.regions import line_regions

SUMMARY = "fills each region with the colour of the reference's region that is nearest in place and size"

Float = NDArray[np.float64]


class Config(BaseConfig):
    """No settings."""


class NearestRegion:
    """Fills regions of the line drawing with colours of the reference's regions and draws the lines on top."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; seeds are ignored."""
        flat = [
            paint_nearest(line[0], np.ascontiguousarray(reference.transpose(1, 2, 0)))
            for line, reference in zip(lines, references, strict=True)
        ]
        return inked(lines, np.stack(flat).transpose(0, 3, 1, 2))


def paint_nearest(line: NDArray[np.uint8], reference: NDArray[np.uint8]) -> Float:
    """Colours of 0..255, (H, W, 3), for a line drawing uint8 (H, W) and a reference uint8 (H, W, 3)."""
    regions, theirs = line_regions(line), line_regions(extract_lines(reference, XDoG()))
    distances = np.linalg.norm(places(regions)[:, None] - places(theirs)[None], axis=2)
    colors: Float = median_colors(theirs, reference)[distances.argmin(axis=1)][regions]
    return colors


def places(regions: NDArray[np.int64]) -> Float:
    """Centre x, y and root of the area of each region of (H, W), in sides of the picture: (n, 3)."""
    side = max(regions.shape)
    rows, columns = np.indices(regions.shape)
    areas = np.bincount(regions.ravel())
    centres = [np.bincount(regions.ravel(), each.ravel()) / areas / side for each in (columns, rows)]
    return np.stack([*centres, np.sqrt(areas) / side], axis=1)


def median_colors(regions: NDArray[np.int64], picture: NDArray[np.uint8]) -> Float:
    """The median of each channel in each region of a picture uint8 (H, W, 3): (n, 3)."""
    order = np.argsort(regions.ravel(), kind="stable")
    pixels = picture.reshape(-1, 3)[order]
    ends = np.cumsum(np.bincount(regions.ravel()))[:-1]
    return np.stack([np.median(each, axis=0) for each in np.split(pixels, ends)])


def load(checkpoint: Path | None, device: str) -> NearestRegion:
    """The colorizer; both arguments are ignored."""
    return NearestRegion()
