"""Region colour error: difference between the mean colours of output and target in each region between the lines."""

import cv2
import numpy as np

from benchmark.core.files import Image
from benchmark.data.edges import disc
from benchmark.results.metric import Metric, with_known_target
from benchmark.scoring.check_pictures import check_pictures
from benchmark.scoring.lab import delta_e, to_lab
from benchmark.scoring.line_fidelity import INK

LEAST_AREA = 32  # px; smaller regions are left out


def region_delta_e(image: Image, target: Image, line: Image) -> float:
    """Area-weighted mean over the regions of `line` of CIEDE2000 between their mean colours in two uint8 RGB (H, W, 3).

    Regions are the 4-connected parts of the paper of `line`, uint8 (H, W), that are more than 1 px away from ink, which
    closes gaps of one pixel. Regions under 32 px are left out. XDoG lines have wider gaps, so a region can cover
    several visible areas. If there is no region, the whole picture is one. Symmetric in the pictures. Raises ValueError
    for another dtype or shape.
    """
    check_pictures(image, target)
    labels = regions(line)
    if labels.shape != image.shape[:2]:
        raise ValueError(f"the line must be uint8 (H, W) of the pictures' size, not {line.shape}")
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
    """Regions of the paper of `line`, uint8 (H, W): int32 (H, W), 0 outside of regions, else 1, 2, ... without gaps."""
    if line.dtype != np.uint8 or line.ndim != 2 or not line.size:
        raise ValueError(f"a line drawing must be uint8 (H, W), not {line.dtype} {line.shape}")
    ink = (line < INK).astype(np.uint8)
    paper = 1 - cv2.dilate(ink, disc(1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= LEAST_AREA
    kept[0] = False  # label 0: the lines
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
    applies=with_known_target,
    floors="all",
    meaning="colour error of the regions between the lines, weighted by area",
    formula="CIEDE2000 between mean colours of the regions between lines, weighted by area; not under random-ref",
    source="Sharma, Wu and Dalal 2005, doi:10.1002/col.20070",
    blind_to="texture",
)
