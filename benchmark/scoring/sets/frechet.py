"""The Frechet distance between two sets of features, and the influence of each picture on the distance. In float64."""

import math

import numpy as np
from numpy.typing import NDArray

from benchmark.results.metric import Influences
from benchmark.scoring.sets.check_features import Features, check_features

Float64 = NDArray[np.float64]


def frechet_distance(features: Features, others: Features) -> float:
    """Squared Frechet distance between Gaussians fitted to two feature sets, (n, d) and (m, d), n and m at least 2.

    |mu_1 - mu_2|^2 + tr C_1 + tr C_2 - 2 tr (C_1 C_2)^(1/2) with unbiased covariances (Heusel et al. 2017, FID). With
    centred features C = A'A, the last trace is the sum of the singular values of A_1 A_2'. This matrix is small if
    there are fewer pictures than features; the usual matrix root is then slow and unstable. Computed in float64.
    Raises ValueError for another shape, and for values that are not finite.
    """
    check_features(features, others)
    first, second = (_covariance_factor(each)[1] for each in (features, others))
    singular: Float64 = np.linalg.svd(first @ second.T, compute_uv=False).astype(np.float64)
    return _frechet(_shift(features, others), first, second, singular)


def frechet_influences(features: Features, others: Features) -> Influences:
    """`frechet_distance`, and its derivative by the weight of each picture of (n, d) and (m, d).

    The influence of picture i is the derivative of the distance by e at e = 0, where the set is replaced by the mixture
    of 1 - e of the set and e of picture i (Efron 1982, infinitesimal jackknife). Let x_i be the centred features of
    picture i, C_1 = A'A as in `frechet_distance`, and A_1 A_2' = U S V'. The influence is
    2 (mu_1 - mu_2).x_i + n (A A' - U S U')_ii minus its mean over the set, so one decomposition gives all influences.
    U S U' = A_1 T A_1', where T is the optimal transport between the Gaussians; I - T is the derivative of the distance
    by C_1. Raises ValueError as `frechet_distance`.
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


def _shift(features: Features, others: Features) -> Float64:
    """The difference of the means (d,)."""
    return np.asarray(features.mean(axis=0, dtype=np.float64) - others.mean(axis=0, dtype=np.float64))


def _frechet(shift: Float64, first: Float64, second: Float64, singular: Float64) -> float:
    """The distance from the mean difference, the factors A_1 and A_2, and the singular values of A_1 A_2'."""
    distance = shift @ shift + np.square(first).sum() + np.square(second).sum() - 2 * singular.sum()
    return max(float(distance), 0.0)  # rounding can give a small negative value


def _covariance_factor(features: Features) -> tuple[Float64 | None, Float64]:
    """Q and A: A'A is the unbiased covariance, A has at most d rows, Q A are the centred rows over (n - 1)^(1/2).

    Q has orthonormal columns; None is the identity.
    """
    centred = features.astype(np.float64)
    centred -= centred.mean(axis=0)
    centred /= math.sqrt(len(centred) - 1)
    if len(centred) > centred.shape[1]:
        basis, factor = np.linalg.qr(centred)
        return np.asarray(basis, np.float64), np.asarray(factor, np.float64)
    return None, centred
