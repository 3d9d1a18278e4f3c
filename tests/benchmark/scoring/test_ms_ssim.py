"""MS-SSIM against a float64 implementation and the package pytorch-msssim."""

import numpy as np
import pytest
import pytorch_msssim
import torch
from numpy.typing import NDArray
from pairs_of_pictures import WAYS, picture, worsened
from scipy import ndimage

from benchmark.core.files import Image
from benchmark.scoring.ms_ssim import ms_ssim


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


@pytest.mark.parametrize("levels", [(250, 20), (128, 129), (250, 251), (10, 200), (255, 128), (60, 240)])
def test_on_flat_pictures_the_error_is_smaller_than_the_packages(levels: tuple[int, int]) -> None:
    flat = [np.full((192, 192, 3), level, np.uint8) for level in levels]
    expected = reference_ms_ssim(*flat)
    assert abs(ms_ssim(*flat) - expected) < 1.1e-4
    assert abs(ms_ssim(*flat) - expected) < abs(package_ms_ssim(*flat) - expected) < 2.6e-4
