"""The analysis of a user study: means with intervals, Friedman, Wilcoxon with Holm's correction, agreement, power."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.files import atomic_path
from benchmark.results.statistics import holm
from reports.study.design import BEST, QUESTIONS, WORST

LEVEL = 0.05  # of tests
POWER = 0.8
WANTED = 0.5  # points of the scale, between two methods
EFFICIENCY = 3 / np.pi  # of Wilcoxon's test against the t-test for normal differences

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """A comparison of two methods over participants."""

    first: str
    second: str
    mean: float  # of first - second
    p: float  # Wilcoxon's signed-rank test, after Holm's correction
    effect: float  # matched-pairs rank-biserial correlation, -1 to 1
    needed: int  # participants for the wanted difference at 5 % and a power of 80 %


@dataclass(frozen=True)
class Analysis:
    """The results of one question."""

    question: str
    participants: int
    means: dict[str, tuple[float, float, float]]  # method -> mean of the participants' means, 95 % interval (t)
    friedman: tuple[float, float]  # chi square, p
    kendall: float  # W, the agreement of the participants' orders of the methods, 0 to 1
    alpha: float | None  # Krippendorff's alpha for ordinal ratings; None where no picture was rated twice
    differences: tuple[Difference, ...]
    retest: float | None  # mean absolute difference between an item and its repetition


def analyze(ratings: pd.DataFrame, question: str, wanted: float = WANTED) -> Analysis:
    """Analyze one question of de-blinded `ratings` (see `reports.study.answers.COLUMNS`).

    The unit of the tests is the participant: the mean of a participant's ratings of a method. Repeated items count for
    the retest only. `wanted` is the difference of means that `Difference.needed` is for. Raises AnibenchError for fewer
    than three participants.
    """
    from scipy import stats

    own = ratings[ratings["question"] == question]
    first = own[own["kind"] == "rating"]
    table = first.pivot_table(index="participant", columns="method", values="rating", aggfunc="mean").dropna()
    if len(table) < 3 or table.shape[1] < 2:
        raise AnibenchError(
            f"{len(table)} participants rated all {table.shape[1]} methods; tests need at least three participants and "
            "two methods"
        )
    values = table.to_numpy(np.float64)
    chi, p = _friedman(values)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    means = {
        str(name): (float(mean), float(mean - width), float(mean + width))
        for name, mean, width in zip(table.columns, values.mean(axis=0), half, strict=True)
    }
    return Analysis(
        question, len(values), means, (chi, p), chi / (len(values) * (values.shape[1] - 1)), _alpha(first),
        _differences(values, [str(name) for name in table.columns], wanted), _retest(own),
    )  # fmt: skip


def participants_needed(wanted: float, spread: float) -> int:
    """Participants for Wilcoxon's test to find a mean difference `wanted` above 0, at least three.

    `spread` is the standard deviation of the participants' differences; both are in points of the scale.
    """
    normal = NormalDist()
    t_test = ((normal.inv_cdf(1 - LEVEL / 2) + normal.inv_cdf(POWER)) * spread / wanted) ** 2
    return max(3, int(np.ceil(t_test / EFFICIENCY)))


def signed_rank_p(gap: Float) -> float:
    """p of Wilcoxon's signed-rank test of participants' differences; 1 where there is no difference at all."""
    from scipy import stats

    return float(stats.wilcoxon(gap, zero_method="zsplit").pvalue) if np.any(gap) else 1.0


def draw_distributions(ratings: pd.DataFrame, path: Path) -> None:
    """Draw Fig. 10 of the paper: for each question and method the means of the participants, each a dot."""
    from matplotlib.figure import Figure

    methods = sorted(ratings["method"].unique())
    figure = Figure(figsize=(4.2 * len(QUESTIONS), 0.6 * len(methods) + 1.4), layout="constrained")
    for axes, question in zip(figure.subplots(1, len(QUESTIONS), sharey=True), QUESTIONS, strict=True):
        own = ratings[(ratings["question"] == question) & (ratings["kind"] == "rating")]
        for place, method in enumerate(methods):
            points = own[own["method"] == method].groupby("participant")["rating"].mean().to_numpy()
            shift = np.linspace(-0.25, 0.25, len(points)) if len(points) > 1 else np.zeros(len(points))
            axes.plot(points, place + shift, "o", markersize=4, alpha=0.6, color="tab:blue")
            axes.plot([points.mean()], [place], "|", markersize=22, markeredgewidth=2, color="black")
        axes.set_xlim(WORST - 0.2, BEST + 0.2)
        axes.set_title(question)
        axes.set_xlabel("mean rating of a participant")
    figure.axes[0].set_yticks(range(len(methods)), methods)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def _friedman(values: Float) -> tuple[float, float]:
    """Chi square and p of Friedman's test over participants x methods, with ties; (0, 1) where all are tied."""
    from scipy import stats

    ranks = stats.rankdata(values, axis=1)
    people, methods = values.shape
    spread = np.square(ranks - (methods + 1) / 2).sum()
    if spread == 0:
        return 0.0, 1.0
    between = np.square(ranks.mean(axis=0) - (methods + 1) / 2).sum() * people
    chi = float(people * (methods - 1) * between / spread)
    return chi, float(stats.chi2.sf(chi, methods - 1))


def _differences(values: Float, names: Sequence[str], wanted: float) -> tuple[Difference, ...]:
    pairs = list(combinations(range(len(names)), 2))
    gaps = [values[:, a] - values[:, b] for a, b in pairs]
    adjusted = holm([signed_rank_p(gap) for gap in gaps])
    return tuple(
        Difference(
            names[a], names[b], float(gap.mean()), p, _rank_biserial(gap),
            participants_needed(wanted, float(gap.std(ddof=1))),
        )
        for (a, b), gap, p in zip(pairs, gaps, adjusted, strict=True)
    )  # fmt: skip


def _rank_biserial(gap: Float) -> float:
    """(W+ - W-) / (W+ + W-) of the signed ranks without zeros; 0 where there is no difference."""
    from scipy import stats

    gap = gap[gap != 0]
    ranks = stats.rankdata(np.abs(gap))
    return float((ranks * np.sign(gap)).sum() / ranks.sum()) if gap.size else 0.0


def _alpha(ratings: pd.DataFrame) -> float | None:
    """Krippendorff's alpha, ordinal, over the painted pictures that several participants rated."""
    try:
        import krippendorff
    except ImportError:
        raise AbsentError("the agreement needs the package krippendorff; run: pip install krippendorff") from None
    table = ratings.pivot_table(index="participant", columns=["method", "pair"], values="rating")
    shared = table.loc[:, table.count() > 1].to_numpy(np.float64)
    different = len(np.unique(shared[~np.isnan(shared)]))
    if different < 2:
        return 1.0 if different else None
    alpha: Any = krippendorff.alpha(reliability_data=shared, level_of_measurement="ordinal")
    return float(alpha)


def _retest(ratings: pd.DataFrame) -> float | None:
    """Mean absolute difference between the two ratings of a repeated item; None without one."""
    table = ratings.pivot_table(index=["participant", "method", "pair"], columns="kind", values="rating")
    if "repeat" not in table:
        return None
    return float((table["rating"] - table["repeat"]).abs().mean())
