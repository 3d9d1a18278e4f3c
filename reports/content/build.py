"""Build the report of a collection of runs: its sections and their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reports.content.compare import Verdicts, compare
from reports.content.deviations import deviation_table
from reports.content.figures import draw_distributions, draw_training
from reports.content.grids import Pictures, draw_grids
from reports.content.learning.curves import Curve, learning_curves
from reports.content.learning.section import learning_blocks
from reports.content.paper_figures import paper_figures, paper_groups
from reports.content.paper_tables import PaperProtocols, paper_protocols, table_one, table_two
from reports.content.reading import about_methods, about_tables, against_the_paper, how_to_read
from reports.content.record import record_blocks
from reports.content.sensitivity import sensitivity_blocks
from reports.content.summary import summary_table
from reports.content.tables import (
    cost_table,
    diagnostic_tables,
    headline_metrics,
    headline_table,
    single_seeds,
    slice_tables,
    training_table,
)
from reports.document import Block, Bullets, Code, Details, Document, Figure, Heading, Paragraph
from reports.markup import slug
from reports.read.collect import Collection, Group
from reports.read.pool import pool_seeds

Sections = Callable[[Path], Sequence[Block]]  # blocks of other rooms; draws their figures into the folder


@dataclass(frozen=True)
class Report:
    """The runs, the results of tests and fits, and the document from which `anibench report` writes every format."""

    found: Collection
    verdicts: Mapping[str, Verdicts]  # name of the group -> results of its tests
    curves: Mapping[str, Sequence[Curve]]  # name of the group -> its learning curves
    document: Document


def build_report(
    found: Collection, figures: Path, *, pictures: Pictures = "all", sections: Sections = lambda figures: ()
) -> Report:
    """Run the paired tests, draw the figures into `figures` and build the report. `pictures` are those it shows.

    Runs that differ in their seed alone are one row. `sections` follow the evaluations.
    """
    every_run, found = found, pool_seeds(found)
    verdicts = {group.name: compare(group) for group in found.groups}
    curves = {group.name: learning_curves(group) for group in found.groups}
    drawn = {group.name: draw_grids(group, figures, pictures) for group in found.groups}
    first = [_titled(group, drawn[group.name].pop(0)) for group in _leading(found.groups) if drawn[group.name]]
    blocks: list[Block] = [Heading(1, "anibench report"), *_opening(found, verdicts, first)]
    for protocols in paper_protocols(found.groups):
        blocks.append(Heading(2, f"Comparison with the paper, on {protocols.card.data.name}"))
        blocks.append(table_one(protocols, verdicts))
        ablations = table_two(protocols, verdicts)
        blocks += [ablations] if ablations else []
        blocks += _as_in_the_paper(found, protocols, figures, grids=pictures != "none")
    blocks += learning_blocks(found.groups, curves, figures)
    for group in found.groups:
        blocks += _section(group, verdicts[group.name], figures, drawn[group.name])
    for matrix in found.matrices:
        blocks += sensitivity_blocks(matrix)
    blocks += sections(figures)
    blocks += _methods(found, figures)
    if found.left_out:
        items = tuple((Code(folder.as_posix()), f": {reason}") for folder, reason in found.left_out)
        blocks += [Heading(2, "Left out"), Bullets(items)]
    return Report(found, verdicts, curves, (*blocks, *record_blocks(every_run)))


def _as_in_the_paper(found: Collection, protocols: PaperProtocols, figures: Path, *, grids: bool) -> list[Block]:
    """What makes the numbers incomparable, the paper's figures from the runs, and the deviations with their prices."""
    groups = paper_groups(found.groups, protocols.card.data.fingerprint)
    drawn, absent = paper_figures(found, groups, figures, grids=grids)
    table = deviation_table(found, protocols.groups[0])
    reasons = (*against_the_paper(protocols.groups), *filter(None, [absent]))
    return [Bullets(reasons), *drawn, *([table] if table else [])]


def _leading(groups: Sequence[Group]) -> list[Group]:
    """The groups whose pictures open the report: the first with self-references and the first with random ones."""
    by_reference = {group.protocol.reference: group for group in reversed(groups)}
    return [group for group in groups if by_reference[group.protocol.reference] is group]


def _titled(group: Group, picture: Figure) -> Figure:
    return replace(picture, caption=f"{group.card.protocol_label} on {group.card.data.name}. {picture.caption}")


def _opening(found: Collection, verdicts: Mapping[str, Verdicts], pictures: Sequence[Figure]) -> list[Block]:
    if not found.groups and found.matrices:
        text = "One method under several settings. ↑ higher is better, ↓ lower is better. Brackets are intervals."
        return [Paragraph(text)]
    if not found.groups:
        command = Code("anibench eval --protocol self-ref")
        return [Paragraph(("There is no finished evaluation. Run ", command, "."))]
    rows = {(run.card.label, run.card.kind) for run in found.evaluations}
    floors = sum(kind == "floor" for _, kind in rows)
    datasets = {group.card.data.fingerprint for group in found.groups}
    protocols = {group.card.protocol_label for group in found.groups}
    return [
        Paragraph(
            f"{_count(len(rows) - floors, 'method')} and {_count(floors, 'floor')}, scored by "
            f"{_count(len(protocols), 'protocol')} on {_count(len(datasets), 'dataset')}. All numbers are computed "
            "from saved pictures, except the rows marked †: these are the paper's claims. The other rows in italics "
            "are floors. ↑ higher is better, ↓ lower is better."
        ),
        Heading(2, "Summary"),
        summary_table(found.groups, verdicts),
        *pictures,
        Bullets(tuple(about_tables(found.evaluations))),
    ]


def _section(group: Group, verdicts: Verdicts, figures: Path, drawn: Sequence[Figure]) -> list[Block]:
    card = group.card
    pairings = f", each with {card.pairings} references" if card.pairings > 1 else ""
    diagnostics = diagnostic_tables(group, verdicts)
    shown_first = [picture for picture in drawn if "-random.png" in picture.path.name]
    more = tuple(picture for picture in drawn if picture not in shown_first)
    pictures: list[Block] = [Heading(3, "Pictures"), *shown_first] if drawn else []
    pictures += [Details("More pictures", more)] if more else []
    shown = [*headline_metrics(group), *(metric for metric in card.images if metric not in headline_metrics(group))]
    plots = draw_distributions(group, shown, figures)
    slices = slice_tables(group)
    return [
        Heading(2, f"{card.protocol}, version {card.version}, on {card.data.name}"),
        Paragraph(group.protocol.description),
        Paragraph(
            (
                f"Dataset {card.data.name} (from {card.data.source}), fingerprint ",
                Code(card.data.fingerprint[:16]),
                f"; {card.n:,} lines{pairings}, pairs ",
                Code(card.pairs[:16]),
                ".",
            )
        ),
        headline_table(group, verdicts),
        *single_seeds(group),
        Heading(3, "How to read this"),
        Bullets(tuple(how_to_read(group, verdicts))),
        *pictures,
        Heading(3, "Other metrics and cost"),
        *diagnostics,
        cost_table(group),
        *([Details("Scores by slice", tuple(slices))] if slices else []),
        *([Details("Distribution of the scores", tuple(plots))] if plots else []),
    ]


def _methods(found: Collection, figures: Path) -> list[Block]:
    """The section on the methods: notes of their score cards, the training runs, the loss curves."""
    facts = about_methods(found.evaluations)
    blocks: list[Block] = [Bullets(tuple(facts))] if facts else []
    curves: list[Figure] = []
    for run in found.trainings:
        curve = draw_training(run, figures / f"loss-{slug(run.record.name)}-{run.record.id[:4]}.png")
        curves += [curve] if curve else []
    blocks += [training_table(found.trainings)] if found.trainings else []
    blocks += [Details("Loss curves", tuple(curves))] if curves else []
    return [Heading(2, "Methods and training"), *blocks] if blocks else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
