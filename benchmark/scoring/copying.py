"""Copy score: how much the shapes of the output are those of the reference instead of the line drawing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.xdog import to_grey
from benchmark.results.metric import Alarm, Metric, where_shapes_differ
from benchmark.scoring.check_pictures import check_pictures

SHIFT = 16  # px; largest shift of the search, in both directions
SMOOTH = 1.5  # px; sigma of the blur before the gradient


def copy_score(image: Image, reference: Image, target: Image) -> float:
    """Similarity of the shapes of `image` and `reference` beyond that of the target, all uint8 RGB (H, W, 3): 0..1.

    c(x) is the largest zero-mean normalised cross-correlation, over shifts of up to 16 px, between the gradient
    magnitudes of the grey pictures x and `reference`, blurred with sigma 1.5 px. The score is
    (c(image) - c(target)) / (1 - c(target)), clipped to 0..1. 1: the reference, also if shifted or recoloured. 0: not
    more similar to the reference than the target. Our own measure. It has no meaning if target and reference have the
    same shapes (self-reference), and is 0 then. Raises ValueError for another dtype or shape, and for sides of 48 px or
    less.
    """
    check_pictures(image, reference)
    check_pictures(target, reference)
    if min(image.shape[:2]) <= 3 * SHIFT:
        raise ValueError(f"the copy score needs sides of more than {3 * SHIFT} px, not {image.shape[:2]}")
    shape = structure(reference)
    return chance_corrected(likeness(structure(image), shape), likeness(structure(target), shape))


def structure(image: Image) -> NDArray[np.float32]:
    """Gradient magnitude of the grey picture, float32 (H, W)."""
    grey = cv2.GaussianBlur(to_grey(image).astype(np.float32), (0, 0), SMOOTH)
    return np.asarray(cv2.magnitude(cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)))


def likeness(image: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """The largest zero-mean normalised cross-correlation over shifts, 0..1; 0 if a picture is flat."""
    inner = np.ascontiguousarray(image[SHIFT:-SHIFT, SHIFT:-SHIFT])
    if float(inner.std()) <= 1e-3 or float(reference.std()) <= 1e-3:
        return 0.0
    found = cv2.matchTemplate(reference, inner, cv2.TM_CCOEFF_NORMED)
    return round(float(np.clip(found.max(), 0, 1)), 6)  # further digits depend on OpenCV's threads


def chance_corrected(found: float, chance: float) -> float:
    """(found - chance) / (1 - chance), clipped to 0..1; 0 if chance is 1."""
    return float(np.clip((found - chance) / (1 - chance), 0, 1)) if chance < 1 - 1e-6 else 0.0


METRIC = Metric(
    name="copy",
    title="copy score",
    better="lower",
    digits=3,
    low=0,
    high=1,
    order=140,
    per="picture",
    function=copy_score,
    needs=("shown", "target"),
    applies=where_shapes_differ,
    first_table=True,
    floors="none",
    meaning="1: the output has the shapes of the reference, also if shifted; 0: not more of them than the target",
    formula="(c(output) - c(target)) / (1 - c(target)), c = largest correlation of gradients with the reference over "
    "shifts up to 16 px",
    source="our own; normalised cross-correlation of gradients",
    blind_to="mirrored or strongly bent copies",
    alarm=Alarm(0.2, "copies", "its pictures contain shapes of the reference"),
)
