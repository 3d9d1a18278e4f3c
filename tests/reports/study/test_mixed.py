"""The mixed model against restricted maximum likelihood written out, and on simulated participants."""

import sys

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import optimize
from studies import TRUE, expected_rating, simulated

from benchmark.core.errors import AbsentError
from reports.study.mixed import MixedModel, fit_mixed_model

pytest.importorskip("statsmodels")

Float = NDArray[np.float64]


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return simulated(seed=2, participants=12, pairs=12)


@pytest.fixture(scope="module")
def model(ratings: pd.DataFrame) -> MixedModel:
    return fit_mixed_model(ratings, "consistency")


def written_out(ratings: pd.DataFrame) -> tuple[Float, Float, Float]:
    """Means of the methods, their covariance and the variances that maximise the restricted likelihood."""
    own = ratings[(ratings["question"] == "consistency") & (ratings["kind"] == "rating")]
    who, what, which = (own[name].astype("category").cat.codes.to_numpy() for name in ("participant", "pair", "method"))
    y, x = own["rating"].to_numpy(float), np.eye(which.max() + 1)[which]
    same = [a[:, None] == a for a in (who, what, which)]
    kinds = [same[0], same[1], same[0] & same[2], same[1] & same[2], np.eye(len(y), dtype=bool)]

    def solve(variances: Float) -> tuple[float, Float, Float]:
        inverse = np.linalg.inv(sum(each * kind for each, kind in zip(variances, kinds, strict=True)))
        covariance = np.linalg.inv(x.T @ inverse @ x)
        means = covariance @ x.T @ inverse @ y
        rest = y - x @ means
        determinants = -np.linalg.slogdet(inverse)[1] - np.linalg.slogdet(covariance)[1]
        return float(determinants + rest @ inverse @ rest), means, covariance

    found = optimize.minimize(lambda v: solve(v)[0], [0.1, 0.1, 0.1, 0.1, 0.5], bounds=[(0, 9)] * 4 + [(0.01, 9)])
    return (*solve(found.x)[1:], found.x)


def test_the_model_agrees_with_the_restricted_likelihood_written_out(ratings: pd.DataFrame, model: MixedModel) -> None:
    means, covariance, variances = written_out(ratings)
    assert list(model.deviations.values()) == pytest.approx(np.sqrt(variances), abs=0.02)
    names = sorted(TRUE)
    for each in model.effects:
        weights = np.eye(3)[names.index(each.first)] - np.eye(3)[names.index(each.second)]
        value, error = weights @ means, np.sqrt(weights @ covariance @ weights)
        assert each.difference == pytest.approx((value, value - 1.96 * error, value + 1.96 * error), abs=0.01)


def test_known_differences_lie_in_most_intervals_and_none_is_found_where_there_is_none() -> None:
    inside, found = [], []
    for seed in range(8):
        for each in fit_mixed_model(simulated(12, seed, pairs=12), "consistency").effects:
            _, low, high = each.difference
            inside.append(low < expected_rating(TRUE[each.first]) - expected_rating(TRUE[each.second]) < high)
            found.append(each.p < 0.05)
    same = fit_mixed_model(simulated(12, 1, dict.fromkeys("abc", 3.0), pairs=12), "consistency")
    assert np.mean(inside) > 0.8
    assert np.mean(found) > 0.8
    assert all(each.p > 0.05 for each in same.effects)


def test_without_its_package_the_error_says_what_to_install(
    ratings: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.regression.mixed_linear_model", None)
    with pytest.raises(AbsentError, match="pip install statsmodels"):
        fit_mixed_model(ratings, "consistency")
