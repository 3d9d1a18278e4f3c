"""The check of the two feature sets that a metric per set compares."""

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float64]  # (n, d), one row per picture


def check_features(features: Features, others: Features) -> None:
    """Raise ValueError unless both are (n >= 2, d) with one d, and finite."""
    for each in (features, others):
        if each.ndim != 2 or len(each) < 2 or each.shape[1] != features.shape[1]:
            raise ValueError(f"feature sets must be (n >= 2, d) with one d, not {features.shape} and {others.shape}")
        if not np.isfinite(each).all():
            raise ValueError("a feature is not finite")
