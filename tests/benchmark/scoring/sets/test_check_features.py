"""Feature sets that a metric per set cannot compare are refused."""

import numpy as np
import pytest

from benchmark.scoring.sets.check_features import check_features

GOOD = np.zeros((2, 3))


def test_two_pictures_on_each_side_are_enough() -> None:
    check_features(GOOD, np.zeros((5, 3)))


@pytest.mark.parametrize(
    "bad", [np.zeros((1, 3)), np.zeros((2, 4)), np.zeros(3), np.zeros((2, 3, 1))], ids=["one", "wide", "flat", "deep"]
)
def test_other_shapes_are_refused_on_either_side(bad: np.ndarray) -> None:
    for pair in ((GOOD, bad), (bad, GOOD)):
        with pytest.raises(ValueError, match="n >= 2"):
            check_features(*pair)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(value: float) -> None:
    bad = GOOD.copy()
    bad[1, 2] = value
    for pair in ((GOOD, bad), (bad, GOOD)):
        with pytest.raises(ValueError, match="not finite"):
            check_features(*pair)
