"""The paired permutation test against scipy's, its error rate, and the bound of its p."""

import numpy as np
import pytest
from scipy import stats

from benchmark.results.sign_flips import flip_bound, sign_flip_p


@pytest.mark.parametrize("n", [5, 9])
def test_few_pairs_are_tested_over_all_flips_as_scipy_does(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.8, 1, n)
    expected = stats.permutation_test(
        (differences, np.zeros(n)), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_p(differences, 0) == pytest.approx(expected.pvalue)


def test_many_pairs_are_tested_as_the_t_test_finds() -> None:
    differences = np.random.default_rng(1).normal(0.3, 1, 80)
    assert sign_flip_p(differences, 0) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.006)
    assert sign_flip_p(differences, 0) == sign_flip_p(differences, 0) != sign_flip_p(differences, 9)
    assert 0 < sign_flip_p(differences + 9, 0) < 1 / 10000, "the bound reaches below the flips, and is never 0"
    assert sign_flip_p(np.zeros(30), 0) == 1


def test_the_test_rejects_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    p = np.array([sign_flip_p(rng.normal(0, 1, 25), trial, 400) for trial in range(400)])
    assert 0.02 <= np.mean(p <= 0.05) <= 0.085
    assert 0.42 <= np.mean(p <= 0.5) <= 0.58


def test_the_bound_of_the_sign_flips_is_never_below_the_exact_p() -> None:
    rng = np.random.default_rng(5)
    for shift in (0.2, 0.6, 1.5, 4.0):
        values = rng.normal(shift, 1, 12)
        exact = sign_flip_p(values, 0, resamples=2**12)
        assert exact <= flip_bound(values) * (1 + 1e-9)
    assert flip_bound(np.full(40, 2.0)) == pytest.approx(2.0**-39)
    assert flip_bound(np.zeros(20)) == 1.0


def test_the_bound_counts_both_tails() -> None:
    """11 equal differences and one far smaller against them: 4 of the 4,096 flips are as far from 0."""
    differences = np.array([1.0] * 11 + [-1e-12])
    assert sign_flip_p(differences, 0, resamples=2**12) == 4 / 2**12
    assert flip_bound(differences) == pytest.approx(4 / 2**12, rel=1e-6), "the bound is exact there"
