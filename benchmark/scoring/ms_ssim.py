"""MS-SSIM: multi-scale structural similarity of the output and its target."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.results.metric import Metric
from benchmark.scoring.check_pictures import check_pictures

Float32 = NDArray[np.float32]

MS_SSIM_SIDE = 161  # pixels: five scales of an 11-tap window need more than 160
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MS_SSIM_WINDOW = cv2.getGaussianKernel(11, 1.5, cv2.CV_32F)
MIDDLE = 128  # grey level


def ms_ssim(image: Image, target: Image) -> float:
    """Multi-scale SSIM of uint8 RGB (H, W, 3), both sides over 160 px: 0..1, 1 for identical pictures. Symmetric.

    Wang, Simoncelli and Bovik 2003 (doi:10.1109/ACSSC.2003.1292216), as in pytorch-msssim: window of 11 taps with
    sigma 1.5 and no padding, five scales with their weights, K = (0.01, 0.03), negative terms clipped to 0, mean of the
    channels. Computed in float32. Error against float64: 2e-6 on textured pictures (the package: 6e-6), 1.1e-4 on flat
    pictures, whose variances cancel (the package: 2.6e-4). Raises ValueError for another dtype or shape, or two shapes.
    """
    check_pictures(image, target)
    if min(image.shape[:2]) < MS_SSIM_SIDE:
        raise ValueError(f"MS-SSIM needs sides of at least {MS_SSIM_SIDE} px, not {image.shape[:2]}")
    # Values around 0 lose less precision in variances. The luminance term adds the offset again.
    x, y = (each.astype(np.float32) - MIDDLE for each in (image, target))
    product = np.ones(3)
    for scale, weight in enumerate(MS_SSIM_WEIGHTS):
        if scale:
            x, y = _halve(x), _halve(y)
        term = _ssim_terms(x, y, luminance=scale == len(MS_SSIM_WEIGHTS) - 1)
        product *= np.maximum(term, 0) ** weight
    return float(product.mean())


def _ssim_terms(x: Float32, y: Float32, *, luminance: bool) -> NDArray[np.float64]:
    """Mean per channel (3,) of contrast times structure of float (H, W, 3); times luminance if `luminance` is set."""
    mean_x, mean_y, squares, product = (_blur(each) for each in (x, y, x * x + y * y, x * y))
    means = mean_x * mean_y
    mean_squares = mean_x * mean_x + mean_y * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    term = (2 * (product - means) + c2) / (squares - mean_squares + c2)
    if luminance:
        a, b = mean_x + MIDDLE, mean_y + MIDDLE
        term *= (2 * a * b + c1) / (a * a + b * b + c1)
    return np.asarray(term.mean(axis=(0, 1), dtype=np.float64))


def _blur(image: Float32) -> Float32:
    """Blur float (H, W, 3) without padding: (H - 10, W - 10, 3)."""
    blurred = cv2.sepFilter2D(image, cv2.CV_32F, MS_SSIM_WINDOW, MS_SSIM_WINDOW)
    return np.asarray(blurred[5:-5, 5:-5], np.float32)


def _halve(image: Float32) -> Float32:
    """Means of 2 x 2 px of float (H, W, 3). As in pytorch-msssim, an odd side first gets a black row or column."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        black = (-MIDDLE,) * 3
        image = np.asarray(cv2.copyMakeBorder(image, height % 2, 0, width % 2, 0, cv2.BORDER_CONSTANT, value=black))
    half = (image.shape[1] // 2, image.shape[0] // 2)
    return np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.float32)


METRIC = Metric(
    name="ms-ssim",
    title="MS-SSIM",
    better="higher",
    digits=4,
    low=0,
    high=1,
    order=20,
    per="picture",
    function=ms_ssim,
    needs=("target",),
    headline=True,
    floors="all",
    meaning="similarity of structure to the target on five scales",
    formula="product over five scales of contrast, structure and luminance terms, as in pytorch-msssim",
    source="Wang, Simoncelli and Bovik 2003, doi:10.1109/ACSSC.2003.1292216",
    blind_to="colour shifts",
)
