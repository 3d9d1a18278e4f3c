"""Fisher's paired permutation test by sign flips, with a bound for tails that random flips cannot reach."""

import math

import numpy as np
from numpy.typing import NDArray

FLIPS = 9999  # random flips


def sign_flip_p(differences: NDArray[np.float64], seed: int, resamples: int = FLIPS) -> float:
    """Two-sided p of "the differences (n,) are symmetric about 0", by flipping signs: exact for small n, else seeded.

    p counts the flips whose mean is at least as far from 0 as the true one; random flips add the true one to both
    counts, so that p is never 0 (Phipson and Smyth 2010).
    """
    n = len(differences)
    observed = abs(float(differences.sum()))
    bar = observed - 1e-9 * max(float(np.abs(differences).sum()), 1e-300)  # equal but for rounding counts
    if 2**n <= resamples:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        return float(np.mean(np.abs(signs @ differences) >= bar))
    rng = np.random.default_rng(seed)
    hits, left = 0, resamples
    while left:
        rows = min(left, 1000)
        signs = 1 - 2 * rng.integers(0, 2, (rows, n), np.int8)
        hits += int(np.count_nonzero(np.abs(signs @ differences) >= bar))
        left -= rows
    p = (hits + 1) / (resamples + 1)
    return p if hits else min(p, flip_bound(differences))


def flip_bound(differences: NDArray[np.float64]) -> float:
    """An upper bound of the two-sided p of `sign_flip_p` over all 2^n flips, by Chernoff: never too small.

    P(|sum| >= s) <= 2 exp(sum log cosh(t d) - t s) for every t > 0; the least of 400 values of t is taken. It reaches
    where random flips cannot, whose smallest p is 1 / (resamples + 1). No p is below 2^(1 - n).
    """
    sizes = np.abs(differences) / max(float(np.abs(differences).max(initial=0.0)), 1e-300)
    observed = abs(float(differences.sum())) / max(float(np.abs(differences).max(initial=0.0)), 1e-300)
    t = np.geomspace(1e-3, 1e3, 400)[:, None]
    log_cosh = t * sizes + np.log1p(np.exp(-2 * t * sizes)) - math.log(2)
    return min(
        1.0, max(2 * math.exp(float((log_cosh.sum(axis=1) - t[:, 0] * observed).min())), 2.0 ** (1 - len(sizes)))
    )
