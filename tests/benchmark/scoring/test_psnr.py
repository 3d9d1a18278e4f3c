"""PSNR against scikit-image and its closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs_of_pictures import WAYS, picture, worsened
from skimage.metrics import peak_signal_noise_ratio

from benchmark.scoring.psnr import psnr


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


def test_psnr_of_identical_pictures_is_the_cap_and_of_opposites_zero() -> None:
    image = picture(2)
    assert psnr(image, image.copy()) == 100


def test_no_picture_that_differs_has_more_than_the_cap() -> None:
    image = np.full((256, 256, 3), 9, np.uint8)
    near, nearer = image.copy(), image.copy()
    near[0, 0] = 10
    nearer[0, 0, 0] = 10
    assert psnr(image, near) == pytest.approx(peak_signal_noise_ratio(image, near, data_range=255))
    assert psnr(image, nearer) == 100 < peak_signal_noise_ratio(image, nearer, data_range=255)


def test_opposites_have_zero() -> None:
    image = picture(2)
    assert psnr(np.zeros_like(image), np.full_like(image, 255)) == 0
