"""Figure PSNR: PSNR of the pixels of the figure, without the background."""

import math

import numpy as np

from benchmark.core.files import Image
from benchmark.data.parts import PARTS
from benchmark.results.metric import Metric, between_pictures_of_a_character
from benchmark.scoring.check_pictures import check_labels, check_pictures
from benchmark.scoring.psnr import CAP, psnr


def figure_psnr(image: Image, target: Image, parts: Image) -> float:
    """PSNR in dB of the pixels of uint8 RGB (H, W, 3) that `parts`, uint8 (H, W), assigns to the figure; at most 100.

    NaN for a picture without a figure. Symmetric in the pictures. Raises ValueError for another dtype or shape.
    """
    check_pictures(image, target)
    check_labels(parts, image)
    figure = parts != PARTS.index("background")
    if not figure.any():
        return math.nan
    return psnr(*(np.ascontiguousarray(each[figure][None]) for each in (image, target)))


METRIC = Metric(
    name="figure-psnr",
    title="figure PSNR (dB)",
    unit="dB",
    better="higher",
    digits=2,
    low=0,
    high=CAP,
    order=30,
    per="picture",
    function=figure_psnr,
    needs=("target", "parts"),
    applies=between_pictures_of_a_character,
    first_table=True,
    floors="all",
    sparse=True,
    meaning="closeness of the figure to the target, pixel by pixel, without the background",
    formula="10 log10(255² / MSE) over the pixels of the figure, by the dataset's part labels; cross-ref only",
    source="standard definition, on a mask",
    blind_to="the background; structure",
)
