"""Eye colour error: difference between the mean colours of the irises of output and reference."""

import math
from collections.abc import Sequence

from benchmark.core.files import Image
from benchmark.results.metric import Metric
from benchmark.scoring.check_pictures import check_pictures
from benchmark.scoring.lab import delta_e, mean_lab
from benchmark.scoring.slices import Box, joined


def eye_delta_e(
    image: Image, eyes: Sequence[Box] | None, reference: Image, reference_eyes: Sequence[Box] | None
) -> float:
    """CIEDE2000 between the mean colours of the eyes of two uint8 RGB (H, W, 3), each in its own boxes: 0..120.

    The colour of an eye is that of the central half of its box, where iris and pupil are. NaN if the boxes of one of
    the pictures are not known. Raises ValueError for another dtype or shape.
    """
    check_pictures(image, reference)
    if eyes is None or reference_eyes is None:
        return math.nan
    sides = ((image, eyes), (reference, reference_eyes))
    ours, theirs = (mean_lab(joined(each, [eye.middle() for eye in boxes])) for each, boxes in sides)
    return float(delta_e(ours, theirs))


METRIC = Metric(
    name="eye-delta-e",
    title="eye Delta E",
    unit="Delta E",
    better="lower",
    digits=2,
    low=0,
    high=120,  # the largest CIEDE2000 between sRGB colours is 118.9
    order=126,
    per="picture",
    function=eye_delta_e,
    needs=("eyes", "reference", "reference_eyes"),
    floors="all",
    sparse=True,
    meaning="difference between the colours of the irises of output and reference",
    formula="CIEDE2000 between mean colours of the central halves of the eyes' boxes, of output and unwarped reference",
    source="our own; Sharma, Wu and Dalal 2005, doi:10.1002/col.20070",
    blind_to="eyes of two colours; the share of the pupil",
)
