"""Part colour error: CIEDE2000 between mean colours of each part."""

import math

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from benchmark.core.files import Image
from benchmark.data.parts import PARTS
from benchmark.scoring.figure.part_delta_e import CLOTHES, HAIR, SCORED, delta_e_of, part_delta_e

LABELS = np.repeat(np.arange(5, dtype=np.uint8), 8)[None].repeat(12, axis=0)  # five stripes of 96 px
COLORS = np.array([[255, 255, 255], [200, 60, 60], [250, 220, 200], [40, 90, 200], [60, 160, 90]], np.uint8)


def painted(colors: Image) -> Image:
    return colors[LABELS]


def test_each_part_is_compared_by_its_mean_colour() -> None:
    other = COLORS.copy()
    other[PARTS.index("hair")] = (60, 60, 200)
    other[PARTS.index("background")] = 0
    image, target = painted(other), painted(COLORS)
    expected = float(deltaE_ciede2000(rgb2lab(other[1] / 255), rgb2lab(COLORS[1] / 255)))
    assert delta_e_of("hair", image, target, LABELS) == pytest.approx(expected, abs=0.01)
    assert [delta_e_of(part, image, target, LABELS) for part in SCORED[1:]] == [0, 0, 0]
    assert part_delta_e(image, target, LABELS) == pytest.approx(expected / 4, abs=0.01), "the background does not count"
    assert HAIR.function is not None
    assert CLOTHES.function is not None
    assert HAIR.function(image, target, LABELS) > 10
    assert CLOTHES.function(image, target, LABELS) == 0


def test_the_place_of_colours_in_a_part_does_not_count() -> None:
    target = painted(COLORS)
    target[:6, 8:16] = (20, 20, 20)
    assert part_delta_e(target[::-1].copy(), target, LABELS) < 0.01


def test_parts_that_are_not_shown_are_left_out() -> None:
    labels = np.where(PARTS.index("iris") == LABELS, 0, LABELS).astype(np.uint8)
    labels[0, :31] = PARTS.index("iris")  # fewer than 32 px
    other = COLORS.copy()
    other[PARTS.index("hair")] = (60, 60, 200)
    image, target = painted(other), painted(COLORS)
    assert math.isnan(delta_e_of("iris", image, target, labels))
    kept = [delta_e_of(part, image, target, labels) for part in ("hair", "skin", "clothes")]
    assert part_delta_e(image, target, labels) == pytest.approx(np.mean(kept))
    assert math.isnan(part_delta_e(image, target, np.zeros_like(LABELS)))


def test_a_part_of_32_px_is_shown_and_other_parts_do_not_count() -> None:
    labels = np.zeros_like(LABELS)
    labels[0, :32] = PARTS.index("iris")
    labels[6:] = PARTS.index("other")
    image, target = painted(COLORS), painted(np.roll(COLORS, 1, axis=0))
    iris = delta_e_of("iris", image, target, labels)
    assert iris > 1
    assert part_delta_e(image, target, labels) == iris
