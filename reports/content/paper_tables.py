"""The layouts of the paper's Tables 1 and 2: our numbers beside the claimed ones, and by how much they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

from benchmark.results.scorecard import ScoreCard
from reports.content.compare import Verdicts
from reports.content.tables import SUFFIX, emphasis, images_seen, mark_notes, number, score_cells, title
from reports.document import Cell, Row, Table
from reports.markup import DASH, MINUS
from reports.read.claims import ABLATIONS, CLAIMS, TEST, Claim, ablation, claimed
from reports.read.collect import EvalRun, Group

COLUMNS = ("psnr", "ms-ssim", "fid")  # the paper's, in its order
CLAIMED = "† What the AnimeDiffusion paper claims; not measured here."


@dataclass(frozen=True)
class Place:
    """One dataset and the protocols of the paper on it: where PSNR and MS-SSIM come from, and FID."""

    groups: tuple[Group, ...]  # self-reference, random reference, or one of them

    @property
    def card(self) -> ScoreCard:
        """Any card, for the data they share."""
        return self.groups[0].card

    @property
    def words(self) -> str:
        """The protocols, as a caption names them."""
        return " and ".join(group.card.protocol_label for group in self.groups)


@dataclass(frozen=True)
class Entry:
    """One method in all protocols of a place."""

    name: str
    runs: Mapping[str, tuple[Group, EvalRun]]  # metric -> where it was measured

    @property
    def run(self) -> EvalRun:
        """Any of its evaluations, for what they share."""
        return next(iter(self.runs.values()))[1]


def places(groups: Sequence[Group]) -> list[Place]:
    """Every dataset with its pairs of protocol versions: numbers of two versions or datasets never share a table."""
    found = []
    for fingerprint in dict.fromkeys(group.card.data.fingerprint for group in groups):
        here = [g for g in groups if g.card.data.fingerprint == fingerprint and set(COLUMNS) & _metrics(g)]
        as_built = [g for g in here if g.protocol.lines == "as-built"]
        plain = [g for g in as_built if g.protocol.reference == "self" and not g.protocol.warp]
        chance = [g for g in as_built if g.protocol.reference == "random"]
        if plain and chance:
            found += [Place(pair) for pair in product(plain, chance)]
        else:
            found += [Place((group,)) for group in (*plain, *chance)]
    return found


def table_one(place: Place, verdicts: Mapping[str, Verdicts]) -> Table:
    """Table 1: each method's PSNR, MS-SSIM and FID, and the differences from what is claimed for it."""
    entries = _entries(place)
    metrics = [metric for metric in COLUMNS if any(metric in entry.runs for entry in entries)]
    differing = [metric for metric in metrics if any(_difference(entry, metric) is not None for entry in entries)]
    rows = [
        Row((Cell(e.name + SUFFIX[e.run.card.kind]), *_cells(e, metrics, differing, verdicts)), emphasis(e.run))
        for e in entries
    ]
    claims = [
        Row((Cell(f"{claim.name}, claimed"), *_claim_cells(claim, metrics, differing)), "claim") for claim in CLAIMS
    ]
    columns = [(title(m), f"{MINUS} claimed") if m in differing else (title(m),) for m in metrics]
    header = ("method", *chain.from_iterable(columns))
    notes = (CLAIMED + f" N = {TEST}, against {place.card.n:,} here.", *mark_notes(rows))
    return Table(header, (*rows, *claims), f"Table 1 of the paper: {place.words}", notes=notes)


def table_two(place: Place, verdicts: Mapping[str, Verdicts]) -> Table | None:
    """Table 2: AnimeDiffusion's ablations, each claim above the runs at hand that belong to it; None without any."""
    entries = [entry for entry in _entries(place) if ablation(entry.run.card, entry.run.config) is not None]
    if not entries:
        return None
    metrics = [metric for metric in COLUMNS if any(metric in entry.runs for entry in entries)]
    found = {entry.name: ablation(entry.run.card, entry.run.config) or ("", "") for entry in entries}
    rows = []
    for claim in (*ABLATIONS, None):
        if claim is not None:
            rows.append(
                Row((Cell(f"{claim.name}, claimed"), Cell(""), *_claim_cells(claim, metrics, ()), Cell("")), "claim")
            )
        for entry in entries:
            row, words = found[entry.name]
            if row == (claim.name if claim else ""):
                cells = _cells(entry, metrics, (), verdicts)
                rows.append(Row((Cell(words), Cell(entry.name), *cells, images_seen(entry.run.card))))
    header = ("variant", "run", *map(title, metrics), "images seen")
    note = CLAIMED + " Variants are read from the configuration that each checkpoint carries."
    return Table(header, tuple(rows), "Table 2 of the paper: AnimeDiffusion's ablations", 2, (note, *mark_notes(rows)))


def _entries(place: Place) -> list[Entry]:
    names = dict.fromkeys(name for group in place.groups for name in group.names)
    found = []
    for name in names:
        runs = {
            metric: (group, run)
            for metric in COLUMNS
            for group in place.groups
            for row, run in zip(group.names, group.runs, strict=True)
            if row == name and metric in _headline(group) and metric in (*run.card.images, *run.card.sets)
        }
        if runs:
            found.append(Entry(name, runs))
    return sorted(found, key=lambda entry: ("method", "outside", "floor").index(entry.run.card.kind))


def _headline(group: Group) -> tuple[str, ...]:
    """Which of the paper's metrics a protocol is there for."""
    return ("fid",) if group.protocol.reference == "random" else ("psnr", "ms-ssim")


def _metrics(group: Group) -> set[str]:
    return {metric for run in group.runs for metric in (*run.card.images, *run.card.sets)}


def _cells(
    entry: Entry, metrics: Sequence[str], differing: Sequence[str], verdicts: Mapping[str, Verdicts]
) -> list[Cell]:
    cells = []
    for metric in metrics:
        if metric in entry.runs:
            group, run = entry.runs[metric]
            cells += score_cells(entry.name, run, [metric], verdicts[group.name])
        else:
            cells.append(Cell(DASH))
        if metric in differing:
            value = _difference(entry, metric)
            cells.append(Cell("") if value is None else Cell(number(metric, value, sign=True), value=value))
    return cells


def _claim_cells(claim: Claim, metrics: Sequence[str], differing: Sequence[str]) -> list[Cell]:
    cells = []
    for metric in metrics:
        cells.append(Cell(number(metric, claim.scores[metric]), value=claim.scores[metric]))
        cells += [Cell("")] if metric in differing else []
    return cells


def _difference(entry: Entry, metric: str) -> float | None:
    """A score less the one claimed for its method."""
    claim = claimed(entry.run.card)
    if claim is None or metric not in entry.runs:
        return None
    value = entry.runs[metric][1].value(metric)
    return None if value is None else value - claim.scores[metric]
