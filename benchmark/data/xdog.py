"""XDoG lines (Winnemoeller et al. 2012, doi:10.1016/j.cag.2012.03.004) as AnimeDiffusion uses them (its equation 1).

Paper and authors' code differ in two things; both are named choices of `XDoG`:
- form: the code multiplies the difference of Gaussians by the picture ("product", default: it is what the published
  numbers were made with), the paper's equation 1 does not ("equation-1").
- p: 9 in the paper (default), 10 in the code.
"""

import math
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image

Float = NDArray[np.float64]
Form = Literal["product", "equation-1"]


class XDoG(Config):
    """Parameters of the line extractor; the defaults are the paper's (section 3.3) in the form of the authors' code."""

    sigma: FiniteFloat = Field(default=0.3, gt=0, le=50, description="width in px of the narrow Gaussian")
    k: FiniteFloat = Field(default=3.5, gt=1, le=50, description="the wide Gaussian has the width k * sigma")
    p: FiniteFloat = Field(
        default=9.0, ge=0, le=1e4, description="strength of the difference (the authors' code has 10)"
    )
    epsilon: FiniteFloat = Field(
        default=0.01, description="response at and above which a pixel is paper; the picture is 0..1"
    )
    phi: FiniteFloat = Field(default=1e9, gt=0, description="steepness of the tanh below epsilon")
    form: Form = Field(
        default="product", description="'product' (the authors' code) or 'equation-1' (the paper's text)"
    )

    @property
    def cut(self) -> float:
        """The response from which rint(255 * (1 + tanh(phi * (u - epsilon)))) is at least 128: epsilon - 5.5e-10."""
        return self.epsilon - math.atanh(0.5) / self.phi


def to_grey(rgb: Image) -> Image:
    """RGB uint8 (H, W, 3) -> grey uint8 (H, W) = (9798 R + 19235 G + 3735 B + 2^14) >> 15 (ITU-R BT.601, as OpenCV)."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise AnibenchError(f"a grey picture is made from RGB uint8 (H, W, 3), not {rgb.dtype} {rgb.shape}")
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def window_size(sigma: float) -> int:
    """OpenCV's size of a Gaussian's window for floating pictures: the odd number at or above round(8 sigma + 1)."""
    return round(8 * sigma + 1) | 1


def blur(image: Float, sigma: float, size: int | None = None) -> Float:
    """Blur float (H, W) by the sampled, normalised Gaussian of `sigma` over a `size` px window, reflect-101 border."""
    kernel = _kernel(sigma, size or window_size(sigma))
    return np.asarray(cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101), np.float64)


def response(grey: Image, params: XDoG) -> Float:
    """The response before the threshold, float64 (H, W), of grey uint8 (H, W): u = g D or, in equation 1, D.

    g = grey / 255, D = (1 + p) G_sigma(g) - p G_{k sigma}(g).
    """
    _check_grey(grey)
    g = grey / 255.0
    difference = (1 + params.p) * blur(g, params.sigma) - params.p * blur(g, params.k * params.sigma)
    return g * difference if params.form == "product" else difference


def extract_lines(picture: Image, params: XDoG) -> Image:
    """Lines uint8 (H, W), exactly 0 (ink) or 255 (paper), of RGB uint8 (H, W, 3) or grey uint8 (H, W) of any size.

    The values between that the tanh gives where |u - epsilon| < 1e-8 go to the nearer of the two. Works in float32;
    pixels within the float32 error of the threshold are computed again in float64. Raises AnibenchError for any other
    type or shape.
    """
    grey = picture if picture.ndim == 2 else to_grey(picture)
    _check_grey(grey)
    narrow, wide = _kernel(params.sigma), _kernel(params.k * params.sigma)
    # The kernels contain the factors 1 + p, -p and 1 / 255, which saves passes over the picture.
    u = _filter(grey, narrow * ((1 + params.p) / 255), narrow)
    u -= _filter(grey, wide * (params.p / 255), wide)
    if params.form == "product":
        u *= grey.astype(np.float32) / np.float32(255)
    margin = _float32_error(params)
    surely, maybe = u >= params.cut + margin, u >= params.cut - margin
    lines: Image = surely.view(np.uint8) * np.uint8(255)
    unsure = np.flatnonzero(surely != maybe)
    if unsure.size:
        lines.flat[unsure] = np.where(_response_at(grey, unsure, params) >= params.cut, 255, 0)
    return lines


def _response_at(grey: Image, places: NDArray[np.intp], params: XDoG) -> Float:
    """`response` at n pixels only, given by their flat index: float64 (n,)."""
    if places.size > 500:  # then the windows would cost more than the whole picture
        return response(grey, params).ravel()[places]
    narrow, wide = _kernel(params.sigma), _kernel(params.k * params.sigma)
    weights = -params.p * np.outer(wide, wide)
    inner = slice((wide.size - narrow.size) // 2, (wide.size + narrow.size) // 2)
    weights[inner, inner] += (1 + params.p) * np.outer(narrow, narrow)
    r = wide.size // 2
    padded = cv2.copyMakeBorder(grey, r, r, r, r, cv2.BORDER_REFLECT_101)
    windows = sliding_window_view(padded, weights.shape)[np.unravel_index(places, grey.shape)]  # (n, size, size)
    difference: Float = windows.reshape(places.size, -1) @ weights.ravel() / 255
    return grey.ravel()[places] / 255 * difference if params.form == "product" else difference


def _filter(grey: Image, across: Float, down: Float) -> NDArray[np.float32]:
    """Filter uint8 (H, W) with a separable kernel, float32 inside and out, reflect-101 border."""
    return np.asarray(cv2.sepFilter2D(grey, cv2.CV_32F, across, down, borderType=cv2.BORDER_REFLECT_101), np.float32)


def _float32_error(params: XDoG) -> float:
    """A bound on the rounding error of the float32 response: (1 + 2 p) is the largest sum of |weights| times g."""
    steps = 2 * window_size(params.k * params.sigma) + 4
    return steps * 2.0**-24 * (1 + 2 * params.p)


@lru_cache(maxsize=256)
def _kernel(sigma: float, size: int | None = None) -> Float:
    """The sampled, normalised Gaussian, float64 (size,); read only, since it is shared."""
    kernel = np.asarray(cv2.getGaussianKernel(size or window_size(sigma), sigma, cv2.CV_64F), np.float64).ravel()
    kernel.setflags(write=False)
    return kernel


def _check_grey(grey: Image) -> None:
    if grey.dtype != np.uint8 or grey.ndim != 2 or grey.size == 0:
        raise AnibenchError(f"lines are drawn from uint8 RGB (H, W, 3) or grey (H, W), not {grey.dtype} {grey.shape}")
