"""The kernel distance: unbiased, equal to a plain double loop, with an interval that narrows with N."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.scoring.sets import kernel
from benchmark.scoring.sets.kernel import kernel_distance
from benchmark.scoring.sets.kid import METRIC

Float64 = NDArray[np.float64]


def dot(a: Float64, b: Float64) -> Float64:
    return np.asarray(a @ b.T)


def features(n: int, seed: int, shift: float = 0.0) -> Float64:
    return np.random.default_rng(seed).normal(shift, 1, (n, 3))


def test_of_all_subsets_of_two_it_is_the_mean_of_the_textbook_formula() -> None:
    x, y = features(4, 0), features(4, 1, 1.0)
    found = kernel_distance(x, y, dot, seed=5, level=0.95)
    rng = np.random.default_rng(5)
    values = []
    for _ in range(100):
        (a, b), (c, d) = (each[rng.permutation(4)[:2]] for each in (x, y))
        values.append(a @ b + c @ d - 2 * np.mean([p @ q for p in (a, b) for q in (c, d)]))
    assert found.value == pytest.approx(np.mean(values))
    assert found.low < found.value < found.high


def test_sets_of_one_distribution_have_a_distance_around_zero() -> None:
    values = [kernel_distance(features(40, k), features(40, 99 + k), dot, 0, 0.95).value for k in range(30)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))
    assert min(values) < 0, "unbiased, so not cut at 0"


def test_large_sets_are_compared_in_subsets_of_1000(monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"at most {kernel.SUBSET:,} pictures" in METRIC.formula
    sizes: set[tuple[int, ...]] = set()
    unbiased = kernel._unbiased

    def spy(*matrices: Float64) -> float:
        sizes.update(each.shape for each in matrices)
        return unbiased(*matrices)

    monkeypatch.setattr(kernel, "_unbiased", spy)
    monkeypatch.setattr(kernel, "SUBSET", 3)
    x, y = features(12, 0), features(20, 1, 1.0)
    found = kernel_distance(x, y, dot, seed=5, level=0.95)
    assert sizes == {(3, 3)}
    rng, values = np.random.default_rng(5), []
    for _ in range(100):
        i, j = (rng.permutation(len(each))[:3] for each in (x, y))
        values.append(unbiased(dot(x[i], x[i]), dot(y[j], y[j]), dot(x[i], y[j])))
    reach = 1.959964 * np.std(values, ddof=1) * np.sqrt(3 / 9)  # delete-9 jackknife of 12
    assert found.high - found.value == pytest.approx(reach, rel=1e-6)


def test_a_higher_level_has_a_wider_interval() -> None:
    x, y = features(30, 0), features(30, 1, 1.0)
    narrow, wide = (kernel_distance(x, y, dot, 0, level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_fewer_than_four_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 pictures, not 3"):
        kernel_distance(features(3, 0), features(9, 1), dot, 0, 0.95)
