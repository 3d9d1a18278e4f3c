"""The analysis of pairwise choices: shares, signed-rank tests, and strengths by the model of Bradley and Terry (1952).

DOI of the model: 10.2307/2334029. The choices of a participant depend on each other. Intervals are therefore from the
sandwich estimate of the covariance with participants as clusters, and t quantiles.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.results.statistics import holm
from reports.study.analysis import signed_rank_p

Float = NDArray[np.float64]
Interval = tuple[float, float, float]  # value, and the ends of its 95 % interval


@dataclass(frozen=True)
class Contest:
    """Two methods that were shown side by side."""

    first: str
    second: str
    won: int  # choices of the first
    shown: int
    chance: Interval | None  # that the first is chosen, by the model
    p: float  # signed-rank test over the participants' shares, after Holm's correction


@dataclass(frozen=True)
class Choices:
    """The results of the pairwise choices."""

    participants: int
    choices: int
    first_place: float  # share of choices of picture 1; 0.5 without a bias of place
    strengths: dict[str, Interval] | None  # log odds against the mean method; None where they are infinite
    contests: tuple[Contest, ...]


def analyze_choices(ratings: pd.DataFrame) -> Choices | None:
    """Analyze the choices in de-blinded `ratings` (see `reports.study.answers.COLUMNS`); None without a choice.

    Strengths are None where some methods were never chosen over the others, directly or over third ones: their maximum
    likelihood is then at infinity. Raises AnibenchError for fewer than three participants.
    """
    own = ratings[ratings["kind"] == "choice"]
    if own.empty:
        return None
    participants = own["participant"].nunique()
    if participants < 3:
        raise AnibenchError(f"{participants} participants chose between methods; a test needs at least three")
    names = sorted({*own["method"], *own["rival"]})
    place = {name: number for number, name in enumerate(names)}
    games = own[["method", "rival"]].apply(lambda column: column.map(place)).to_numpy(np.int64)
    fit = _strengths(games, own["participant"].to_numpy(), len(names))
    pairs = [pair for pair in combinations(names, 2) if _shown(own, *pair).any()]
    adjusted = holm([signed_rank_p(_margins(own, *pair)) for pair in pairs])
    contests = tuple(
        Contest(
            a, b, int((own["method"] == a)[_shown(own, a, b)].sum()), int(_shown(own, a, b).sum()),
            fit and _chance(*fit, place[a], place[b]), p,
        )
        for (a, b), p in zip(pairs, adjusted, strict=True)
    )  # fmt: skip
    strengths = fit and {name: _interval(*fit, np.eye(len(names))[place[name]]) for name in names}
    return Choices(participants, len(own), float((own["rating"] == 1).mean()), strengths, contests)


def _shown(own: pd.DataFrame, a: str, b: str) -> "pd.Series[bool]":
    return ((own["method"] == a) & (own["rival"] == b)) | ((own["method"] == b) & (own["rival"] == a))


def _margins(own: pd.DataFrame, a: str, b: str) -> Float:
    """For each participant the share of choices of `a` less that of `b`."""
    shown = own[_shown(own, a, b)]
    shares = (shown["method"] == a).groupby(shown["participant"]).mean()
    return 2 * np.asarray(shares, np.float64) - 1


def _strengths(games: NDArray[np.int64], who: NDArray[Any], methods: int) -> tuple[Float, Float, float] | None:
    """Strengths of mean zero from games (winner, loser), their covariance, and the t quantile of 95 % intervals."""
    from scipy import stats
    from scipy.sparse.csgraph import connected_components

    try:
        import choix
    except ImportError:
        raise AbsentError("the analysis of choices needs the package choix; run: pip install choix") from None
    wins = np.zeros((methods, methods))
    np.add.at(wins, (games[:, 0], games[:, 1]), 1)
    if connected_components(wins, connection="strong")[0] > 1:
        return None
    fitted: Float = choix.ilsr_pairwise(methods, games.tolist(), alpha=0)
    strengths = fitted - fitted.mean()
    contrast = np.eye(methods)[games[:, 0]] - np.eye(methods)[games[:, 1]]
    missed = 1 / (1 + np.exp(contrast @ strengths))  # chance that the model gave to the other outcome
    inverse = np.linalg.pinv((contrast * (missed * (1 - missed))[:, None]).T @ contrast)  # of the information
    people = np.unique(who)
    scores = np.stack([(contrast * missed[:, None])[who == each].sum(axis=0) for each in people])
    covariance = inverse @ scores.T @ scores @ inverse * len(people) / (len(people) - 1)
    return strengths, covariance, float(stats.t.ppf(0.975, len(people) - 1))


def _interval(strengths: Float, covariance: Float, quantile: float, weights: Float) -> Interval:
    """The strengths summed by `weights`, with the interval."""
    value, half = float(weights @ strengths), quantile * float(np.sqrt(weights @ covariance @ weights))
    return value, value - half, value + half


def _chance(strengths: Float, covariance: Float, quantile: float, a: int, b: int) -> Interval:
    weights = np.eye(len(strengths))[a] - np.eye(len(strengths))[b]
    value, low, high = (1 / (1 + np.exp(-each)) for each in _interval(strengths, covariance, quantile, weights))
    return value, low, high
