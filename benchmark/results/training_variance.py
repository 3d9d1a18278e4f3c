"""Means over training runs that differ in their seed: intervals and tests that cover both pictures and seeds.

Pictures and seeds are crossed: each run paints the same pictures. The mean has two errors: that over pictures, of the
mean over seeds, and that over seeds, of the mean over pictures. Each has a Student's t interval; the interval of the
mean has the square root of the sum of their squared half-widths (Zou and Donner 2008, doi:10.1002/sim.3095). With 2, 3
and 5 seeds it contains the true mean in 95 to 99 % of simulated cases. Welch's degrees of freedom give 88 % for 2
seeds. A bootstrap that resamples seeds and pictures stays below 88 % for 2 and 3 seeds: two or three values have too
few resamples (`tests/benchmark/results/test_training_variance.py`).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from benchmark.results.statistics import LEVEL, Comparison, Interval, MeanError, adjusted, shared_error

SMALLEST_P = 1e-30


class CrossedError(NamedTuple):
    """The independent errors of a mean: over pictures, and over seeds."""

    parts: tuple[MeanError, ...]

    def reach(self, p: float) -> float:
        """Half the width of the interval at the level 1 - `p`."""
        from scipy.stats import t

        return math.sqrt(sum((float(t.isf(p / 2, part.freedom)) * part.error) ** 2 for part in self.parts))

    def interval(self, mean: float, level: float = LEVEL) -> Interval:
        """The interval of the mean."""
        reach = self.reach(1 - level)
        return Interval(mean - reach, mean + reach)

    def p(self, mean: float) -> float:
        """Two-sided p-value of the hypothesis that the mean is 0: 1 - the level whose interval ends at 0."""
        from scipy.optimize import brentq

        if mean == 0:
            return 1.0
        if self.reach(SMALLEST_P) <= abs(mean):
            return SMALLEST_P
        log_p = brentq(lambda q: self.reach(math.exp(q)) - abs(mean), math.log(SMALLEST_P), 0.0)
        return math.exp(float(log_p))


def seed_error(means: Sequence[float]) -> MeanError:
    """Standard error over seeds of the mean of `means`, one mean over pictures for each seed.

    Raises ValueError for fewer than two means, and for values that are not finite.
    """
    sample = np.asarray(means, np.float64)
    if len(sample) < 2 or not np.isfinite(sample).all():
        raise ValueError("the error over seeds needs two or more finite means")
    return MeanError(float(sample.std(ddof=1)) / math.sqrt(len(sample)), len(sample) - 1.0)


def mean_over_seeds(
    values: Sequence[float], first: Sequence[str], second: Sequence[str], means: Sequence[float]
) -> CrossedError:
    """The error of a mean over pictures and seeds.

    `values` holds one mean over seeds for each pair, with its two pictures as in `shared_error`; `means` one mean over
    pictures for each seed. Raises ValueError as `shared_error` and `seed_error`.
    """
    return CrossedError((shared_error(values, first, second), seed_error(means)))


def seeded_tests(
    values: Mapping[str, Sequence[float]], first: Sequence[str], second: Sequence[str],
    means: Mapping[str, Sequence[float]], level: float = LEVEL,
) -> list[Comparison]:  # fmt: skip
    """Compare every two methods, with the variance over seeds of those that have several.

    `values` maps a method to one mean over seeds for each pair, `first` and `second` are the pictures of the pairs, and
    `means` maps a method with several seeds to its means. The seeds of two methods are independent. For a method
    without `means` the test holds for its one run. The p-values are corrected over all comparisons (Holm 1979).
    """
    found = []
    for one, other in combinations(values, 2):
        differences = np.asarray(values[one], np.float64) - np.asarray(values[other], np.float64)
        over_seeds = [seed_error(means[name]) for name in (one, other) if name in means]
        error = CrossedError((shared_error(differences.tolist(), first, second), *over_seeds))
        difference = float(differences.mean())
        p = error.p(difference)
        found.append(Comparison(one, other, difference, *error.interval(difference, level), p, p))
    return adjusted(found)
