"""A linear mixed model of the ratings, by restricted maximum likelihood (Bates et al., DOI 10.18637/jss.v067.i01).

Fixed effects: the methods. Random intercepts: the participant, the drawing, the participant with the method, and the
drawing with the method. The intervals of the differences between methods thus cover the choice of participants and
drawings.
"""

import warnings
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.results.statistics import holm

RANDOM = {
    "participant": "0 + C(participant)",
    "drawing": "0 + C(pair)",
    "participant and method": "0 + C(participant):C(method)",
    "drawing and method": "0 + C(pair):C(method)",
}  # name of a random intercept -> its formula


@dataclass(frozen=True)
class Effect:
    """The difference of two methods by the model."""

    first: str
    second: str
    difference: tuple[float, float, float]  # first - second, and its 95 % interval (Wald)
    p: float  # Wald's test, after Holm's correction


@dataclass(frozen=True)
class MixedModel:
    """The fitted model of one question."""

    effects: tuple[Effect, ...]
    deviations: dict[str, float]  # random intercept, or "residual" -> standard deviation, in points of the scale


def fit_mixed_model(ratings: pd.DataFrame, question: str) -> MixedModel:
    """Fit the model to the first ratings of `question`.

    Raises AbsentError without the package statsmodels, and AnibenchError where the model cannot be fitted.
    """
    from scipy import stats

    try:
        from statsmodels.regression.mixed_linear_model import MixedLM
    except ImportError:
        raise AbsentError("the mixed model needs the package statsmodels; run: pip install statsmodels") from None
    own = ratings[(ratings["question"] == question) & (ratings["kind"] == "rating")].assign(all=1)
    model = MixedLM.from_formula("rating ~ 0 + C(method)", own, groups="all", vc_formula=RANDOM, re_formula="0")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a variance of zero, which is a result
            fit = model.fit(reml=True, method="powell")  # the others stop before the optimum where a variance is zero
    except (np.linalg.LinAlgError, ValueError) as error:
        raise AnibenchError(f"the mixed model of {question} cannot be fitted: {error}; leave out --mixed") from error
    if not fit.converged:
        raise AnibenchError(f"the mixed model of {question} did not converge; leave out --mixed")
    names = sorted(own["method"].unique())
    means, covariance = np.asarray(fit.fe_params), np.asarray(fit.cov_params())[: len(names), : len(names)]
    pairs = list(combinations(range(len(names)), 2))
    gaps = [(float(means[a] - means[b]), _error(covariance, a, b)) for a, b in pairs]
    adjusted, quantile = (
        holm([2 * float(stats.norm.sf(abs(gap) / error)) for gap, error in gaps]),
        stats.norm.ppf(0.975),
    )
    effects = tuple(
        Effect(names[a], names[b], (gap, gap - quantile * error, gap + quantile * error), p)
        for (a, b), (gap, error), p in zip(pairs, gaps, adjusted, strict=True)
    )
    variances = dict(zip(model.exog_vc.names, fit.vcomp, strict=True)) | {"residual": fit.scale}
    return MixedModel(effects, {name: float(np.sqrt(variances[name])) for name in (*RANDOM, "residual")})


def _error(covariance: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", a: int, b: int) -> float:
    return float(np.sqrt(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b]))
