"""Score cards as text for tables in a terminal and in `matrix.md`."""

from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import MeanScore, ScoreCard, SetScore


def score_text(metric: str, card: ScoreCard, *, interval: bool = True) -> str:
    """`21.40 [20.92, 21.87]`; `not computed` and the like where there is no number, `-` where none was asked for."""
    if metric in card.images:
        score = card.images[metric]
        return _mean_text(metric, score if interval else score.model_copy(update={"low": None, "high": None}))
    if metric in card.sets:
        return _set_text(metric, card.sets[metric])
    return "-"


def metrics_of(cards: list[ScoreCard]) -> list[str]:
    """Names of the metrics to show, in table order: the paper's that `cards` have, and the others with a number."""
    named = {metric for card in cards for metric in (*card.images, *card.sets)}
    known = {metric for card in cards for metric, score in card.images.items() if score.mean is not None}
    known |= {metric for card in cards for metric, score in card.sets.items() if score.value is not None}
    return [name for name, facts in METRICS.items() if name in (named if facts.headline else known)]


def _mean_text(metric: str, score: MeanScore) -> str:
    if score.mean is None:
        return f"none: {score.reason}"
    if METRICS[metric].capped_if_identical and score.identical == score.n:
        return "all identical"
    digits = METRICS[metric].digits
    text = f"{score.mean:.{digits}f}"
    if score.low is not None and score.high is not None:
        text += f" [{score.low:.{digits}f}, {score.high:.{digits}f}]"
    return f"{text} ({score.identical} identical)" if METRICS[metric].capped_if_identical and score.identical else text


def _set_text(metric: str, score: SetScore) -> str:
    if score.value is None:
        return "not computed"
    digits = METRICS[metric].digits
    text = f"{score.value:.{digits}f}"
    if score.low is not None and score.high is not None:
        return f"{text} [{score.low:.{digits}f}, {score.high:.{digits}f}]"
    return f"{text} ± {score.spread:.{digits}f}" if score.spread is not None else text
