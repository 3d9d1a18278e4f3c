"""FID infinity: the Frechet distance extrapolated to endless pictures."""

import numpy as np

from benchmark.results.metric import Metric, with_fid
from benchmark.scoring.sets.check_features import Features
from benchmark.scoring.sets.frechet import frechet_distance

SIZES = 12  # points of the extrapolation
SMALLEST = 0.25  # its smallest subset, as a share of all


def fid_infinity(features: Features, others: Features, seed: int) -> float:
    """The Frechet distance at endless pictures: the line through FID against 1 / N, at 1 / N = 0.

    FID's bias falls as 1 / N in its leading term (Chong and Forsyth 2020, arXiv:1911.07023). From both sets, N pictures
    are drawn without replacement, seeded and apart, for 12 values of N from a quarter of the smaller set to all of it,
    in equal steps of 1 / N; a straight line is fitted by least squares. (The paper keeps the real set of
    50,000 pictures whole; here both sets are small, so both biases are removed.) A noisy estimate: it can be below 0.
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
    meaning="FID extrapolated to endless pictures; an estimate, which can fall below 0",
    formula="line through FID against 1 / N at 1 / N = 0; 12 sizes, both sets drawn down",
    source="Chong and Forsyth 2020, arXiv:1911.07023",
    blind_to="noise: it can fall below 0",
)
