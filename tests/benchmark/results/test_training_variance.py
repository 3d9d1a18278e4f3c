"""Intervals and tests over pictures and seeds: their level in simulations, and special cases that are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.results.statistics import MeanError, shared_error
from benchmark.results.training_variance import CrossedError, mean_over_seeds, seed_error, seeded_tests

PICTURES = 40
NAMES = [str(number) for number in range(PICTURES)]


def simulated(rng: np.random.Generator, seeds: int, over_seeds: float) -> NDArray[np.float64]:
    """Scores (seeds, pictures) around 0: crossed effects of seed and picture, and their interaction."""
    seed, picture = rng.normal(0, over_seeds, (seeds, 1)), rng.normal(0, 1, (1, PICTURES))
    return seed + picture + rng.normal(0, 0.5, (seeds, PICTURES))


def bootstrap(rng: np.random.Generator, scores: NDArray[np.float64]) -> tuple[float, float]:
    """The percentile interval of a bootstrap that resamples seeds and pictures."""
    seeds, pictures = scores.shape
    counts = rng.multinomial(seeds, np.full(seeds, 1 / seeds), 400) / seeds
    weights = rng.multinomial(pictures, np.full(pictures, 1 / pictures), 400) / pictures
    low, high = np.quantile(np.einsum("rs,sp,rp->r", counts, scores, weights), [0.025, 0.975])
    return float(low), float(high)


def interval(scores: NDArray[np.float64]) -> tuple[float, float]:
    error = mean_over_seeds(scores.mean(axis=0).tolist(), NAMES, NAMES, scores.mean(axis=1).tolist())
    return error.interval(float(scores.mean()))


@pytest.mark.parametrize(("seeds", "over_seeds"), [(2, 0.05), (2, 1.0), (3, 0.05), (3, 0.2), (3, 1.0), (3, 5.0)])
def test_the_interval_keeps_its_level_and_the_bootstrap_does_not(seeds: int, over_seeds: float) -> None:
    rng = np.random.default_rng(0)
    hits = {"ours": 0, "bootstrap": 0}
    for _ in range(400):
        scores = simulated(rng, seeds, over_seeds)
        for name, (low, high) in (("ours", interval(scores)), ("bootstrap", bootstrap(rng, scores))):
            hits[name] += low <= 0 <= high
    assert hits["ours"] / 400 >= 0.93
    if over_seeds == 1.0:
        assert hits["bootstrap"] / 400 < 0.88, "two or three values have too few resamples"


@pytest.mark.parametrize("over_seeds", [0.05, 1.0])
def test_the_test_of_two_equal_methods_errs_at_its_level(over_seeds: float) -> None:
    rng = np.random.default_rng(1)
    errors = 0
    for _ in range(400):
        shared = rng.normal(0, 1, (1, PICTURES))
        scores = {name: simulated(rng, 3, over_seeds) + shared for name in "ab"}
        values = {name: table.mean(axis=0).tolist() for name, table in scores.items()}
        means = {name: table.mean(axis=1).tolist() for name, table in scores.items()}
        (found,) = seeded_tests(values, NAMES, NAMES, means)
        errors += found.p <= 0.05
    assert 0.0 <= errors / 400 <= 0.07


def test_equal_seeds_add_nothing_and_one_seed_tests_the_pictures() -> None:
    values = np.random.default_rng(2).normal(size=PICTURES)
    alone = shared_error(values.tolist(), NAMES, NAMES)
    equal = mean_over_seeds(values.tolist(), NAMES, NAMES, [1.0, 1.0, 1.0])
    assert equal.interval(0.0) == pytest.approx(alone.interval(0.0))
    columns = {"a": values.tolist(), "b": [0.0] * PICTURES}
    (plain,) = seeded_tests(columns, NAMES, NAMES, {})
    assert plain.p == pytest.approx(alone.p(float(values.mean())))
    (seeded,) = seeded_tests(columns, NAMES, NAMES, {"a": [-1.0, 0.0, 1.0]})
    assert seeded.high - seeded.low > plain.high - plain.low
    assert seeded.p > plain.p


def test_the_error_over_seeds_is_that_of_their_mean() -> None:
    found = seed_error([1.0, 2.0, 3.0])
    assert found.error == pytest.approx(1 / np.sqrt(3))
    assert found.freedom == 2
    for wrong in ([1.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="two or more finite means"):
            seed_error(wrong)


def test_squared_half_widths_add() -> None:
    one, other = MeanError(3.0, 2.0), MeanError(4.0, 5.0)
    low, high = CrossedError((one, other)).interval(1.0)
    reaches = [each.interval(0.0).high for each in (one, other)]
    assert (high - low) / 2 == pytest.approx(np.hypot(*reaches))
    assert (high + low) / 2 == pytest.approx(1.0)


def test_p_belongs_to_the_interval_that_ends_at_zero() -> None:
    error = CrossedError((MeanError(3.0, 2.0), MeanError(4.0, 5.0)))
    assert error.interval(20.0, 1 - error.p(20.0)).low == pytest.approx(0.0, abs=1e-9)
    assert error.p(-20.0) == error.p(20.0) < error.p(10.0)
    assert error.p(0.0) == 1.0
    assert CrossedError((MeanError(0.0, 2.0),)).p(1.0) == 1e-30
    single = MeanError(3.0, 7.0)
    assert CrossedError((single,)).p(4.0) == pytest.approx(single.p(4.0))
