"""Metrics against second implementations and closed forms, and what they refuse."""

import math

import numpy as np
import pytest
import pytorch_msssim
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio

from benchmark.core.files import Image
from benchmark.scoring.paper import ms_ssim, psnr

RNG = np.random.default_rng(11)


def picture(seed: int, side: int = 192) -> Image:
    """Smooth noise with some edges, uint8 (side, side + 8, 3)."""
    noise = np.random.default_rng(seed).normal(size=(side, side + 8, 3))
    smooth = ndimage.gaussian_filter(noise, (6, 6, 0))
    smooth = 255 * (smooth - smooth.min()) / np.ptp(smooth)
    smooth[40:90, 30:70] = (200, 40, 90)
    return smooth.astype(np.uint8)


def worsened(image: Image, how: str) -> Image:
    noise = np.random.default_rng(5).normal(0, 12, image.shape)
    ways = {
        "noise": lambda: np.clip(image + noise, 0, 255),
        "blur": lambda: ndimage.gaussian_filter(image, (2, 2, 0)),
        "shift": lambda: np.roll(image, 3, axis=1),
        "dark": lambda: image * 0.6,
        "other": lambda: picture(99),
        "flat": lambda: np.full_like(image, 128),
        "negative": lambda: 255 - image,
    }
    return np.asarray(ways[how]()).astype(np.uint8)


WAYS = ["noise", "blur", "shift", "dark", "other", "flat", "negative"]


@pytest.mark.parametrize("how", WAYS)
def test_psnr_agrees_with_scikit_image_and_is_symmetric(how: str) -> None:
    image = picture(1)
    other = worsened(image, how)
    assert psnr(image, other) == pytest.approx(peak_signal_noise_ratio(image, other, data_range=255), abs=1e-9)
    assert psnr(image, other) == psnr(other, image)


@given(st.integers(1, 255), st.integers(0, 2))
@settings(deadline=None)
def test_psnr_has_its_closed_forms(difference: int, channel: int) -> None:
    dark = np.zeros((4, 5, 3), np.uint8)
    assert psnr(dark, np.full_like(dark, difference)) == pytest.approx(20 * math.log10(255 / difference))
    one = dark.copy()
    one[..., channel] = difference
    assert psnr(one, dark) == pytest.approx(10 * math.log10(3 * 255**2 / difference**2)), "channels count jointly"


def test_psnr_of_identical_pictures_is_infinite_and_of_opposites_zero() -> None:
    image = picture(2)
    assert psnr(image, image.copy()) == math.inf
    assert psnr(np.zeros_like(image), np.full_like(image, 255)) == 0


def reference_ms_ssim(image: Image, target: Image) -> float:
    """The formula in float64 with scipy, one channel after the other."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets**2) / (2 * 1.5**2))
    window /= window.sum()

    def blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = ndimage.correlate1d(values, window, axis=0)
        return np.asarray(ndimage.correlate1d(rows, window, axis=1)[5:-5, 5:-5])

    def channel(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
        product = 1.0
        weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
        for scale, weight in enumerate(weights):
            mx, my = blur(x), blur(y)
            vx, vy, cov = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
            term = (2 * cov + (0.03 * 255) ** 2) / (vx + vy + (0.03 * 255) ** 2)
            if scale == len(weights) - 1:
                term = term * (2 * mx * my + (0.01 * 255) ** 2) / (mx**2 + my**2 + (0.01 * 255) ** 2)
            product *= max(float(term.mean()), 0.0) ** weight
            x, y = ((v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2]) / 4 for v in (x, y))
        return product

    return float(np.mean([channel(image[..., c].astype(float), target[..., c].astype(float)) for c in range(3)]))


def package_ms_ssim(image: Image, target: Image) -> float:
    pair = [torch.from_numpy(each.transpose(2, 0, 1)[None].astype(np.float32)) for each in (image, target)]
    return float(pytorch_msssim.ms_ssim(*pair, data_range=255))


@pytest.mark.parametrize("how", WAYS)
def test_ms_ssim_agrees_with_a_float64_implementation_and_the_package(how: str) -> None:
    image, other = picture(1)[:, :192], worsened(picture(1), how)[:, :192]
    score = ms_ssim(image, other)
    assert score == pytest.approx(reference_ms_ssim(image, other), abs=2e-6)
    assert score == pytest.approx(package_ms_ssim(image, other), abs=1e-5)
    assert score == pytest.approx(ms_ssim(other, image), abs=1e-6)
    assert 0 <= score < 1


@pytest.mark.parametrize("cut", [(0, 0), (1, 3), (13, 7), (0, 29)])
def test_ms_ssim_of_odd_sides_is_the_packages(cut: tuple[int, int]) -> None:
    image, other = (each[cut[0] :, cut[1] :] for each in (picture(1), worsened(picture(1), "noise")))
    assert ms_ssim(image, other) == pytest.approx(package_ms_ssim(image, other), abs=1e-5)


def test_ms_ssim_is_one_for_identical_pictures_and_falls_with_noise() -> None:
    image = picture(3)
    assert ms_ssim(image, image.copy()) == pytest.approx(1, abs=1e-6)
    noise = np.random.default_rng(0).normal(size=image.shape)
    noisy = [np.clip(image + level * noise, 0, 255).astype(np.uint8) for level in (4, 16, 48)]
    scores = [ms_ssim(image, each) for each in noisy]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] - scores[-1] > 0.1


def test_ms_ssim_needs_room_for_five_scales() -> None:
    small = picture(1)[:160, :160]
    with pytest.raises(ValueError, match="at least 161 px"):
        ms_ssim(small, small)


@pytest.mark.parametrize("metric", [psnr, ms_ssim])
@pytest.mark.parametrize(
    "wrong",
    [
        picture(1).astype(np.float32),
        picture(1).astype(np.int16),
        picture(1)[..., 0],
        picture(1)[..., :2],
        picture(1).transpose(2, 0, 1),
        picture(1)[None],
        picture(1)[:-1],
        picture(1)[:0],
    ],
)
def test_pictures_of_another_kind_are_refused(metric: object, wrong: NDArray[np.generic]) -> None:
    assert callable(metric)
    right = picture(1)
    for pair in ((right, wrong), (wrong, right)):
        with pytest.raises(ValueError, match="uint8 RGB|differ in shape"):
            metric(*pair)
