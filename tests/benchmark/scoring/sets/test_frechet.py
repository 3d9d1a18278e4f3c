"""The Frechet distance and its influences against textbook formulas, closed forms and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import linalg

from benchmark.scoring.sets.frechet import frechet_distance, frechet_influences


def features(n: int, d: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d))


def textbook(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(ca @ cb)
    return float(np.square(a.mean(0) - b.mean(0)).sum() + np.trace(ca + cb - 2 * root.real))


@pytest.mark.parametrize(("n", "m"), [(200, 300), (33, 500), (60, 40)])
def test_frechet_distance_agrees_with_the_textbook_on_full_rank(n: int, m: int) -> None:
    a, b = features(n, 32, 1), features(m, 32, 2)
    assert frechet_distance(a, b) == pytest.approx(textbook(a, b), rel=1e-6)


@pytest.mark.parametrize(("n", "m"), [(7, 9), (7, 200), (2, 2), (200, 5)])
def test_frechet_distance_is_exact_when_covariances_are_singular(n: int, m: int) -> None:
    a, b = features(n, 32, 3), features(m, 32, 4)
    values, vectors = linalg.eigh(np.cov(a, rowvar=False))
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.sqrt(np.clip(linalg.eigvalsh(root @ np.cov(b, rowvar=False) @ root), 0, None)).sum()
    expected = np.square(a.mean(0) - b.mean(0)).sum() + a.var(0, ddof=1).sum() + b.var(0, ddof=1).sum() - 2 * shared
    assert frechet_distance(a, b) == pytest.approx(float(expected), rel=1e-6)


@given(st.integers(2, 40), st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_frechet_distance_has_its_invariances(n: int, seed: int) -> None:
    a, b = features(n, 16, seed), features(25, 16, seed + 100)
    distance = frechet_distance(a, b)
    scale = np.square(a).sum() / n
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9 * scale)
    assert frechet_distance(a, a[::-1] + 2.0) == pytest.approx(16 * 4, abs=1e-7 * scale), "a shift alone counts squared"
    assert frechet_distance(b, a) == pytest.approx(distance, rel=1e-9)
    turn = linalg.qr(np.random.default_rng(seed).normal(size=(16, 16)))[0]
    assert frechet_distance(a @ turn, b @ turn) == pytest.approx(distance, rel=1e-8)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * distance, rel=1e-9)


def test_frechet_distance_refuses_what_has_no_covariance() -> None:
    good = features(5, 4, 0)
    for bad in (good[:1], good[:, :3], good[0]):
        with pytest.raises(ValueError, match="feature sets"):
            frechet_distance(good, bad)
    broken = good.copy()
    broken[2, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        frechet_distance(broken, good)


def weighted_distance(a: NDArray[np.float64], weights: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The distance with weights (n,) on the pictures of `a`, by symmetric matrix roots."""
    n, mean = len(a), weights @ a
    first, second = (a - mean).T * weights @ (a - mean) * n / (n - 1), np.cov(b, rowvar=False)
    values, vectors = linalg.eigh(first)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.sqrt(np.clip(linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    return float(np.square(mean - b.mean(0)).sum() + np.trace(first) + np.trace(second) - 2 * shared)


def differences(a: NDArray[np.float64], b: NDArray[np.float64], step: float = 1e-4) -> list[float]:
    """The influence of each picture of `a` by finite differences."""
    n, found = len(a), []
    for index in range(n):
        moved = []
        for change in (step, -step):
            weights = np.full(n, (1 - change) / n)
            weights[index] += change
            moved.append(weighted_distance(a, weights, b))
        found.append((moved[0] - moved[1]) / (2 * step))
    return found


@pytest.mark.parametrize(("n", "m", "d"), [(30, 40, 5), (30, 4, 5), (12, 12, 20), (12, 9, 20), (9, 30, 20)])
def test_influences_are_the_derivatives_of_the_distance(n: int, m: int, d: int) -> None:
    a, b = features(n, d, 1), features(m, d, 2)
    found = frechet_influences(a, b)
    scale = np.abs(found.features).max()
    assert found.distance == pytest.approx(frechet_distance(a, b), rel=1e-12)
    assert found.features == pytest.approx(differences(a, b), abs=1e-3 * scale)
    assert found.others == pytest.approx(differences(b, a), abs=1e-3 * scale)
    assert max(abs(found.features.sum()), abs(found.others.sum())) < 1e-9 * scale


def test_influences_in_one_dimension_are_those_of_two_means_and_deviations() -> None:
    a, b = features(25, 1, 3), features(40, 1, 4)
    x, factor = (a - a.mean())[:, 0], 25 / 24
    expected = 2 * (a.mean() - b.mean()) * x + factor * (1 - b.std(ddof=1) / a.std(ddof=1)) * x**2
    assert frechet_influences(a, b).features == pytest.approx(expected - expected.mean(), rel=1e-9)


def test_for_many_pictures_influences_give_the_standard_error_of_leaving_each_out() -> None:
    a, b = features(200, 4, 5), features(150, 4, 6)
    left_out = np.array([frechet_distance(np.delete(a, i, axis=0), b) for i in range(len(a))])
    jackknife = np.sqrt(199 / 200 * np.square(left_out - left_out.mean()).sum())
    influences = frechet_influences(a, b).features
    assert influences.std(ddof=1) / np.sqrt(200) == pytest.approx(jackknife, rel=0.03)
    assert np.corrcoef(influences, -left_out)[0, 1] > 0.999


def test_influences_of_equal_and_of_constant_sets() -> None:
    a, b = features(9, 16, 7), features(12, 16, 8)
    same = frechet_influences(a, a[::-1])
    assert max(np.abs(same.features).max(), np.abs(same.others).max()) < 1e-9 * np.square(a).sum()
    flat = frechet_influences(np.ones((5, 16)), b)
    centred = b - b.mean(axis=0)
    expected = 2 * centred @ (b.mean(axis=0) - 1) + 12 / 11 * np.square(centred).sum(axis=1)
    assert flat.features == pytest.approx(np.zeros(5), abs=1e-9)
    assert flat.others == pytest.approx(expected - expected.mean(), rel=1e-9)
    with pytest.raises(ValueError, match="feature sets"):
        frechet_influences(a, b[:, :3])
    with pytest.raises(ValueError, match="not finite"):
        frechet_influences(a * np.inf, b)
