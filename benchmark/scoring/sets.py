"""Distances between two sets of features: FID, its extrapolation to endless pictures, and KID. All in float64."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]  # (n, d), one row per picture

SIZES = 12  # points of the extrapolation
SMALLEST = 0.25  # its smallest subset, as a share of all
SUBSETS = 100  # of KID
SUBSET = 1000  # pictures in one, where there are that many; Binkowski et al.


class Estimate(NamedTuple):
    """A number with the ends of its interval."""

    value: float
    low: float
    high: float


def frechet_distance(features: Features, others: Features) -> float:
    """Squared Frechet distance between Gaussians fitted to two feature sets, (n, d) and (m, d), n and m at least 2.

    |mu_1 - mu_2|^2 + tr C_1 + tr C_2 - 2 tr (C_1 C_2)^(1/2) with unbiased covariances (Heusel et al. 2017, FID). With
    centred features C = A'A, the last trace is the sum of the singular values of A_1 A_2', a small matrix when there
    are fewer pictures than features, where the textbook's matrix root is slow and unstable. Computed in float64.
    Raises ValueError for another shape or values that are not finite.
    """
    check_features(features, others)
    first, second = (_covariance_factor(each) for each in (features, others))
    means = features.mean(axis=0, dtype=np.float64) - others.mean(axis=0, dtype=np.float64)
    shared = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    distance = means @ means + np.square(first).sum() + np.square(second).sum() - 2 * shared
    return max(float(distance), 0.0)  # rounding alone can make it negative


def fid_infinity(features: Features, others: Features, seed: int) -> float:
    """The Frechet distance at endless pictures: the line through FID against 1 / N, at 1 / N = 0.

    FID's bias falls as 1 / N in its leading term (Chong and Forsyth 2020, arXiv:1911.07023). From both sets, N pictures
    are drawn without replacement, seeded and apart, for 12 values of N from a quarter of the smaller set to all of it,
    in equal steps of 1 / N; a straight line is fitted by least squares. (The paper keeps the real set whole, having
    50,000 of them; here both sides are small and both biases are to go.) An estimate, with noise: it can fall below 0.
    Raises ValueError for fewer than 8 pictures, and as `frechet_distance`.
    """
    n = min(len(features), len(others))
    if n < 8:
        raise ValueError(f"an extrapolation needs at least 8 pictures, not {n}")
    rng = np.random.default_rng(seed)
    sizes = np.rint(1 / np.linspace(1 / (SMALLEST * n), 1 / n, SIZES)).astype(int)
    points = [
        frechet_distance(*(each[rng.permutation(len(each))[:size]] for each in (features, others))) for size in sizes
    ]
    return float(np.polyfit(1 / sizes, points, 1)[1])


def kid(features: Features, others: Features, seed: int, level: float = 0.95) -> Estimate:
    """Kernel inception distance: the unbiased squared MMD with the kernel (x.y / d + 1)^3, and its interval.

    Binkowski et al. 2018 (arXiv:1801.01401). The mean over 100 seeded subsets without replacement, each of half of
    the smaller set but at most 1,000 pictures; below 0 where chance has it. The interval is normal, its standard error
    that of the delete-d jackknife (Shao and Wu 1989): the spread over subsets of b of n times sqrt(b / (n - b)).
    Raises ValueError for fewer than 4 pictures, and as `frechet_distance`.
    """
    check_features(features, others)
    n = min(len(features), len(others))
    if n < 4:
        raise ValueError(f"KID needs at least 4 pictures, not {n}")
    x, y = features.astype(np.float64), others.astype(np.float64)
    within_x, within_y, between = ((a @ b.T / x.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    size = min(SUBSET, n // 2)
    rng = np.random.default_rng(seed)
    values = np.empty(SUBSETS)
    for k in range(SUBSETS):
        i, j = (rng.permutation(len(each))[:size] for each in (x, y))
        values[k] = _unbiased(within_x[np.ix_(i, i)], within_y[np.ix_(j, j)], between[np.ix_(i, j)])
    error = float(values.std(ddof=1)) * math.sqrt(size / (n - size))
    value, reach = float(values.mean()), NormalDist().inv_cdf((1 + level) / 2) * error
    return Estimate(value, value - reach, value + reach)


def _unbiased(xx: NDArray[np.float64], yy: NDArray[np.float64], xy: NDArray[np.float64]) -> float:
    """Unbiased squared MMD from the kernel's three matrices, (m, m) each: no picture is compared with itself."""
    m = len(xx)
    within = (xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(within - 2 * xy.mean())


def _covariance_factor(features: Features) -> NDArray[np.float64]:
    """A with A'A = the unbiased covariance and at most d rows."""
    centred = features.astype(np.float64)
    centred -= centred.mean(axis=0)
    centred /= math.sqrt(len(centred) - 1)
    if len(centred) > centred.shape[1]:
        return np.asarray(np.linalg.qr(centred, mode="r"), np.float64)
    return centred


def check_features(features: Features, others: Features) -> None:
    """Raise ValueError unless both are (n >= 2, d) with one d, and finite."""
    for each in (features, others):
        if each.ndim != 2 or len(each) < 2 or each.shape[1] != features.shape[1]:
            raise ValueError(f"feature sets are (n >= 2, d) with one d, not {features.shape} and {others.shape}")
        if not np.isfinite(each).all():
            raise ValueError("a feature is not finite")
