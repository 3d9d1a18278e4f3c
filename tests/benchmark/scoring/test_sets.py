"""Distances between sets of features against textbook formulae, closed forms, and by coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import linalg

from benchmark.scoring.sets import clip_mmd, fid_infinity, frechet_distance, frechet_influences, kid


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


def shifted(n: int, seed: int, shift: float = 0.0, d: int = 6) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(shift, 1.0, (n, d))


def test_fid_infinity_takes_the_bias_of_few_pictures_away() -> None:
    d, trials = 40, 20
    truth = d * 0.1**2  # of two unit Gaussians whose means lie 0.1 apart in each direction
    plain, endless = [], []
    for trial in range(trials):
        a, b = shifted(150, trial, d=d), shifted(150, 1000 + trial, 0.1, d)
        plain.append(frechet_distance(a, b))
        endless.append(fid_infinity(a, b, trial))
    bias = np.mean(plain) - truth
    assert bias > 3, "FID itself is far too high here"
    assert abs(np.mean(endless) - truth) < 0.15 * bias
    assert fid_infinity(a, b, 1) == fid_infinity(a, b, 1) != fid_infinity(a, b, 2)


def test_fid_infinity_needs_some_pictures() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        fid_infinity(shifted(7, 0), shifted(90, 1), 0)


def plain_kid(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The formula as loops over pairs of pictures."""

    def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
        return float((np.dot(a, b) / len(a) + 1) ** 3)

    n, m = len(x), len(y)
    xx = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return xx + yy - 2 * sum(kernel(a, b) for a in x for b in y) / (n * m)


def test_kid_is_the_mean_over_its_subsets() -> None:
    x, y = shifted(9, 1), shifted(8, 2, 0.5)
    rng = np.random.default_rng(5)
    parts = [plain_kid(x[rng.permutation(9)[:4]], y[rng.permutation(8)[:4]]) for _ in range(100)]
    found = kid(x, y, 5)
    assert found.value == pytest.approx(np.mean(parts), rel=1e-9)
    assert found.high - found.value == pytest.approx(1.959964 * np.std(parts, ddof=1), rel=1e-6), "halves: a factor 1"


def test_kid_does_not_grow_as_pictures_get_fewer_and_its_interval_covers() -> None:
    # d = 1: E k(x, y) = E (x y + 1)^3 with independent normals; only even powers of x, or shifts, are left.
    shift = 0.7
    second, third = 1 + shift**2, shift**3 + 3 * shift
    truth = (1 + 3) + (third**2 + 3 * second**2 + 3 * shift**2 + 1) - 2 * (3 * second + 1)
    for n, trials in ((20, 150), (100, 60)):
        found = [kid(shifted(n, t, 0, 1), shifted(n, 5000 + t, shift, 1), t) for t in range(trials)]
        values = np.array([each.value for each in found])
        assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(trials), "unbiased at any n"
    hits = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.82 <= hits <= 1


def test_kid_of_the_same_pictures_is_about_zero_and_of_others_is_not() -> None:
    x = shifted(80, 3)
    assert kid(x, shifted(80, 4), 0).low < 0 < kid(x, shifted(80, 4, 1.0), 0).low
    assert kid(x, x[::-1], 0).value < 0, "no picture is compared with itself, so the same set falls below 0"
    assert kid(x, shifted(80, 4), 1) == kid(x, shifted(80, 4), 1)
    with pytest.raises(ValueError, match="at least 4"):
        kid(x[:3], x, 0)
    with pytest.raises(ValueError, match="feature sets"):
        kid(x, x[:, :2], 0)


def plain_cmmd(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The formula as loops over pairs of embeddings."""

    def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
        difference = a / np.sqrt((a**2).sum()) - b / np.sqrt((b**2).sum())
        return float(np.exp(-(difference**2).sum() / (2 * 10.0**2)))

    n, m = len(x), len(y)
    xx = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return 1000 * (xx + yy - 2 * sum(kernel(a, b) for a in x for b in y) / (n * m))


def test_clip_mmd_is_the_mean_over_its_subsets() -> None:
    x, y = shifted(9, 1), shifted(8, 2, 0.5)
    rng = np.random.default_rng(5)
    parts = [plain_cmmd(x[rng.permutation(9)[:4]], y[rng.permutation(8)[:4]]) for _ in range(100)]
    found = clip_mmd(x, y, 5)
    assert found.value == pytest.approx(np.mean(parts), rel=1e-8)
    assert found.high - found.value == pytest.approx(1.959964 * np.std(parts, ddof=1), rel=1e-6)
    assert clip_mmd(7 * x, y / 3, 5) == pytest.approx(found, rel=1e-8), "lengths do not count"


def test_clip_mmd_is_nearly_the_distance_of_the_means_and_knows_the_same_from_others() -> None:
    x, y, far = shifted(200, 3), shifted(200, 4), shifted(200, 5, 1.0)
    means = [(each / np.linalg.norm(each, axis=1, keepdims=True)).mean(axis=0) for each in (x, far)]
    assert clip_mmd(x, far, 0).value == pytest.approx(10 * np.square(means[0] - means[1]).sum(), rel=0.03)
    assert clip_mmd(x, y, 0).low < 0 < clip_mmd(x, far, 0).low
    assert clip_mmd(x, x[::-1], 0).value < 0
    for bad, why in ((x[:3], "at least 4"), (x[:, :2], "feature sets"), (0 * x, "zero")):
        with pytest.raises(ValueError, match=why):
            clip_mmd(bad, x, 0)
