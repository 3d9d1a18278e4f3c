"""Looks and damages of pictures."""

from __future__ import annotations

import numpy as np
import pytest

from builder.drawing.crowd.look import LOOKS, Look, choose_look, damage, rounded
from builder.drawing.illustration import draw_face

DRAWING = draw_face(3, 96)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.__name__)
def test_a_look_keeps_the_size_and_shows_the_drawing(look: Look) -> None:
    found = rounded(look(DRAWING.color, DRAWING.line, np.random.default_rng(1)))
    assert found.shape == DRAWING.color.shape
    assert found.dtype == np.uint8
    assert np.std(found) > 5
    assert np.corrcoef(found.mean(2).ravel(), DRAWING.color.mean(2).ravel())[0, 1] > 0.25


def test_looks_differ_and_depend_on_the_generator_alone() -> None:
    looks = [choose_look(DRAWING.color, DRAWING.line, np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4)]
    assert (looks[0] == looks[1]).all()
    assert len({look.tobytes() for look in looks}) > 2


def test_damage_changes_pictures_but_not_their_size() -> None:
    damaged = [damage(DRAWING.color.copy(), np.random.default_rng(seed)) for seed in range(20)]
    assert {each.shape for each in damaged} == {DRAWING.color.shape}
    assert sum((each != DRAWING.color).any() for each in damaged) > 10
