"""Scores as cells of tables, in a terminal, in `matrix.md` and in reports."""

from dataclasses import dataclass

from benchmark.core.markup import DASH, MINUS
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import MeanScore, ScoreCard, SetScore

ARROW = {"higher": "↑", "lower": "↓"}
Value = float | int | str | None  # of a cell, for sorting; None for none


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, a text beside it such as an interval, its value for sorting, and footnote marks."""

    text: str
    aside: str = ""  # in smaller letters after the text
    value: Value = None
    marks: tuple[str, ...] = ()  # superscripts
    strong: bool = False

    def __str__(self) -> str:
        """The text, the text beside it and the marks on one line."""
        return " ".join(filter(None, (self.text, self.aside, ",".join(self.marks))))


def metrics_of(cards: list[ScoreCard]) -> list[str]:
    """Names of the metrics to show, in table order: the paper's that `cards` have, and the others with a number."""
    named = {metric for card in cards for metric in (*card.images, *card.sets)}
    known = {metric for card in cards for metric, score in card.images.items() if score.mean is not None}
    known |= {metric for card in cards for metric, score in card.sets.items() if score.value is not None}
    return [name for name, facts in METRICS.items() if name in (named if facts.headline else known)]


def score_cell(metric: str, card: ScoreCard, marks: tuple[str, ...] = ()) -> Cell:
    """One score of a card: `not computed` and the like where there is no number, a dash where none was asked for."""
    if metric in card.images:
        return mean_cell(metric, card.images[metric], marks)
    if metric in card.sets:
        return _set_cell(metric, card.sets[metric], marks)
    return Cell(DASH)


def mean_cell(metric: str, score: MeanScore, marks: tuple[str, ...] = ()) -> Cell:
    """A mean over pictures, with the count of pictures equal to their targets where these have the metric's cap."""
    if score.mean is None:
        return Cell(f"none: {score.reason}")
    capped = METRICS[metric].capped_if_identical
    if capped and score.identical == score.n:
        return Cell("all identical", value=score.mean, marks=marks)
    partly = f" ({score.identical:,} of {score.n:,} identical)" if capped and score.identical else ""
    aside = (interval(metric, score.low, score.high) + partly).strip()
    return Cell(number(metric, score.mean), aside, score.mean, marks)


def title(metric: str) -> str:
    """The column title of a metric, with an arrow for the better direction."""
    return f"{METRICS[metric].title} {ARROW[METRICS[metric].better]}"


def number(metric: str, value: float, *, sign: bool = False) -> str:
    """A score with the metric's number of digits and a typographic minus."""
    return f"{value:{'+' if sign else ''}.{METRICS[metric].digits}f}".replace("-", MINUS)


def interval(metric: str, low: float | None, high: float | None) -> str:
    """`[low, high]`, or an empty string if there is no interval."""
    return "" if low is None or high is None else f"[{number(metric, low)}, {number(metric, high)}]"


def _set_cell(metric: str, score: SetScore, marks: tuple[str, ...]) -> Cell:
    if score.value is None:
        return Cell("not computed")
    aside = interval(metric, score.low, score.high)
    if score.spread is not None:
        aside = f"± {number(metric, score.spread)}{' ' if aside else ''}{aside}"
    return Cell(number(metric, score.value), aside, score.value, marks)
