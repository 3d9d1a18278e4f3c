"""Intervals around means, so that a ranking inside the noise is seen as one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

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

    None for fewer than two values, which say nothing about their spread; as wide as the values when they are equal but
    for rounding. It reflects which pictures were drawn into the test set, not that training again gives other weights.
    Raises ValueError for a value that is not finite.
    """
    from scipy.stats import bootstrap

    sample = np.asarray(values, np.float64)
    if not np.isfinite(sample).all():
        raise ValueError("an interval needs finite values")
    if len(sample) < 2:
        return None
    if np.ptp(sample) <= 1e-12 * np.abs(sample).max():  # equal but for rounding
        return Interval(float(sample.min()), float(sample.max()))
    found = bootstrap(
        (sample,), np.mean, confidence_level=level, n_resamples=resamples, batch=1000, method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return Interval(float(found.low), float(found.high))
