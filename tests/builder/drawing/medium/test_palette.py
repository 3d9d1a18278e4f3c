"""Colours: mixes, random shades near a colour, and cel tones from light to dark."""

import numpy as np
import pytest

from builder.drawing.medium.palette import CLOTH, EYES, HAIR, RGB, SKIN, mix, multiplied, tones, varied

COLOURS = [color for table in (HAIR, EYES, SKIN, CLOTH) for color in table.values()]


def test_a_mix_has_the_share_of_the_second_colour() -> None:
    assert mix((0, 100, 200), (100, 0, 200), 0.25) == (25, 75, 200)
    assert multiplied((100, 200, 10), (0.5, 2.0, -1.0)) == (50, 255, 0)


@pytest.mark.parametrize("color", COLOURS)
def test_tones_run_from_light_to_the_line(color: RGB) -> None:
    found = tones(color)
    sums = [sum(each) for each in (found.light, found.base, found.shade, found.deep, found.line)]
    assert sums == sorted(sums, reverse=True)
    assert sums[1] > sums[3]


def test_shadows_of_skin_are_red_and_others_violet() -> None:
    grey = (160, 160, 160)
    warm, cold = tones(grey, warm=True).shade, tones(grey).shade
    assert warm[0] > warm[2]
    assert cold[2] > cold[1]


def test_a_varied_colour_stays_near_and_within_the_range() -> None:
    rng = np.random.default_rng(0)
    found = np.array([varied(HAIR["blue"], rng) for _ in range(200)])
    assert len(np.unique(found, axis=0)) > 50
    assert ((found >= 0) & (found <= 255)).all()
    assert np.abs(found.mean(axis=0) - HAIR["blue"]).max() < 5
    assert varied(HAIR["blue"], rng, 0.0) == HAIR["blue"]
