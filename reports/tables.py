"""The tables of a report as plain text cells, for markdown and the terminal alike."""

from dataclasses import dataclass

from benchmark.progress import format_seconds
from benchmark.score_table import DIGITS, TITLES, metrics_of, score_text
from benchmark.scorecard import ScoreCard
from reports.claims import CLAIMS, TEST, comparable
from reports.collect import EvalRun, Group, OtherRun


@dataclass(frozen=True)
class Table:
    """A header and its rows; `emphasis` says per row how it is set off: "", "floor" or "claim"."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    emphasis: tuple[str, ...]


def score_table(group: Group) -> Table:
    """One row per evaluation, then the paper's claims for the metrics at hand, marked as such."""
    metrics = metrics_of([run.card for run in group.runs])
    header = ("method", *(TITLES[m] for m in metrics), "N", "equal to target", "images seen", "s / image",
              "peak memory", "parameters", "device", "comparable with the paper")  # fmt: skip
    ours = [_row(run, metrics) for run in group.runs]
    paper = [
        (f"{claim.name}, claimed", *(f"{claim.scores[m]:.{DIGITS[m]}f}" for m in metrics), str(TEST))
        for claim in CLAIMS
        if set(metrics) <= set(claim.scores)
    ]
    padded = [(*row, *("" for _ in header[len(row) :])) for row in paper]
    kinds = ["floor" if run.card.kind == "floor" else "" for run in group.runs]
    return Table(header, (*ours, *padded), (*kinds, *("claim" for _ in paper)))


def training_table(trainings: list[OtherRun]) -> Table:
    """One row per training run."""
    header = ("run", "status", "dataset", "time", "device", "started")
    rows = tuple(
        (
            run.record.name,
            run.record.status,
            run.record.inputs.get("dataset", "")[:12],
            format_seconds(run.record.seconds),
            run.record.device,
            run.record.started,
        )
        for run in trainings
    )
    return Table(header, rows, ("",) * len(rows))


def _row(run: EvalRun, metrics: list[str]) -> tuple[str, ...]:
    card = run.card
    suffix = {"method": "", "floor": " (floor)", "outside": " (made elsewhere)"}[card.kind]
    identical = max((score.identical for score in card.images.values()), default=int(run.scores["identical"].sum()))
    verdict = "" if card.kind == "floor" else ("as far as known" if comparable(card, run.config) else "no")
    return (
        card.label + suffix,
        *(score_text(metric, card) for metric in metrics),
        str(card.n),
        str(identical),
        _images_seen(card),
        *_cost(card),
        verdict,
    )


def _images_seen(card: ScoreCard) -> str:
    if card.training is not None:
        return f"{card.training.images_seen:,}"
    return "none" if card.kind == "floor" else "not known"


def _cost(card: ScoreCard) -> tuple[str, str, str, str]:
    cost = card.cost
    if cost is None:
        return ("", "", "", "")
    return (
        f"{cost.seconds_per_image:.3g}" if cost.seconds_per_image is not None else "",
        f"{cost.peak_memory / 2**30:.2f} GiB" if cost.peak_memory is not None else "",
        f"{cost.parameters:,}" if cost.parameters else "",
        f"{cost.device}, batch {cost.batch}",
    )
