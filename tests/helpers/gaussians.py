"""Normal features, for tests of distances between sets."""

import numpy as np
from numpy.typing import NDArray


def shifted(n: int, seed: int, shift: float = 0.0, d: int = 6) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(shift, 1.0, (n, d))
