"""Intervals: against scipy, a closed form and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmark.statistics import bootstrap_interval

VALUES = np.random.default_rng(8).gamma(3.0, 2.0, 60).tolist()


def test_the_interval_is_scipys_and_hangs_on_its_seed() -> None:
    found = bootstrap_interval(VALUES, 4, 0.9, 999)
    expected = stats.bootstrap(
        (VALUES,),
        np.mean,
        confidence_level=0.9,
        n_resamples=999,
        method="BCa",
        batch=1000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert found == pytest.approx(tuple(expected))
    assert bootstrap_interval(VALUES, 4, 0.9, 999) == found
    assert bootstrap_interval(VALUES, 5, 0.9, 999) != found


def test_for_many_normal_values_it_is_the_t_interval() -> None:
    values = np.random.default_rng(1).normal(20, 3, 400)
    expected = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert bootstrap_interval(values.tolist(), 0) == pytest.approx(expected, abs=0.02)


def test_it_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for trial in range(300):
        found = bootstrap_interval(rng.gamma(4.0, 1.0, 40).tolist(), trial, 0.95, 400)
        assert found is not None
        hits += found.low <= 4.0 <= found.high
    assert 0.90 <= hits / 300 <= 0.98


def test_a_higher_level_is_wider_and_more_values_are_narrower() -> None:
    wide, narrow = bootstrap_interval(VALUES, 0, 0.99), bootstrap_interval(VALUES, 0, 0.8)
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < np.mean(VALUES) < narrow.high < wide.high
    many = bootstrap_interval(VALUES * 9, 0, 0.8)
    assert many is not None
    assert many.high - many.low < 0.5 * (narrow.high - narrow.low)


def test_too_few_or_equal_values_are_handled() -> None:
    assert bootstrap_interval([], 0) is None
    assert bootstrap_interval([3.0], 0) is None
    assert bootstrap_interval([3.0] * 5, 0) == (3.0, 3.0)
    nearly = [0.1 + 0.2, 0.3, 0.3]
    assert bootstrap_interval(nearly, 0) == (0.3, 0.1 + 0.2)
    two = bootstrap_interval([1.0, 2.0], 0)
    assert two is not None
    assert 1 <= two.low <= two.high <= 2


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        bootstrap_interval([1.0, bad], 0)
