"""A saturating power law through the scores of trainings that differ in the number of images seen.

    score(n) = a - b (n / m)^-c,   m the smallest n, c > 0, b >= 0, or b <= 0 where lower values are better

a is the score after any number of images, at most the metric's best value. Test errors of many networks follow such
a law (Hestness et al. 2017, arXiv:1712.00409). For a given c the law is linear in a and b, so that their bounded least
squares have a closed form. c is searched among `EXPONENTS` (variable projection: Golub and Pereyra 1973,
doi:10.1137/0710036). The fit has no start value, always finds the best c of the list, and fits all resamples at once.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.core.seeds import derive_seed
from benchmark.results.statistics import LEVEL, Interval, resampled

SIZES = 4  # numbers of images that a fit needs: one more than it has parameters
EXPONENTS = np.geomspace(0.02, 2.0, 233)  # steps of 2 %; at 0.02 the law is nearly a line in log n
Sequences = tuple[list[str], list[str]]


class PowerLaw(NamedTuple):
    """Saturating power laws, one in each entry of the arrays (r,). `b` is the loss against `a` at `first` images.

    A negative `b` belongs to a metric whose lower values are better.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    first: float

    def at(self, images: float) -> NDArray[np.float64]:
        """The scores (r,) after `images` images."""
        return np.asarray(self.a - self.b * (images / self.first) ** -self.c)


class CurveFit(NamedTuple):
    """The law of the measured scores, and those of the resamples."""

    law: PowerLaw  # one
    resamples: PowerLaw
    seeded: bool  # whether the resamples cover the seeds of training, besides the pictures
    level: float

    def at(self, images: float) -> float:
        """The score after `images` images."""
        return float(self.law.at(images)[0])

    def interval(self, images: float) -> Interval:
        """The percentile interval of the score after `images` images."""
        low, high = np.quantile(self.resamples.at(images), [(1 - self.level) / 2, (1 + self.level) / 2])
        return Interval(float(low), float(high))

    @property
    def levels_off(self) -> bool:
        """Whether the measured scores bend towards `a`; else c has its lowest value, and `a` means nothing."""
        return bool(self.law.c[0] > EXPONENTS[0])


def fit_power_law(images: ArrayLike, scores: ArrayLike, best: float) -> PowerLaw:
    """Least squares for each row of `scores` (r, k), measured after `images` (k,). `best` is the metric's best value.

    Raises ValueError for fewer than four different numbers of images, for values that are not finite, and for scores on
    both sides of `best`.
    """
    seen, table = np.asarray(images, np.float64), np.atleast_2d(np.asarray(scores, np.float64))
    if len(np.unique(seen)) < SIZES:
        raise ValueError(f"a learning curve needs {SIZES} different numbers of images, not {len(np.unique(seen))}")
    gaps = best - table
    sign = -1.0 if _lower_is_better(table, best) else 1.0
    if not np.isfinite(table).all() or np.any(sign * gaps < 0):
        raise ValueError("a learning curve needs finite scores, none better than the best value of their metric")
    first = float(seen.min())
    rows = len(table)
    least, found = np.full(rows, np.inf), np.zeros((3, rows))
    for c in EXPONENTS:
        far, loss = _bounded(sign * gaps, (seen / first) ** -c)
        error = ((sign * gaps - far[:, None] - loss[:, None] * (seen / first) ** -c) ** 2).sum(axis=1)
        better = error < least
        least = np.where(better, error, least)
        found = np.where(better, np.array([far, loss, np.full(rows, c)]), found)
    return PowerLaw(best - sign * found[0], sign * found[1], found[2], first)


def fit_curve(
    scores: Mapping[int, ArrayLike], best: float, seed: int, *, pictures: Sequences | None = None,
    resamples: int = 999, level: float = LEVEL,
) -> CurveFit:  # fmt: skip
    """Fit the mean scores, and seeded resamples of the test pictures and of the seeds of training.

    `scores` maps a number of images seen to the scores (seeds, pairs) of its trainings; all have the same pairs. A
    resample has the same pictures in all scores (`pictures` as in `rank_stability`). It adds to the mean of each
    training a deviation drawn from those of all trainings from the mean of their number of images, which are scaled by
    sqrt(s / (s - 1)) for s seeds. A training without a second seed thereby has the deviation of the others; where no
    number of images has two seeds, the resamples cover the pictures alone. Raises ValueError as `fit_power_law`.
    """
    tables = {images: np.atleast_2d(np.asarray(each, np.float64)) for images, each in sorted(scores.items())}
    measured = np.array([each.mean() for each in tables.values()])
    law = fit_power_law(list(tables), measured, best)
    worst = np.maximum if _lower_is_better(measured, best) else np.minimum
    pairs = next(iter(tables.values())).shape[1]
    weights = resampled(pairs, derive_seed(seed, "pictures"), resamples, pictures)  # (r, pairs)
    means = np.stack([weights @ each.mean(axis=0) for each in tables.values()], axis=1)  # (r, k)
    pool = np.concatenate([_deviations(each.mean(axis=1)) for each in tables.values()])
    if len(pool):
        rng = np.random.default_rng(derive_seed(seed, "seeds"))
        drawn = [rng.choice(pool, (len(means), len(each))).mean(axis=1) for each in tables.values()]
        means = means + np.stack(drawn, axis=1)
    return CurveFit(law, fit_power_law(list(tables), worst(means, best), best), len(pool) > 0, level)


def _lower_is_better(scores: NDArray[np.float64], best: float) -> bool:
    """Whether the best value of a metric is below the scores, none of which is better than it."""
    return bool(np.any(scores > best))


def _bounded(gaps: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least squares of gaps (r, k) = u + v x with u, v >= 0, for gaps of at least 0: u and v, each (r,)."""
    mean, centred = gaps.mean(axis=1), x - x.mean()
    v = gaps @ centred / (centred @ centred)
    u = mean - v * x.mean()
    through = gaps @ x / (x @ x)  # with u = 0
    u, v = np.where(v < 0, mean, u), np.maximum(v, 0)
    return np.maximum(u, 0), np.where(u < 0, through, v)


def _deviations(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """The deviations of s means from their mean, scaled to the variance of one of them; empty for one."""
    s = len(means)
    return (means - means.mean()) * np.sqrt(s / (s - 1)) if s > 1 else means[:0]
