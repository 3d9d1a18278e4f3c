"""Curves as polylines: the points that they pass, their lengths, normals and widths."""

import numpy as np
import pytest

from builder.drawing.medium.curves import (
    bezier,
    both_sides,
    by,
    dense,
    ellipse,
    mirrored,
    normals,
    points,
    ribbon,
    spline,
)

ANGLE = [(0.0, 0.0), (1.0, 2.0), (3.0, 1.0), (4.0, 4.0)]


def test_a_spline_passes_every_point_and_a_closed_one_returns() -> None:
    curve = spline(ANGLE, steps=5)
    assert curve[::5] == pytest.approx(np.array(ANGLE))
    closed = spline(ANGLE, closed=True, steps=5)
    assert len(closed) == 20
    assert closed[::5] == pytest.approx(np.array(ANGLE))


def test_a_bezier_curve_starts_and_ends_at_its_ends() -> None:
    for pairs in (ANGLE[:3], ANGLE):
        curve = bezier(pairs, steps=9)
        assert curve[[0, -1]] == pytest.approx(np.array([pairs[0], pairs[-1]]))
    assert bezier(ANGLE[:3], steps=3)[1].tolist() == pytest.approx([1.25, 1.25])
    assert bezier(ANGLE, steps=3)[1].tolist() == pytest.approx([2.0, 1.625])


def test_an_arc_runs_clockwise_on_the_page() -> None:
    arc = ellipse(5, 5, 2, 1, 0, 90, steps=3)
    assert arc[[0, -1]] == pytest.approx(np.array([[7, 5], [5, 6]]))


def test_both_sides_are_mirrored_at_the_axis() -> None:
    outline = both_sides([(0, 0), (2, 1), (0, 3)], steps=4)
    assert outline == pytest.approx(mirrored(outline)[::-1])
    assert (both_sides([(0, 0), (2, 1), (0, 3)], closed=False)[:, 0] > -0.5).all()
    assert by(1, 2) + points([(0, 0)]) == pytest.approx(np.array([[1, 2]]))


def test_normals_have_length_1_and_point_right_where_the_curve_runs_down() -> None:
    assert normals(points([(0, 0), (0, 1), (0, 2)])) == pytest.approx(np.array([[1, 0]] * 3))
    assert np.hypot(*normals(points(ANGLE)).T) == pytest.approx(np.ones(4))
    assert np.isfinite(normals(points([(1, 1), (1, 1)]))).all()


def test_no_segment_of_a_dense_curve_is_longer_than_the_step_and_all_points_stay() -> None:
    curve = dense(points(ANGLE), 0.5)
    assert np.hypot(*np.diff(curve, axis=0).T).max() <= 0.5 + 1e-9
    assert all(np.abs(curve - point).sum(axis=1).min() < 1e-9 for point in points(ANGLE))
    assert dense(points(ANGLE), 10) is not None
    assert len(dense(points(ANGLE), 10)) == 4


def test_a_ribbon_is_as_wide_as_asked_and_narrows_at_its_ends() -> None:
    line = np.stack([np.zeros(11), np.arange(11.0)], axis=1)
    outline = ribbon(line, 4, 0.25, 0.5)
    widths = outline[:11, 0] - outline[:10:-1, 0]
    assert widths[[0, 5, -1]].tolist() == pytest.approx([1, 4, 2])
