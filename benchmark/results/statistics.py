"""Intervals, paired tests and rank stability of scores."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmark.core.seeds import derive_seed
from benchmark.results.sign_flips import sign_flip_p

LEVEL = 0.95
RESAMPLES = 9999


class Interval(NamedTuple):
    """A confidence interval, both ends included."""

    low: float
    high: float


def bootstrap_interval(
    values: Sequence[float], seed: int, level: float = LEVEL, resamples: int = RESAMPLES
) -> Interval | None:
    """Interval of the mean of finite `values` by the bias-corrected and accelerated bootstrap (Efron 1987), seeded.

    None for fewer than two values. If all values are equal up to rounding, the interval is their range. The interval
    covers the choice of the test pictures, not the variation between training runs. Raises ValueError for a value that
    is not finite.
    """
    from scipy.stats import bootstrap

    sample = np.asarray(values, np.float64)
    if not np.isfinite(sample).all():
        raise ValueError("an interval needs finite values")
    if len(sample) < 2:
        return None
    if np.ptp(sample) <= 1e-12 * np.abs(sample).max():  # equal up to rounding
        return Interval(float(sample.min()), float(sample.max()))
    found = bootstrap(
        (sample,), np.mean, confidence_level=level, n_resamples=resamples, batch=1000, method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return Interval(float(found.low), float(found.high))


class MeanError(NamedTuple):
    """The standard error of a mean, and its degrees of freedom for Student's t."""

    error: float
    freedom: float

    def interval(self, mean: float, level: float = LEVEL) -> Interval:
        """Student's t interval around the mean."""
        from scipy.stats import t

        reach = float(t.ppf((1 + level) / 2, self.freedom)) * self.error
        return Interval(mean - reach, mean + reach)

    def p(self, mean: float) -> float:
        """Two-sided p-value of the hypothesis that the mean is 0."""
        from scipy.stats import t

        return 2 * float(t.sf(abs(mean) / self.error, self.freedom)) if self.error else float(mean == 0)


def shared_error(values: Sequence[float], first: Sequence[str], second: Sequence[str]) -> MeanError:
    """Standard error of the mean of k `values`. Each value depends on two pictures, given by id; they can be the same.

    Values that share a picture are dependent, others are independent. The variance of the sum is the sum of the
    products of deviations from the mean over all k^2 pairs of values that share a picture (Aronow, Samii and Assenova
    2015, doi:10.1093/pan/mpv018), divided by 1 - s, where s is the share of such pairs. It is unbiased if all pictures
    are used equally often. The degrees of freedom are 1 / s - 1, which matches the first two moments for independent
    normal values. With one value per picture, this is the usual standard error. With few pictures, the sum is noisy and
    can be negative. Its lower bound is therefore half of the sum over pictures of the squared sum of their deviations:
    the expectation if each picture is only a line or only a reference, and too large if its two parts cancel. Raises
    ValueError for values that are not finite, sequences that differ in length, and if more than half of all pairs of
    values share a picture.
    """
    sample = np.asarray(values, np.float64)
    k = len(sample)
    if not (k == len(first) == len(second)) or not np.isfinite(sample).all():
        raise ValueError("a standard error needs one finite value and two pictures for each pair")
    names, numbers = np.unique([first, second], return_inverse=True)
    one, other = numbers.reshape(2, -1)
    apart = one != other
    pairs = np.unique((np.minimum(one, other) * len(names) + np.maximum(one, other))[apart], return_inverse=True)[1]

    def products(each: NDArray[np.float64]) -> tuple[float, float]:
        """The sum of products over values that share a picture, and the same with values that share both twice."""
        of_picture = np.bincount(one, each, len(names)) + np.bincount(other[apart], each[apart], len(names))
        of_pair = np.bincount(pairs, each[apart])
        twice = float(of_picture @ of_picture)
        return twice - float(of_pair @ of_pair), twice

    sharing = products(np.ones(k))[0] / k**2 if k else 1.0
    if sharing > 0.5:
        raise ValueError("too few pictures: more than half of the pairs of values share a picture")
    variance, most = products(sample - sample.mean())
    error = math.sqrt(max(variance, most / 2) / (1 - sharing)) / k
    return MeanError(error, 1 / sharing - 1)


class Comparison(NamedTuple):
    """Two methods on the same pairs: the difference `first` - `second`, its interval and its p-values."""

    first: str
    second: str
    difference: float  # mean over the pairs
    low: float
    high: float
    p: float  # two-sided, of the paired sign-flip test or of Student's t
    adjusted: float  # p after Holm's correction over all comparisons


def paired_tests(
    scores: Mapping[str, Sequence[float]], seed: int, level: float = LEVEL, resamples: int = RESAMPLES
) -> list[Comparison]:
    """Compare every two methods. `scores` maps a method to one finite value per pair; all have the same order.

    The test flips the signs of the pairs' differences at random, seeded (Fisher's paired permutation test). It is exact
    if there are at most `resamples` flips, 2^n. The interval is the bootstrap interval of the mean difference. The
    p-values are corrected over all comparisons (Holm 1979). Raises ValueError for values that are not finite, sequences
    that differ in length, and fewer than two pairs.
    """
    values = {name: np.asarray(column, np.float64) for name, column in scores.items()}
    if len({len(column) for column in values.values()}) > 1:
        raise ValueError("paired tests need one value of each method for each pair")
    found = []
    for first, second in combinations(values, 2):
        difference = values[first] - values[second]
        interval = bootstrap_interval(difference.tolist(), derive_seed(seed, first, second), level, resamples)
        if interval is None:
            raise ValueError("a paired test needs at least two pairs")
        p = sign_flip_p(difference, derive_seed(seed, "flips", first, second), resamples)
        found.append(Comparison(first, second, float(difference.mean()), *interval, p, p))
    return adjusted(found)


def shared_tests(
    shares: Mapping[str, Sequence[float]], first: Sequence[str], second: Sequence[str], level: float = LEVEL
) -> list[Comparison]:
    """Compare every two methods by Student's t, for values that share pictures.

    `shares` maps a method to one value per pair; all have the same order. Pictures and errors as in `shared_error`. The
    p-values are corrected over all comparisons (Holm 1979).
    """
    found = []
    for one, other in combinations(shares, 2):
        differences = np.asarray(shares[one], np.float64) - np.asarray(shares[other], np.float64)
        difference, error = float(differences.mean()), shared_error(differences.tolist(), first, second)
        p = error.p(difference)
        found.append(Comparison(one, other, difference, *error.interval(difference, level), p, p))
    return adjusted(found)


def adjusted(found: Sequence[Comparison]) -> list[Comparison]:
    adjusted = holm([each.p for each in found])
    return [each._replace(adjusted=value) for each, value in zip(found, adjusted, strict=True)]


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values after Holm's step-down adjustment (1979), in the same order, to compare with the level itself."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def groups(
    means: Mapping[str, float], comparisons: Sequence[Comparison], *, higher_is_better: bool, level: float = LEVEL
) -> dict[str, str]:
    """Letters of each method, best first. Methods that share a letter do not differ significantly at `level`.

    A letter is a maximal set of methods without a significant difference (compact letter display, Piepho 2004).
    """
    order = sorted(means, key=lambda name: means[name], reverse=higher_is_better)
    apart = {frozenset((c.first, c.second)) for c in comparisons if c.adjusted <= 1 - level}
    cliques = _compatible(order, apart)
    marks = {name: [_letter(i) for i, clique in enumerate(cliques) if name in clique] for name in order}
    return {name: "".join(letters) for name, letters in marks.items()}


class Rank(NamedTuple):
    """The rank of a method, 1 for the best, and its variation over resamples of the pictures."""

    rank: int
    low: int  # ends of the interval of the rank over resamples
    high: int
    best: float  # share of the resamples in which its rank is 1; ties have the better rank


def rank_stability(
    scores: Mapping[str, Sequence[float]], seed: int, *, higher_is_better: bool, level: float = LEVEL,
    resamples: int = 2000, pictures: tuple[Sequence[str], Sequence[str]] | None = None,
) -> dict[str, Rank]:  # fmt: skip
    """Ranks by the mean over the pairs, and over seeded resamples of the pairs, the same for all methods.

    `scores` as in `paired_tests`. If values share `pictures`, as in `shared_error`, the pictures are resampled, and the
    weight of a pair is the product of the counts of its two pictures (Owen 2007, doi:10.1214/07-AOAS122; the spread is
    conservative). Equal means share the better rank. Raises ValueError as `paired_tests`, and without pairs.
    """
    names = list(scores)
    table = np.array([scores[name] for name in names], np.float64)  # (methods, pairs); raises when ragged
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError("ranks need one finite value of each method for each pair")
    sign = -1.0 if higher_is_better else 1.0
    weights = resampled(table.shape[1], seed, resamples, pictures)
    ranks = _ranks(sign * table.mean(axis=1)[:, None])[:, 0]
    drawn = _ranks(sign * (table @ weights.T))  # (methods, resamples)
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends = np.quantile(drawn, tails, axis=1, method="inverted_cdf").astype(int)
    return {
        name: Rank(int(ranks[i]), int(ends[0, i]), int(ends[1, i]), float(np.mean(drawn[i] == 1)))
        for i, name in enumerate(names)
    }


def resampled(
    k: int, seed: int, resamples: int, pictures: tuple[Sequence[str], Sequence[str]] | None
) -> NDArray[np.float64]:
    """Weights of `k` pairs in each resample, (resamples, k), that add up to 1, seeded.

    The pairs are resampled, or the `pictures` that they share, as in `rank_stability`; resamples of the pictures that
    contain no pair are left out.
    """
    names, numbers = np.unique(np.arange(k) if pictures is None else pictures, return_inverse=True)
    n = len(names)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    if pictures is None:
        return np.asarray(drawn / n)
    one, other = numbers.reshape(2, k)
    weights = drawn[:, one] * np.where(one == other, 1, drawn[:, other])
    weights = weights[weights.sum(axis=1) > 0]  # a resample of few pictures can contain no pair
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _ranks(means: NDArray[np.float64]) -> NDArray[np.intp]:
    """Ranks in each column (methods, k), 1 for the lowest. Means equal up to rounding share the better rank."""
    slack = 1e-12 * np.abs(means).max(axis=0, initial=1e-300)
    below = means[None] < means[:, None] - slack  # [i, j, k]: j is better than i
    return np.asarray(1 + below.sum(axis=1), np.intp)


def _compatible(order: Sequence[str], apart: set[frozenset[str]]) -> list[set[str]]:
    """All maximal sets of methods without a pair in `apart`, ordered by their best method (Bron and Kerbosch 1973)."""
    near = {a: {b for b in order if b != a and frozenset((a, b)) not in apart} for a in order}
    found: list[set[str]] = []

    def grow(clique: set[str], candidates: set[str], done: set[str]) -> None:
        if not candidates and not done:
            found.append(clique)
        for name in [n for n in order if n in candidates]:
            grow(clique | {name}, candidates & near[name], done & near[name])
            candidates = candidates - {name}
            done = done | {name}

    grow(set(), set(order), set())
    place = {name: i for i, name in enumerate(order)}
    return sorted(found, key=lambda clique: sorted(place[name] for name in clique))


def _letter(number: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("a") + digit) + text
    return text
