"""The layouts of the paper's Tables 1 and 2: our numbers, the claimed ones, and the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

from benchmark.core.markup import DASH, MINUS
from benchmark.data.dataset import PAPER_TEST
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, number, title
from benchmark.results.scorecard import ScoreCard
from reports.content.compare import Verdicts
from reports.content.tables import emphasis, images_seen, mark_notes, row_name, score_cells, seed_notes
from reports.document import Row, Table
from reports.read.claims import ABLATIONS, CLAIMS, Claim, ablation, claimed
from reports.read.collect import KIND_ORDER, EvalRun, Group

CLAIMED = "† Claimed by the AnimeDiffusion paper; not measured here."


@dataclass(frozen=True)
class PaperProtocols:
    """The paper's protocols on one dataset: self-reference for metrics per picture, random reference for FID."""

    groups: tuple[Group, ...]  # self-reference, random reference, or one of them

    @property
    def card(self) -> ScoreCard:
        """Any card; all have the same data."""
        return self.groups[0].card

    @property
    def title(self) -> str:
        """The names of the protocols."""
        return " and ".join(group.card.protocol_label for group in self.groups)


@dataclass(frozen=True)
class MethodRow:
    """The evaluations of one method under the paper's protocols."""

    name: str
    runs: Mapping[str, tuple[Group, EvalRun]]  # metric -> the evaluation that measured it

    @property
    def run(self) -> EvalRun:
        """Any of its evaluations; all have the same method."""
        return next(iter(self.runs.values()))[1]


def paper_metrics() -> list[str]:
    """The metrics of the paper's Table 1, in the order of tables."""
    return [name for name in METRICS if any(name in claim.scores for claim in CLAIMS)]


def paper_protocols(groups: Sequence[Group]) -> list[PaperProtocols]:
    """The paper's protocols on each dataset, for each pair of versions. A table has one dataset and one pair."""
    found = []
    for fingerprint in dict.fromkeys(group.card.data.fingerprint for group in groups):
        here = [g for g in groups if g.card.data.fingerprint == fingerprint and set(paper_metrics()) & _metrics(g)]
        as_built = [g for g in here if g.protocol.lines == "as-built"]
        plain = [g for g in as_built if g.protocol.reference == "self" and not g.protocol.warp]
        chance = [g for g in as_built if g.protocol.reference == "random"]
        if plain and chance:
            found += [PaperProtocols(pair) for pair in product(plain, chance)]
        else:
            found += [PaperProtocols((group,)) for group in (*plain, *chance)]
    return found


def table_one(protocols: PaperProtocols, verdicts: Mapping[str, Verdicts]) -> Table:
    """Table 1: each method's PSNR, MS-SSIM and FID, and their differences from the claimed numbers."""
    methods = _method_rows(protocols)
    metrics = [metric for metric in paper_metrics() if any(metric in method.runs for method in methods)]
    differing = [metric for metric in metrics if any(_difference(method, metric) is not None for method in methods)]
    rows = [
        Row((Cell(row_name(m.name, m.run)), *_cells(m, metrics, differing, verdicts)), emphasis(m.run)) for m in methods
    ]
    claims = [
        Row((Cell(f"{claim.name}, claimed"), *_claim_cells(claim, metrics, differing)), "claim") for claim in CLAIMS
    ]
    columns = [(title(m), f"{MINUS} claimed") if m in differing else (title(m),) for m in metrics]
    header = ("method", *chain.from_iterable(columns))
    shown = [run for method in methods for _, run in method.runs.values()]
    claim_note = CLAIMED + f" N = {PAPER_TEST}, against {protocols.card.n:,} here."
    notes = (claim_note, *seed_notes(shown), *mark_notes(rows))
    return Table(header, (*rows, *claims), f"Table 1 of the paper: {protocols.title}", notes=notes)


def table_two(protocols: PaperProtocols, verdicts: Mapping[str, Verdicts]) -> Table | None:
    """Table 2: AnimeDiffusion's ablations, with our runs below each claim. None if there is no such run."""
    methods = [each for each in _method_rows(protocols) if ablation(each.run.card, each.run.config) is not None]
    if not methods:
        return None
    metrics = [metric for metric in paper_metrics() if any(metric in method.runs for method in methods)]
    found = {method.name: ablation(method.run.card, method.run.config) or ("", "") for method in methods}
    rows = []
    for claim in (*ABLATIONS, None):
        if claim is not None:
            rows.append(
                Row((Cell(f"{claim.name}, claimed"), Cell(""), *_claim_cells(claim, metrics, ()), Cell("")), "claim")
            )
        for method in methods:
            row, variant = found[method.name]
            if row == (claim.name if claim else ""):
                cells = _cells(method, metrics, (), verdicts)
                rows.append(Row((Cell(variant), Cell(method.name), *cells, images_seen(method.run.card))))
    header = ("variant", "run", *map(title, metrics), "images seen")
    note = CLAIMED + " The variant is read from the configuration in the checkpoint."
    notes = (note, *seed_notes([method.run for method in methods]), *mark_notes(rows))
    return Table(header, tuple(rows), "Table 2 of the paper: AnimeDiffusion's ablations", 2, notes)


def _method_rows(protocols: PaperProtocols) -> list[MethodRow]:
    """The rows, each of one name and one checkpoint: a training that was repeated under its name has two."""
    named = [
        (name, run.card.checkpoint)
        for group in protocols.groups
        for name, run in zip(group.names, group.runs, strict=True)
    ]
    found = []
    for name, checkpoint in dict.fromkeys(named):
        runs: dict[str, tuple[Group, EvalRun]] = {
            metric: (group, run)
            for metric in paper_metrics()
            for group in protocols.groups
            for row, run in zip(group.names, group.runs, strict=True)
            if (row, run.card.checkpoint) == (name, checkpoint)
            and metric in group.protocol.metrics
            and metric in (*run.card.images, *run.card.sets)
        }
        if runs:
            found.append(MethodRow(name, runs))
    order = [claim.method for claim in CLAIMS]

    def place(method: MethodRow) -> tuple[int, int]:
        """Methods in the paper's order, then other methods, then floors."""
        card = method.run.card
        return KIND_ORDER[card.kind], order.index(card.method) if card.method in order else len(order)

    return sorted(found, key=place)


def _metrics(group: Group) -> set[str]:
    return {metric for run in group.runs for metric in (*run.card.images, *run.card.sets)}


def _cells(
    method: MethodRow, metrics: Sequence[str], differing: Sequence[str], verdicts: Mapping[str, Verdicts]
) -> list[Cell]:
    cells = []
    for metric in metrics:
        if metric in method.runs:
            group, run = method.runs[metric]
            cells += score_cells(method.name, run, [metric], verdicts[group.name])
        else:
            cells.append(Cell(DASH))
        if metric in differing:
            value = _difference(method, metric)
            cells.append(Cell("") if value is None else Cell(number(metric, value, sign=True), value=value))
    return cells


def _claim_cells(claim: Claim, metrics: Sequence[str], differing: Sequence[str]) -> list[Cell]:
    cells = []
    for metric in metrics:
        cells.append(Cell(number(metric, claim.scores[metric]), value=claim.scores[metric]))
        cells += [Cell("")] if metric in differing else []
    return cells


def _difference(method: MethodRow, metric: str) -> float | None:
    """A score minus the one claimed for its method."""
    claim = claimed(method.run.card)
    if claim is None or metric not in method.runs:
        return None
    value = method.runs[metric][1].value(metric)
    return None if value is None else value - claim.scores[metric]
