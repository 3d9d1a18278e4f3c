"""The section Summary: the best method by each of the paper's metrics, with tests against floors and the claim."""

from collections.abc import Mapping, Sequence

from benchmark.core.markup import DASH
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, number, score_cell, title
from reports.content.compare import Verdicts, beats, equal_targets, is_perfect, is_trivial
from reports.content.tables import headline_metrics, row_name
from reports.document import Row, Table, Text
from reports.read.claims import IMAGES_SEEN, claimed, comparable
from reports.read.collect import EvalRun, Group

HEADER = (
    "protocol",
    "metric",
    "best method",
    "better than the others",
    "better than the best floor",
    "score",
    "paper's claim",
)
NOT_COMPARABLE: Text = (
    "No score is comparable with the paper's claim: the data, the number of pictures or the training differ."
)


def summary_table(groups: Sequence[Group], verdicts: Mapping[str, Verdicts]) -> Table:
    """One row per protocol and metric of the paper."""
    several = len({group.card.data.fingerprint for group in groups}) > 1
    rows = []
    for group in groups:
        where = group.card.protocol_label + (f" on {group.card.data.name}" if several else "")
        for metric in headline_metrics(group):
            if METRICS[metric].headline:
                rows.append(Row((Cell(where), Cell(title(metric)), *_answer(group, metric, verdicts[group.name]))))
    alone = not any(comparable(run.card, run.config) for group in groups for run in group.runs)
    notes = (NOT_COMPARABLE, *_trained_on(groups)) if alone else ()
    return Table(HEADER, tuple(rows), words=5, notes=notes)


def _trained_on(groups: Sequence[Group]) -> tuple[Text, ...]:
    """The fewest and the most training images of the methods, beside the paper's number; nothing if none is known."""
    cards = [run.card for group in groups for run in group.runs]
    seen = sorted({card.training.images_seen for card in cards if card.training is not None})
    if not seen:
        return ()
    span = f"{seen[0]:,}" if len(seen) == 1 else f"{seen[0]:,} to {seen[-1]:,}"
    return (f"The trained methods saw {span} images in training. The paper's model saw {IMAGES_SEEN:,}.",)


def _answer(group: Group, metric: str, verdicts: Verdicts) -> tuple[Cell, ...]:
    """The best method, whether it is better than other methods and the best floor, its score and the claim."""
    methods, floors = (_ranked(group, metric, floors=which) for which in (False, True))
    floor = f"{floors[0][0]} {number(metric, floors[0][1])}" if floors else ""
    against = "no floor was scored" if not any(run.card.kind == "floor" for run in group.runs) else ""
    if not methods:
        asked = any(run.card.kind != "floor" for run in group.runs)
        return Cell(DASH), Cell(""), Cell(floor), Cell("not computed" if asked else DASH), Cell("")
    name, _, run = methods[0]
    claim = claimed(run.card)
    value = claim.scores.get(metric) if claim else None
    return (
        Cell(row_name(name, run) + _copied(run)),
        Cell(_ahead(name, [other for other, *_ in methods[1:]], metric, verdicts)),
        Cell(f"{_ahead_of_floor(name, floors[0][0], metric, verdicts)}: {floor}" if floor else against),
        score_cell(metric, run.card),
        Cell(DASH if value is None else number(metric, value), value=value),
    )


def _ranked(group: Group, metric: str, *, floors: bool) -> list[tuple[str, float, EvalRun]]:
    """Methods or floors with a finite number, best first, without those whose outputs are the targets."""
    found = [
        (name, value, run)
        for name, run in zip(group.names, group.runs, strict=True)
        if (run.card.kind == "floor") == floors
        and (value := run.value(metric)) is not None
        and not (is_perfect(run) or is_trivial(run, metric))
    ]
    return sorted(found, key=lambda each: each[1], reverse=METRICS[metric].better == "higher")


def _copied(run: EvalRun) -> str:
    """The number of pictures that equal their targets, as text; empty for none."""
    equal = int(equal_targets(run).sum())
    return f" ({equal:,} of {len(run.scores):,} pictures equal their targets)" if equal else ""


def _ahead_of_floor(name: str, floor: str, metric: str, verdicts: Verdicts) -> str:
    """Whether a paired test shows the method to be better than the floor: "yes", "no" or "not tested"."""
    if verdicts.no_better.get((name, metric)):
        return "no"
    return "yes" if beats(name, floor, metric, verdicts.tests.get(metric, ())) else "not tested"


def _ahead(name: str, others: Sequence[str], metric: str, verdicts: Verdicts) -> str:
    """Whether the paired test distinguishes the best method from all others, by its letters."""
    if not others:
        return "the only one"
    letters = verdicts.letters.get(metric, {})
    if name not in letters:
        return "not tested"
    even = [other for other in others if set(letters.get(other, "")) & set(letters[name])]
    return f"no: {', '.join(even)}" if even else "yes"
