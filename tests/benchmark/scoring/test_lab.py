"""CIELAB against scikit-image, against published values of sRGB primaries, and in the dark branch of its formula."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from benchmark.scoring.lab import to_lab

PUBLISHED = {  # of the sRGB primaries, D65, 2 degree observer
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.73, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (119, 119, 119): (50.03, 0.0, 0.0),
}


def test_lab_is_scikit_images() -> None:
    colors = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    colors[:20] //= 16  # the dark ones have a formula of their own
    assert np.abs(to_lab(colors) - rgb2lab(colors)).max() < 1e-3


@pytest.mark.parametrize(("color", "lab"), PUBLISHED.items())
def test_primaries_have_their_published_values(color: tuple[int, ...], lab: tuple[float, ...]) -> None:
    found = to_lab(np.array([[color]], np.uint8))
    assert (found.dtype, found.shape) == (np.float32, (1, 1, 3))
    assert found[0, 0].tolist() == pytest.approx(lab, abs=0.03)


def test_greys_rise_without_colour_through_the_dark_branch() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    found = to_lab(greys)[:, 0]
    assert (np.diff(found[:, 0]) > 0).all()
    assert np.abs(found[:, 1:]).max() < 0.02
    assert found[1, 0] == pytest.approx(903.3 / 255 / 12.92, abs=1e-3)  # L is linear below 0.008856


@pytest.mark.parametrize("image", [np.zeros((2, 2, 3)), np.zeros((2, 2), np.uint8), np.zeros((0, 2, 3), np.uint8)])
def test_other_arrays_are_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 RGB"):
        to_lab(image)
