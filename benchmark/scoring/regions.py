"""Region-wise colour error: is each region between the lines of the colour it should be?"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.edges import disc
from benchmark.results.metric import Metric, where_target_is_answer
from benchmark.scoring.check_pictures import check_pictures
from benchmark.scoring.lab import to_lab
from benchmark.scoring.line_fidelity import INK

LEAST_AREA = 32  # px; smaller regions are crumbs between lines


def region_delta_e(image: Image, target: Image, line: Image) -> float:
    """Mean over the regions of `line`, by area, of CIEDE2000 between their mean colours in two uint8 RGB (H, W, 3).

    Regions are the 4-connected parts of the paper of `line`, uint8 (H, W), kept 1 px away from ink so that lines and
    one-pixel gaps do not count; those under 32 px are left out. XDoG lines have wider gaps, so a region can span what
    a person sees as two. Delta E as in Sharma, Wu and Dalal 2005 (doi:10.1002/col.20070): about 1 is just visible, 0
    is equal, 100 is black against white. Where the line leaves no region, the picture as a whole is one. Symmetric in
    the pictures. Raises ValueError for another dtype or shape.
    """
    from skimage import color

    delta_e: Callable[..., NDArray[np.float64]] = color.deltaE_ciede2000
    check_pictures(image, target)
    labels = regions(line)
    if labels.shape != image.shape[:2]:
        raise ValueError(f"the line is uint8 (H, W) of the pictures' size, not {line.shape}")
    inside = labels > 0
    members = labels[inside]
    area = np.bincount(members)[1:]
    means = []
    for each in (image, target):
        pixels = to_lab(each)[inside]
        sums = [np.bincount(members, weights=pixels[:, channel])[1:] for channel in range(3)]
        means.append(np.stack(sums, axis=1) / area[:, None])  # (regions, 3)
    return float(np.average(delta_e(*means), weights=area))


def regions(line: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Regions of the paper of `line`, uint8 (H, W): int32 (H, W), 0 for none, else 1, 2, ... without gaps."""
    if line.dtype != np.uint8 or line.ndim != 2 or not line.size:
        raise ValueError(f"a line drawing is uint8 (H, W), not {line.dtype} {line.shape}")
    ink = (line < INK).astype(np.uint8)
    paper = 1 - cv2.dilate(ink, disc(1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= LEAST_AREA
    kept[0] = False  # the lines
    if not kept.any():
        return np.ones(line.shape, np.int32)
    return np.asarray(np.where(kept, np.cumsum(kept), 0)[labels], np.int32)


METRIC = Metric(
    name="region-delta-e",
    title="region Delta E",
    unit="Delta E",
    better="lower",
    digits=2,
    low=0,
    high=120,  # the largest CIEDE2000 between sRGB colours is 118.9
    order=120,
    per="picture",
    function=region_delta_e,
    needs=("target", "line"),
    applies=where_target_is_answer,
    floors="all",
    meaning="colour error of the regions between the lines, by area",
    formula="CIEDE2000 between mean colours of the regions between lines, by area; self-reference only",
    source="Sharma, Wu and Dalal 2005, doi:10.1002/col.20070",
    blind_to="texture",
)
