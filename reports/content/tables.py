"""The tables of a report: scores, diagnostics, slices, cost and training. Wide tables are split."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from benchmark.core.markup import DASH
from benchmark.core.progress import format_seconds
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, mean_cell, metrics_of, number, score_cell, title
from benchmark.results.scorecard import MeanScore, ScoreCard
from reports.content.compare import Verdicts
from reports.document import Details, Emphasis, Row, Table, Text
from reports.read.claims import comparable
from reports.read.collect import EvalRun, Group, OtherRun
from reports.read.seeds import SeedRuns, seed_of

T = TypeVar("T")
WIDEST = 5  # metrics or slices in one table
NO_BETTER, BEATEN = "‡", "§"
SUFFIX = {"method": "", "floor": " (floor)", "external": " (external)"}


def headline_table(group: Group, verdicts: Verdicts) -> Table:
    """The first table of a group: headline metrics, images seen in training, comparability with the paper."""
    metrics = headline_metrics(group)
    rows = []
    for name, run in zip(group.names, group.runs, strict=True):
        seen, verdict = images_seen(run.card), "" if run.card.kind == "floor" else _comparable(run)
        scores = score_cells(name, run, metrics, verdicts)
        rows.append(Row((name_cell(name, run, verdicts), *scores, seen, Cell(verdict)), emphasis(run)))
    header = ("method", *map(title, metrics), "images seen", "comparable")
    return Table(header, tuple(rows), notes=(*seed_notes(group.runs), *mark_notes(rows)))


def seed_notes(runs: Iterable[EvalRun]) -> tuple[Text, ...]:
    """Notes on what the brackets of a table cover: with one seed, not the variance of training."""
    trained = [run for run in runs if seed_of(run) is not None]
    several = any(isinstance(run, SeedRuns) for run in trained)
    notes: list[Text] = []
    if several:
        notes.append(
            "Rows over several seeds are means over trainings; their brackets and tests cover pictures and seeds."
        )
    if any(not isinstance(run, SeedRuns) for run in trained):
        where = "Other trained methods have" if several else "Each trained method has"
        notes.append(f"{where} one seed: brackets and tests do not cover the variance of training.")
    return tuple(notes)


def single_seeds(group: Group) -> list[Details]:
    """The headline scores of each seed, collapsed; empty where no row is over several seeds."""
    metrics, several = headline_metrics(group), [run for run in group.runs if isinstance(run, SeedRuns)]
    rows = [
        Row((Cell(member.card.label), Cell(str(seed_of(member))), *(score_cell(m, member.card) for m in metrics)))
        for run in several
        for member in run.members
    ]
    table = Table(("run", "seed", *map(title, metrics)), tuple(rows), notes=("Brackets cover the pictures alone.",))
    return [Details("Single seeds", (table,))] if rows else []


def diagnostic_tables(group: Group, verdicts: Verdicts) -> list[Table]:
    """All other metrics that were computed, up to 5 in a table."""
    shown = headline_metrics(group)
    rest = [metric for metric in metrics_of([run.card for run in group.runs]) if metric not in shown]
    found = []
    for metrics in in_parts(rest):
        rows = tuple(
            Row((name_cell(name, run, verdicts), *score_cells(name, run, metrics, verdicts)), emphasis(run))
            for name, run in zip(group.names, group.runs, strict=True)
        )
        header = ("method", *map(title, metrics))
        every_row = (*rows, *_target_row(group, metrics))
        found.append(Table(header, every_row, "Metrics beside the paper's", notes=mark_notes(rows)))
    return found


def slice_tables(group: Group) -> list[Table]:
    """Tables of each metric by slice: rows are methods, columns are slices."""
    cards = [run.card for run in group.runs]
    named = dict.fromkeys(each for card in cards for each in card.slices)
    found = []
    for metric in METRICS:
        slices = [each for each in named if any(_slice(card, each, metric) for card in cards)]
        for part in in_parts(slices):
            counts = {each: max(s.n for card in cards if (s := _slice(card, each, metric))) for each in part}
            rows = []
            for name, run in zip(group.names, group.runs, strict=True):
                cells = [_slice_cell(run.card, each, metric) for each in part]
                rows.append(Row((Cell(row_name(name, run)), *cells), emphasis(run)))
            header = ("method", *(f"{each} (n = {counts[each]:,})" for each in part))
            found.append(Table(header, tuple(rows), f"{title(metric)} by slice"))
    return found


def cost_table(group: Group) -> Table:
    """Measured time and memory of painting, and the images and time of training."""
    timed = any(run.card.cost and run.card.cost.seconds_by_batch for run in group.runs)
    batches = ("batch 1, s", "best batch, s") if timed else ()
    header = ("method", "device", "s / image", *batches, "peak memory", "parameters", "images seen", "training time")
    rows = tuple(
        Row((Cell(row_name(name, run)), *_cost(run.card, timed)), emphasis(run))
        for name, run in zip(group.names, group.runs, strict=True)
    )
    kinds = sorted({run.card.cost.memory_kind for run in group.runs if run.card.cost and run.card.cost.memory_kind})
    memory = f" Peak memory is {' or '.join(kinds)}." if kinds else ""
    note = f"Seconds are the median over batches of the time per image, without disk access.{memory}"
    return Table(header, rows, "Cost", words=2, notes=(note,))


def training_table(trainings: Sequence[OtherRun]) -> Table:
    """One row per training run."""
    header = ("run", "status", "dataset", "device", "started", "time")
    rows = tuple(
        Row(
            (
                Cell(run.record.name),
                Cell(run.record.status),
                Cell(run.record.inputs.get("dataset", "")[:12]),
                Cell(run.record.device),
                Cell(run.record.started),
                Cell(format_seconds(run.record.seconds), value=run.record.seconds),
            )
        )
        for run in trainings
    )
    return Table(header, rows, words=5)


def headline_metrics(group: Group) -> list[str]:
    """Metrics of the first table: the paper's, and those with `first_table`."""
    present = metrics_of([run.card for run in group.runs])
    return [metric for metric in present if METRICS[metric].headline or METRICS[metric].first_table]


def score_cells(name: str, run: EvalRun, metrics: Iterable[str], verdicts: Verdicts) -> list[Cell]:
    """The scores of a row with their intervals, the letters of the paired test, and the mark for floors."""
    cells = []
    for metric in metrics:
        letters = verdicts.letters.get(metric, {}).get(name, "")
        marks = (*([letters] if letters else []), *([NO_BETTER] if (name, metric) in verdicts.no_better else []))
        cells.append(score_cell(metric, run.card, marks))
    return cells


def row_name(name: str, run: EvalRun) -> str:
    """The name of a row, with its kind, and whether it is unverified."""
    return name + SUFFIX[run.card.kind] + ("" if run.verified else " (unverified)")


def name_cell(name: str, run: EvalRun, verdicts: Verdicts) -> Cell:
    """The name of a row, with its kind and its mark."""
    return Cell(row_name(name, run), marks=(BEATEN,) if name in verdicts.dominated else ())


def emphasis(run: EvalRun) -> Emphasis:
    """The emphasis of the row of an evaluation."""
    return "floor" if run.card.kind == "floor" else ""


def images_seen(card: ScoreCard) -> Cell:
    """The number of pictures that training used, with repetitions."""
    if card.training is not None:
        return Cell(f"{card.training.images_seen:,}", value=card.training.images_seen)
    return Cell("none", value=0) if card.kind == "floor" else Cell("not known")


def mark_notes(rows: Iterable[Row]) -> tuple[Text, ...]:
    """The footnotes of the marks in `rows`."""
    marks = {mark for row in rows for cell in row.cells for mark in cell.marks}
    notes: list[Text] = []
    if any(mark.isalpha() for mark in marks):
        notes.append(
            "a, b, …: rows that share a letter do not differ significantly (paired test on the same pairs, Holm, 5 %)."
        )
    if NO_BETTER in marks:
        notes.append("‡ Not better than a floor, by the paired test, or by the number if there is no test.")
    if BEATEN in marks:
        notes.append("§ There is a floor that this method beats in no tested metric.")
    return tuple(notes)


def in_parts(names: Sequence[T], size: int = WIDEST) -> list[Sequence[T]]:
    """`names` in parts of at most `size`, the number of columns that fit on a page."""
    return [names[start : start + size] for start in range(0, len(names), size)]


def _comparable(run: EvalRun) -> str:
    return "as far as known" if comparable(run.card, run.config) else "no"


def _target_row(group: Group, metrics: Sequence[str]) -> list[Row]:
    """The row with the scores of the targets; empty if no metric has one."""
    known = {m: s.target for run in group.runs for m, s in run.card.images.items() if s.target is not None}
    scores = {metric: known.get(metric) for metric in metrics}
    if not any(value is not None for value in scores.values()):
        return []
    cells = (Cell(DASH) if value is None else Cell(number(m, value), value=value) for m, value in scores.items())
    return [Row((Cell("(targets)"), *cells), "floor")]


def _slice(card: ScoreCard, name: str, metric: str) -> MeanScore | None:
    return card.slices.get(name, {}).get(metric)


def _slice_cell(card: ScoreCard, name: str, metric: str) -> Cell:
    score = _slice(card, name, metric)
    return Cell(DASH) if score is None else mean_cell(metric, score)


def _cost(card: ScoreCard, timed: bool) -> tuple[Cell, ...]:
    taken = card.training.seconds if card.training else None
    training = Cell("") if taken is None else Cell(format_seconds(taken), value=taken)
    cost = card.cost
    if cost is None:
        return (*(Cell("") for _ in range(6 if timed else 4)), images_seen(card), training)
    seconds, memory, parameters = cost.seconds_per_image, cost.peak_memory, cost.parameters
    by_batch, best = cost.seconds_by_batch or {}, cost.best_batch
    return (
        Cell(f"{cost.device_name} ({cost.device})" if cost.device_name else cost.device),
        _seconds(seconds, f"batch {cost.batch}"),
        *((_seconds(by_batch.get(1)), _seconds(by_batch.get(best or 0), f"batch {best}")) if timed else ()),
        Cell("") if memory is None else Cell(f"{memory / 2**30:.2f} GiB", value=memory),
        Cell(f"{parameters:,}" if parameters else "none", value=parameters or 0),
        images_seen(card),
        training,
    )


def _seconds(seconds: float | None, aside: str = "") -> Cell:
    return Cell("") if seconds is None else Cell(f"{seconds:.3g}", aside, seconds)
