"""PSNR: peak signal-to-noise ratio of the output against its target."""

import math

import cv2

from benchmark.core.files import Image
from benchmark.results.metric import Metric
from benchmark.scoring.check_pictures import check_pictures

CAP = 100.0  # dB; one value of a 256 x 256 picture off by one level is 101 dB


def psnr(image: Image, target: Image) -> float:
    """Peak signal-to-noise ratio in dB of uint8 RGB (H, W, 3): 10 log10(255^2 / MSE), MSE over all channels jointly.

    At most 100, the value of identical pictures. Symmetric.

    Raises ValueError for another dtype or shape, or two shapes.
    """
    check_pictures(image, target)
    squares = round(cv2.norm(image, target, cv2.NORM_L2SQR))  # an integer, which OpenCV returns as a rounded float64
    return min(10 * math.log10(255**2 / (squares / image.size)), CAP) if squares else CAP


METRIC = Metric(
    name="psnr",
    title="PSNR (dB)",
    unit="dB",
    better="higher",
    digits=2,
    low=0,
    high=CAP,
    order=10,
    per="picture",
    function=psnr,
    needs=("target",),
    headline=True,
    capped_if_identical=True,
    on_eyes=True,
    picks=1,
    floors="all",
    meaning="closeness to the target, pixel by pixel",
    formula="10 log10(255² / MSE) of each picture, all channels jointly, then the mean over pictures; at most 100, the "
    "value of identical pictures",
    source="standard definition, with the peak 255",
    blind_to="structure",
    caption="{:.1f} dB",
)
