"""CLIP-MMD: kernel distance between CLIP embeddings."""

import numpy as np

from benchmark.results.metric import Estimate, Metric, with_fid
from benchmark.scoring.sets.check_features import Features, check_features
from benchmark.scoring.sets.kernel import kernel_distance

BANDWIDTH, SCALE = 10.0, 1000.0  # Jayasumana et al.


def clip_mmd(features: Features, others: Features, seed: int, level: float = 0.95) -> Estimate:
    """CMMD: 1,000 times the unbiased squared MMD with the kernel exp(-|x - y|^2 / 200), and its interval.

    Jayasumana et al. 2024 (arXiv:2401.09603), for CLIP's image embeddings (n, d) and (m, d), scaled to unit length.
    Subsets and interval as in `kernel_distance`. The authors' code also compares pictures with themselves, which raises
    the value at small N. Unit vectors are so close for this kernel that the value is nearly 10 |mean - mean|^2; the
    spread of the sets has little weight. Raises ValueError for a vector of zeros, and as `kernel_distance` and
    `check_features`.
    """
    check_features(features, others)
    lengths = [np.linalg.norm(each.astype(np.float64), axis=1, keepdims=True) for each in (features, others)]
    if not all(each.all() for each in lengths):
        raise ValueError("an embedding is zero")
    x, y = features / lengths[0], others / lengths[1]  # so that |a - b|^2 = 2 - 2 a.b
    found = kernel_distance(x, y, lambda a, b: np.exp((a @ b.T - 1) / BANDWIDTH**2), seed, level)
    return Estimate(*(SCALE * number for number in found))


METRIC = Metric(
    name="clip-mmd",
    title="CLIP-MMD",
    better="lower",
    digits=3,
    order=80,
    per="set",
    function=clip_mmd,
    needs=("seed", "level"),
    features="clip-224",
    applies=with_fid,
    on_request=True,
    floors="all but copies",
    meaning="distance between the CLIP embeddings of outputs and real pictures; not biased by the number of pictures",
    formula="1,000 times the unbiased squared MMD of CLIP embeddings (ViT-L/14, unit length), kernel exp(-d² / 200)",
    source="CMMD of Jayasumana et al. 2024, arXiv:2401.09603, at 224 px",
    blind_to="copying; spread",
)
