"""Region-wise colour error against a loop over regions, and pictures whose error is known."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab

from benchmark.core.files import Image
from benchmark.data.shapes import draw_shapes
from benchmark.scoring.regions import region_delta_e, regions

BLUE, RED, GREEN = (40, 60, 200), (200, 50, 50), (60, 180, 70)


def two_rooms() -> tuple[Image, Image]:
    """A picture of a blue and a red half with a black wall between, and its line."""
    line = np.full((60, 81), 255, np.uint8)
    line[:, 40] = 0
    image = np.zeros((60, 81, 3), np.uint8)
    image[:, :40], image[:, 41:] = BLUE, RED
    return image, line


def delta_e(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    a, b = (rgb2lab(np.array([[each]], np.uint8)) for each in (first, second))
    return float(deltaE_ciede2000(a, b)[0, 0])


def test_it_is_a_loop_over_the_regions() -> None:
    (image, line), other = draw_shapes(1), draw_shapes(2)[0]
    paper = ~ndimage.binary_dilation(line < 128, ndimage.generate_binary_structure(2, 1))
    labels, count = ndimage.label(paper)
    areas, errors = [], []
    for region in range(1, count + 1):
        inside = labels == region
        if inside.sum() >= 32:
            areas.append(inside.sum())
            means = [rgb2lab(each)[inside].mean(axis=0) for each in (image, other)]
            errors.append(deltaE_ciede2000(*means))
    assert len(areas) > 3
    assert region_delta_e(image, other, line) == pytest.approx(np.average(errors, weights=areas), abs=0.05)


def test_a_wrong_region_costs_its_share_of_the_area() -> None:
    image, line = two_rooms()
    wrong = image.copy()
    wrong[:, 41:] = GREEN
    assert regions(line).max() == 2
    assert region_delta_e(wrong, image, line) == pytest.approx(delta_e(RED, GREEN) / 2, abs=0.1)
    assert region_delta_e(image, wrong, line) == pytest.approx(region_delta_e(wrong, image, line), rel=1e-6)


def test_the_colour_of_lines_and_of_noise_around_a_mean_do_not_count() -> None:
    image, line = two_rooms()
    other = image.copy()
    other[:, 39:42] = GREEN
    assert region_delta_e(other, image, line) == pytest.approx(0, abs=1e-4)
    noisy = np.clip(image + np.random.default_rng(0).normal(0, 12, image.shape), 0, 255).astype(np.uint8)
    assert region_delta_e(noisy, image, line) < 1.5
    grey = np.full_like(image, 128)
    swapped = image[:, ::-1].copy()
    assert 0 == region_delta_e(image, image, line) < region_delta_e(noisy, image, line) < 20
    assert region_delta_e(grey, image, line) > 20
    assert region_delta_e(swapped, image, line) > 20


def test_small_shifts_cost_little() -> None:
    image, line = two_rooms()
    scores = [region_delta_e(np.roll(image, shift, axis=1), image, line) for shift in (0, 1, 6, 40)]
    assert scores == sorted(scores)
    assert scores[1] < 3


def test_a_page_without_regions_is_one() -> None:
    image, _ = two_rooms()
    for page in (np.zeros((60, 81), np.uint8), np.full((60, 81), 255, np.uint8)):
        assert set(np.unique(regions(page))) == {1}
        assert region_delta_e(image, image, page) == 0


def test_other_kinds_are_refused() -> None:
    image, line = two_rooms()
    for bad in ((image.astype(float), image, line), (image, image[:-1], line), (image, image, line[:-1])):
        with pytest.raises(ValueError, match="uint8|differ in shape"):
            region_delta_e(*bad)
    with pytest.raises(ValueError, match="line drawing"):
        regions(line.astype(float))


def test_regions_count_from_32_px() -> None:
    line = np.zeros((64, 64), np.uint8)
    line[2:30, 2:62] = 255
    line[40:46, 2:12] = 255  # 4 x 8 px are more than 1 px away from ink
    line[40:46, 30:39] = 255  # 4 x 7 px
    found = regions(line)
    assert [(found == number).sum() for number in (1, 2)] == [26 * 58, 32]
    assert found.max() == 2
