"""F1 of ink with a tolerance: worked out by hand for columns of ink, and the disc that tolerates."""

import numpy as np
import pytest

from benchmark.data.edges import disc, edge_f1, f1


@pytest.mark.parametrize(
    ("distance", "tolerance", "expected"), [(0, 0, 1.0), (1, 0, 0.0), (1, 1, 1.0), (2, 1, 0.0), (2, 2, 1.0)]
)
def test_edge_f1_forgives_the_tolerance_and_no_more(distance: int, tolerance: int, expected: float) -> None:
    a, b = np.zeros((9, 20), bool), np.zeros((9, 20), bool)
    a[:, 8], b[:, 8 + distance] = True, True
    assert edge_f1(a, b, tolerance) == edge_f1(b, a, tolerance) == expected


def test_edge_f1_of_too_much_and_of_nothing() -> None:
    artist = np.zeros((10, 10), bool)
    artist[:, 2] = True
    assert edge_f1(np.ones((10, 10), bool), artist, 1) == pytest.approx(2 * 0.3 / 1.3)  # precision 0.3, recall 1
    assert edge_f1(np.zeros((10, 10), bool), artist, 1) == 0


def test_f1_is_the_harmonic_mean_of_precision_and_recall_for_each_element() -> None:
    found = f1(np.array([6.0, 0.0, 0.0]), np.array([8.0, 5.0, 0.0]), np.array([5.0, 0.0, 0.0]), 10.0)
    assert found.tolist() == pytest.approx([2 * 0.75 * 0.5 / 1.25, 0, 0])


@pytest.mark.parametrize(("radius", "pixels"), [(0, 1), (1, 5), (2, 13), (3, 29)])
def test_the_disc_holds_the_lattice_points_of_a_circle(radius: int, pixels: int) -> None:
    assert disc(radius).shape == (2 * radius + 1, 2 * radius + 1)
    assert disc(radius).sum() == pixels
