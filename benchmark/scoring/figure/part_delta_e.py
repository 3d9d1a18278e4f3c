"""Part colour error: difference between the mean colours of output and target in hair, skin, irises and clothes."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmark.core.files import Image
from benchmark.data.parts import PARTS, Part
from benchmark.results.metric import Metric, between_pictures_of_a_character
from benchmark.scoring.check_pictures import check_labels, check_pictures
from benchmark.scoring.lab import delta_e, mean_lab

SCORED: tuple[Part, ...] = ("hair", "skin", "iris", "clothes")
LEAST_AREA = 32  # px; smaller parts are left out, as small regions in region Delta E


def part_delta_e(image: Image, target: Image, parts: Image) -> float:
    """Mean over hair, skin, irises and clothes of `delta_e_of`; parts that the picture does not show are left out.

    NaN for a picture that shows none.
    """
    found = [delta_e_of(part, image, target, parts) for part in SCORED]
    known = [value for value in found if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def delta_e_of(part: Part, image: Image, target: Image, parts: Image) -> float:
    """CIEDE2000 between the mean colours of one part in two uint8 RGB (H, W, 3), by the labels uint8 (H, W): 0..120.

    NaN if the part has fewer than 32 px. Symmetric in the pictures. Raises ValueError for another dtype or shape.
    """
    check_pictures(image, target)
    check_labels(parts, image)
    inside = parts == PARTS.index(part)
    if inside.sum() < LEAST_AREA:
        return math.nan
    ours, theirs = (mean_lab(each[inside][None]) for each in (image, target))
    return float(delta_e(ours, theirs))


def _metric(name: str, title: str, order: int, function: Callable[..., Any], meaning: str, formula: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        unit="Delta E",
        better="lower",
        digits=2,
        low=0,
        high=120,  # the largest CIEDE2000 between sRGB colours is 118.9
        order=order,
        per="picture",
        function=function,
        needs=("target", "parts"),
        applies=between_pictures_of_a_character,
        first_table=name == "part-delta-e",
        floors="all",
        sparse=True,
        meaning=meaning,
        formula=formula,
        source="our own; Sharma, Wu and Dalal 2005, doi:10.1002/col.20070",
        blind_to="where in a part a colour is",
    )


def _of(part: Part, title: str, order: int) -> Metric:
    return _metric(
        f"{part}-delta-e",
        f"{title} Delta E",
        order,
        partial(delta_e_of, part),
        f"colour error of the {title}",
        f"CIEDE2000 between mean colours of the {title}, by the dataset's part labels; cross-ref only",
    )


METRIC = _metric(
    "part-delta-e",
    "part Delta E",
    121,
    part_delta_e,
    "colour error of hair, skin, irises and clothes",
    "mean of the CIEDE2000 of hair, skin, irises and clothes, without parts that the picture does not show",
)
HAIR, SKIN, IRIS, CLOTHES = (
    _of("hair", "hair", 122), _of("skin", "skin", 123), _of("iris", "iris", 124), _of("clothes", "clothes", 125)
)  # fmt: skip
