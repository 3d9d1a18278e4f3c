"""Distances between two sets of features: Frechet, its extrapolation to endless pictures, KID and CMMD. In float64."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]  # (n, d), one row per picture
Float64 = NDArray[np.float64]

SIZES = 12  # points of the extrapolation
SMALLEST = 0.25  # its smallest subset, as a share of all
SUBSETS = 100  # of KID and CMMD
SUBSET = 1000  # pictures in one, where there are that many; Binkowski et al.
BANDWIDTH, SCALE = 10.0, 1000.0  # of CMMD; Jayasumana et al.


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
    first, second = (_covariance_factor(each)[1] for each in (features, others))
    singular: Float64 = np.linalg.svd(first @ second.T, compute_uv=False).astype(np.float64)
    return _frechet(_shift(features, others), first, second, singular)


class Influences(NamedTuple):
    """A Frechet distance and the influence of each picture on it, of the two sets in turn; each adds up to 0."""

    distance: float
    features: Float64  # (n,)
    others: Float64  # (m,)


def frechet_influences(features: Features, others: Features) -> Influences:
    """`frechet_distance`, and how it changes with the weight of each picture of (n, d) and (m, d).

    The influence of picture i is the derivative of the distance by e at e = 0, its set being the mixture of 1 - e of
    itself and e of picture i (Efron 1982, infinitesimal jackknife). With x_i its centred features, C_1 = A'A as in
    `frechet_distance`, and A_1 A_2' = U S V', it is 2 (mu_1 - mu_2).x_i + n (A A' - U S U')_ii less its mean over the
    set: one decomposition gives all of them. U S U' = A_1 T A_1' with T the optimal transport between the Gaussians,
    and I - T is the derivative of the distance by C_1. Raises ValueError as `frechet_distance`.
    """
    check_features(features, others)
    shift = _shift(features, others)
    (basis, first), (other_basis, second) = (_covariance_factor(each) for each in (features, others))
    left, singular, right = np.linalg.svd(first @ second.T, full_matrices=False)

    def influences(rows: Features, axes: Float64 | None, factor: Float64, vectors: Float64, way: Float64) -> Float64:
        factor, vectors = (each if axes is None else axes @ each for each in (factor, vectors))
        spread = np.square(factor).sum(axis=1) - np.square(vectors) @ singular
        found = 2 * (rows @ way) + len(rows) * spread
        return np.asarray(found - found.mean(), np.float64)

    return Influences(
        _frechet(shift, first, second, singular),
        influences(features, basis, first, left, shift),
        influences(others, other_basis, second, right.T, -shift),
    )


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
    x, y = features.astype(np.float64), others.astype(np.float64)
    return _kernel_distance(x, y, lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3, seed, level)


def clip_mmd(features: Features, others: Features, seed: int, level: float = 0.95) -> Estimate:
    """CMMD: 1,000 times the unbiased squared MMD with the kernel exp(-|x - y|^2 / 200), and its interval.

    Jayasumana et al. 2024 (arXiv:2401.09603), for CLIP's image embeddings, here set to unit length; subsets and
    interval as in `kid`. (Their code compares pictures with themselves, too, which adds to the number as N falls.) Unit
    vectors lie so near each other for this kernel that it is nearly 10 |mean - mean|^2: how the sets are spread hardly
    counts. Raises ValueError for fewer than 4 pictures, for a vector of zeros, and as `frechet_distance`.
    """
    check_features(features, others)
    lengths = [np.linalg.norm(each.astype(np.float64), axis=1, keepdims=True) for each in (features, others)]
    if not all(each.all() for each in lengths):
        raise ValueError("an embedding is zero")
    x, y = features / lengths[0], others / lengths[1]  # so that |a - b|^2 = 2 - 2 a.b
    found = _kernel_distance(x, y, lambda a, b: np.exp((a @ b.T - 1) / BANDWIDTH**2), seed, level)
    return Estimate(*(SCALE * number for number in found))


def _kernel_distance(
    x: Float64, y: Float64, kernel: Callable[[Float64, Float64], Float64], seed: int, level: float
) -> Estimate:
    """The mean unbiased squared MMD over seeded subsets, with the interval of the delete-d jackknife; see `kid`."""
    n = min(len(x), len(y))
    if n < 4:
        raise ValueError(f"a kernel distance needs at least 4 pictures, not {n}")
    within_x, within_y, between = (kernel(a, b) for a, b in ((x, x), (y, y), (x, y)))
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


def _shift(features: Features, others: Features) -> Float64:
    """The difference of the means (d,)."""
    return np.asarray(features.mean(axis=0, dtype=np.float64) - others.mean(axis=0, dtype=np.float64))


def _frechet(shift: Float64, first: Float64, second: Float64, singular: Float64) -> float:
    """The distance from the covariances' factors and the singular values of the one times the other's transpose."""
    distance = shift @ shift + np.square(first).sum() + np.square(second).sum() - 2 * singular.sum()
    return max(float(distance), 0.0)  # rounding alone can make it negative


def _covariance_factor(features: Features) -> tuple[Float64 | None, Float64]:
    """Q and A with A'A = the unbiased covariance, at most d rows, and Q A the centred rows over (n - 1)^(1/2).

    Q has orthonormal columns; None stands for the identity.
    """
    centred = features.astype(np.float64)
    centred -= centred.mean(axis=0)
    centred /= math.sqrt(len(centred) - 1)
    if len(centred) > centred.shape[1]:
        basis, factor = np.linalg.qr(centred)
        return np.asarray(basis, np.float64), np.asarray(factor, np.float64)
    return None, centred


def check_features(features: Features, others: Features) -> None:
    """Raise ValueError unless both are (n >= 2, d) with one d, and finite."""
    for each in (features, others):
        if each.ndim != 2 or len(each) < 2 or each.shape[1] != features.shape[1]:
            raise ValueError(f"feature sets are (n >= 2, d) with one d, not {features.shape} and {others.shape}")
        if not np.isfinite(each).all():
            raise ValueError("a feature is not finite")
