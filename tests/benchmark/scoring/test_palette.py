"""Palette distance against exact optimal transport, closed forms, and what it must not see."""

import cv2
import numpy as np
import pytest
from scipy.stats import wasserstein_distance, wasserstein_distance_nd
from skimage.color import rgb2lab

from benchmark.core.files import Image
from benchmark.data.shapes import draw_shapes
from benchmark.scoring.lab import to_lab
from benchmark.scoring.palette import lab_palette_distance, palette, palette_distance


def flat(*color: int) -> Image:
    return np.full((32, 40, 3), color, np.uint8)


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_the_exact_transport_between_palettes(seed: int) -> None:
    first, second = (palette(to_lab(draw_shapes(seed + k)[0])) for k in (0, 50))
    exact = wasserstein_distance_nd(first[:, 1:], second[:, 1:], first[:, 0], second[:, 0])
    assert lab_palette_distance(first, second) == pytest.approx(exact, rel=1e-4)


def test_a_cell_has_16_units_of_lightness_and_the_mean_of_its_pixels() -> None:
    lightness = np.array([0, 8, 15.9, 16.1, 16.1, 31.9, 32.1, 47.9], np.float32)
    found = palette(np.stack([lightness, np.zeros(8), np.zeros(8)], axis=-1).astype(np.float32))
    np.testing.assert_allclose(found[:, 0], [3 / 8, 3 / 8, 2 / 8])
    np.testing.assert_allclose(found[:, 1:], [[23.9 / 3, 0, 0], [64.1 / 3, 0, 0], [40, 0, 0]], rtol=1e-6)


def test_cells_change_the_distance_between_all_pixels_by_little() -> None:
    rng = np.random.default_rng(1)
    first, second = (rng.integers(low, low + 120, (12, 12, 3)).astype(np.uint8) for low in (0, 100))
    exact = wasserstein_distance_nd(to_lab(first).reshape(-1, 3), to_lab(second).reshape(-1, 3))
    assert palette_distance(first, second) == pytest.approx(exact, rel=0.1)


def test_flat_pictures_are_apart_by_their_delta_e() -> None:
    apart = np.linalg.norm(rgb2lab(flat(200, 30, 40))[0, 0] - rgb2lab(flat(20, 60, 220))[0, 0])
    assert palette_distance(flat(200, 30, 40), flat(20, 60, 220)) == pytest.approx(apart, abs=1e-3)
    assert palette_distance(flat(0, 0, 0), flat(255, 255, 255)) == pytest.approx(100, abs=0.01)


def test_shares_count() -> None:
    red, blue = flat(220, 30, 40), flat(20, 40, 220)
    quarter = red.copy()
    quarter[:8] = blue[:8]
    assert palette_distance(red, quarter) == pytest.approx(palette_distance(red, blue) / 4, rel=1e-4)
    grey = np.repeat(np.random.default_rng(2).integers(0, 256, (40, 40, 1)), 3, axis=2).astype(np.uint8)
    dark = (grey // 2).astype(np.uint8)
    expected = wasserstein_distance(to_lab(grey)[..., 0].ravel(), to_lab(dark)[..., 0].ravel())
    assert palette_distance(grey, dark) == pytest.approx(expected, rel=0.02)


def test_where_colours_lie_does_not_count() -> None:
    image = draw_shapes(3)[0]
    pixels = np.random.default_rng(0).permutation(image.reshape(-1, 3))
    for same in (image.copy(), np.roll(image, 40, 1), image[:, ::-1], pixels.reshape(image.shape)):
        assert palette_distance(image, np.ascontiguousarray(same)) == pytest.approx(0, abs=1e-4)
    assert palette_distance(image, cv2.resize(image, (128, 128), interpolation=cv2.INTER_NEAREST)) < 0.5


def test_order_of_known_changes_and_symmetry() -> None:
    image = draw_shapes(4)[0]
    tinted = [np.clip(image + np.array((step, 0, -step)), 0, 255).astype(np.uint8) for step in (5, 20, 60)]
    scores = [palette_distance(image, each) for each in tinted]
    assert scores == sorted(scores)
    assert scores[0] > 0.5
    assert palette_distance(tinted[2], image) == pytest.approx(scores[2], rel=1e-4)
    noise = np.random.default_rng(0).normal(0, 25, image.shape)
    assert 0 < palette_distance(image, np.clip(image + noise, 0, 255).astype(np.uint8)) < scores[2]


@pytest.mark.parametrize("wrong", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)])
def test_other_kinds_of_pictures_are_refused(wrong: Image) -> None:
    for pair in ((wrong, flat(0, 0, 0)), (flat(0, 0, 0), wrong)):
        with pytest.raises(ValueError, match="uint8 RGB"):
            palette_distance(*pair)
