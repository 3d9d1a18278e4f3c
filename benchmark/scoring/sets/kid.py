"""KID: kernel inception distance."""

import numpy as np

from benchmark.results.metric import Estimate, Metric, with_fid
from benchmark.scoring.sets.check_features import Features, check_features
from benchmark.scoring.sets.kernel import kernel_distance


def kid(features: Features, others: Features, seed: int, level: float = 0.95) -> Estimate:
    """Kernel inception distance: the unbiased squared MMD with the kernel (x.y / d + 1)^3, and its interval.

    Binkowski et al. 2018 (arXiv:1801.01401), for features (n, d) and (m, d). Subsets and interval as in
    `kernel_distance`. Raises ValueError as `kernel_distance` and `check_features`.
    """
    check_features(features, others)
    x, y = features.astype(np.float64), others.astype(np.float64)
    return kernel_distance(x, y, lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3, seed, level)


METRIC = Metric(
    name="kid",
    title="KID",
    better="lower",
    digits=5,
    order=60,
    per="set",
    function=kid,
    needs=("seed", "level"),
    applies=with_fid,
    floors="all but copies",
    meaning="distance between outputs and real pictures by a polynomial kernel; not biased by the number of pictures",
    formula="unbiased squared MMD, kernel (x·y / d + 1)³, mean over 100 seeded halves (at most 1,000 pictures each)",
    source="Binkowski et al. 2018, arXiv:1801.01401",
    blind_to="copying",
)
