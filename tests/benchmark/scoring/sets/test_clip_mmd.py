"""CLIP-MMD against its formula in loops."""

import numpy as np
import pytest
from gaussians import shifted
from numpy.typing import NDArray

from benchmark.scoring.sets.clip_mmd import clip_mmd


def plain_cmmd(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The formula as loops over pairs of embeddings."""

    def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
        difference = a / np.sqrt((a**2).sum()) - b / np.sqrt((b**2).sum())
        return float(np.exp(-(difference**2).sum() / (2 * 10.0**2)))

    n, m = len(x), len(y)
    xx = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return 1000 * (xx + yy - 2 * sum(kernel(a, b) for a in x for b in y) / (n * m))


def test_clip_mmd_is_the_mean_over_its_subsets() -> None:
    x, y = shifted(9, 1), shifted(8, 2, 0.5)
    rng = np.random.default_rng(5)
    parts = [plain_cmmd(x[rng.permutation(9)[:4]], y[rng.permutation(8)[:4]]) for _ in range(100)]
    found = clip_mmd(x, y, 5)
    assert found.value == pytest.approx(np.mean(parts), rel=1e-8)
    assert found.high - found.value == pytest.approx(1.959964 * np.std(parts, ddof=1), rel=1e-6)
    assert clip_mmd(7 * x, y / 3, 5) == pytest.approx(found, rel=1e-8), "lengths do not count"


def test_clip_mmd_is_nearly_the_distance_of_the_means_and_knows_the_same_from_others() -> None:
    x, y, far = shifted(200, 3), shifted(200, 4), shifted(200, 5, 1.0)
    means = [(each / np.linalg.norm(each, axis=1, keepdims=True)).mean(axis=0) for each in (x, far)]
    assert clip_mmd(x, far, 0).value == pytest.approx(10 * np.square(means[0] - means[1]).sum(), rel=0.03)
    assert clip_mmd(x, y, 0).low < 0 < clip_mmd(x, far, 0).low
    assert clip_mmd(x, x[::-1], 0).value < 0
    for bad, why in ((x[:3], "at least 4"), (x[:, :2], "feature sets"), (0 * x, "zero")):
        with pytest.raises(ValueError, match=why):
            clip_mmd(bad, x, 0)
