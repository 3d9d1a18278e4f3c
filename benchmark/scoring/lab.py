"""CIELAB for the colour metrics: illuminant D65, 2 degree observer, from sRGB (IEC 61966-2-1)."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image

Lab = NDArray[np.float32]  # (..., 3): L 0..100, a and b about -110..100

LEVELS = np.arange(256) / 255
LINEAR = np.where(LEVELS > 0.04045, ((LEVELS + 0.055) / 1.055) ** 2.4, LEVELS / 12.92).astype(np.float32)
WHITE = np.array([[0.95047], [1.0], [1.08883]])
TO_XYZ = (
    np.array([[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]]) / WHITE
)
TO_LAB = np.array([[0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0]])  # of f(X), f(Y), f(Z), 1
KNEE = 0.008856  # (6 / 29)^3; f is linear below it


def to_lab(image: Image) -> Lab:
    """CIELAB float32 (H, W, 3) of uint8 RGB (H, W, 3); raises ValueError for another dtype or shape.

    OpenCV's own conversion is not used: it interpolates in a table, with an error of up to 0.3.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"CIELAB is computed from uint8 RGB (H, W, 3), not {image.dtype} {image.shape}")
    xyz = cv2.transform(cv2.LUT(image, LINEAR), TO_XYZ)
    curve = np.cbrt(xyz)
    dark = xyz <= KNEE
    if dark.any():
        curve[dark] = 7.787 * xyz[dark] + np.float32(16 / 116)
    return np.asarray(cv2.transform(curve, TO_LAB), np.float32)


def mean_lab(image: Image) -> NDArray[np.float64]:
    """Mean CIELAB colour (3,) of uint8 RGB (H, W, 3); raises as `to_lab` does."""
    return np.asarray(to_lab(image).mean(axis=(0, 1), dtype=np.float64))


def delta_e(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """CIEDE2000 of two arrays of CIELAB colours (..., 3) -> (...); symmetric.

    Sharma, Wu and Dalal 2005 (doi:10.1002/col.20070): 0 is equal, about 1 is just visible, 100 is black against white.
    """
    from skimage import color

    ciede2000: Callable[..., NDArray[np.float64]] = color.deltaE_ciede2000
    return ciede2000(a, b)
