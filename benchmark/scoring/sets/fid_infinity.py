"""FID infinity: the Frechet distance extrapolated to an infinite number of pictures."""

import numpy as np

from benchmark.results.metric import Metric, with_fid
from benchmark.scoring.sets.check_features import Features
from benchmark.scoring.sets.frechet import frechet_distance

SIZES = 12  # points of the extrapolation
SMALLEST = 0.25  # smallest subset, as a share of the smaller set


def fid_infinity(features: Features, others: Features, seed: int) -> float:
    """The Frechet distance for an infinite number of pictures: a line through FID over 1 / N, at 1 / N = 0.

    The leading term of FID's bias is proportional to 1 / N (Chong and Forsyth 2020, arXiv:1911.07023). For 12 values of
    N, from a quarter of the smaller set to all of it in equal steps of 1 / N, N pictures of each set are drawn without
    replacement by `seed`, independently for the two sets. A straight line is fitted by least squares. The paper keeps
    its 50,000 real pictures; here both sets are small, so both are subsampled. The estimate is noisy and can be
    negative. Raises ValueError for fewer than 8 pictures, and as `frechet_distance`.
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


METRIC = Metric(
    name="fid-infinity",
    title="FID infinity",
    better="lower",
    digits=2,
    order=50,
    per="set",
    function=fid_infinity,
    needs=("seed",),
    applies=with_fid,
    floors="none",
    meaning="FID extrapolated to an infinite number of pictures; a noisy estimate that can be negative",
    formula="line through FID over 1 / N, at 1 / N = 0; 12 values of N, both sets subsampled",
    source="Chong and Forsyth 2020, arXiv:1911.07023",
    blind_to="copying",
)
