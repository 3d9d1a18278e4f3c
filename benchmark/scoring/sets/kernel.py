"""The unbiased squared MMD between two sets of features for any kernel, and its interval. In float64."""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from benchmark.results.metric import Estimate

Float64 = NDArray[np.float64]

SUBSETS = 100
SUBSET = 1000  # largest number of pictures in a subset; Binkowski et al.


def kernel_distance(
    x: Float64, y: Float64, kernel: Callable[[Float64, Float64], Float64], seed: int, level: float
) -> Estimate:
    """The mean unbiased squared MMD of x (n, d) and y (m, d) over seeded subsets, with its interval at `level`.

    100 subsets are drawn without replacement. Each has half the size of the smaller set, at most 1,000 pictures. The
    mean can be negative. The interval is normal. Its standard error is that of the delete-d jackknife (Shao and Wu
    1989): the standard deviation over subsets of b of n pictures, times sqrt(b / (n - b)). Raises ValueError for fewer
    than 4 pictures.
    """
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
    """Unbiased squared MMD from three kernel matrices (m, m). No picture is compared with itself."""
    m = len(xx)
    within = (xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(within - 2 * xy.mean())
