"""KID against its formula in loops, and the coverage of its interval."""

import numpy as np
import pytest
from gaussians import shifted
from numpy.typing import NDArray

from benchmark.scoring.sets.kid import kid


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
