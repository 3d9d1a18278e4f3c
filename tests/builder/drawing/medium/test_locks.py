"""Locks of hair: the width along the spine, and points at shares of length and width."""

import numpy as np
import pytest

from builder.drawing.medium.locks import bend, make_lock

SPINE = bend((10.0, 0.0), (10.0, 34.0))


def test_a_bend_starts_and_ends_at_its_points_and_bows_to_the_right() -> None:
    assert SPINE.shape == (18, 2)
    assert SPINE[[0, -1]] == pytest.approx(np.array([[10, 0], [10, 34]]))
    bowed = bend((10.0, 0.0), (10.0, 34.0), bow=3)
    assert bowed[[0, -1]] == pytest.approx(SPINE[[0, -1]])
    assert 12.8 < bowed[:, 0].max() <= 13
    waved = bend((10.0, 0.0), (10.0, 34.0), sway=2)
    assert waved[:, 0].min() < 9 < 11 < waved[:, 0].max()


def test_a_lock_is_widest_within_and_ends_in_a_point() -> None:
    lock = make_lock(SPINE, 8.0, root=0.5)
    assert lock.half[0] == pytest.approx(2)
    assert 3.5 < lock.half.max() <= 4
    assert lock.half[-1] == pytest.approx(0)
    assert make_lock(SPINE, 8.0, tip=4).half[-3] > make_lock(SPINE, 8.0, tip=1).half[-3], "a larger tip is blunter"


def test_the_sides_stand_half_a_width_from_the_spine() -> None:
    lock = make_lock(SPINE, 8.0)
    assert (lock.at(1.0) - SPINE)[:, 0] == pytest.approx(lock.half)
    assert (lock.at(-1.0) - SPINE)[:, 0] == pytest.approx(-lock.half)
    assert len(lock.outline()) == 2 * len(SPINE)
    assert lock.point(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(np.array([[12, 0], [10, 34]]))
