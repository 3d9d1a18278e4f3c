"""Regions between the lines of a drawing, and pictures whose colours are drawn to one colour per region.

Regions are the basins of a watershed on the distance to the ink, so small gaps in lines leak little colour.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Upsampling = Literal["bicubic", "guided", "regions"]  # of outputs to the size of the drawing; resizing.enlarge
UPSAMPLING = (
    "Enlarging of outputs to the line's size; guided follows the edges of the line drawing; regions also moves colours "
    "a third of the way to the median of their region between the lines."
)  # the description of this setting
INK = 128  # line pixels below this are ink
NARROWEST = 1.5  # smallest distance of a region's core from the ink, in px
FLAT = 1 / 3  # share of the median of its region in a colour; the best share is smaller for better networks

Float = NDArray[np.float64]


def line_regions(line: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Region numbers from 0, int (H, W), of a line drawing uint8 (H, W). Ink belongs to a neighbouring region."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter, label
    from skimage.segmentation import watershed

    distance: Float = distance_transform_edt(np.pad(line >= INK, 1, constant_values=True))[1:-1, 1:-1]
    smooth: Float = gaussian_filter(distance, 1.0)
    cores, found = label(smooth >= np.maximum(NARROWEST, 0.6 * _local_maximum(smooth)))
    if found == 0:
        return np.zeros(line.shape, np.int64)
    flood: Callable[..., NDArray[np.int32]] = watershed
    return flood(-smooth, cores).astype(np.int64) - 1


def flattened(picture: NDArray[np.float32], line: NDArray[np.float32]) -> NDArray[np.float32]:
    """A picture (3, H, W) whose paper is drawn a third of the way to the median colour of its region.

    `line` (H, W) is the drawing, 0..255; the whiter its pixel, the more the colour moves. The values of the picture may
    have any range. A drawing with one region, or without regions, leaves the picture as it is.
    """
    from scipy.ndimage import median

    regions = line_regions(line.round().astype(np.uint8))
    if not regions.any():
        return picture
    counted = np.where(line >= INK, regions, -1)
    numbers = np.arange(regions.max() + 1)
    colors = np.stack([median(channel, counted, numbers)[regions] for channel in picture])
    return (picture + FLAT / 255 * line * (colors - picture)).astype(np.float32)


def _local_maximum(values: Float) -> Float:
    """The maximum of `values` around each pixel, in a window about as large as the core of a region."""
    from scipy.ndimage import maximum_filter

    largest: Any = maximum_filter(values, size=15)
    result: Float = largest
    return result
