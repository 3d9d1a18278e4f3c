"""The section on a matrix: tables of how scores change with settings."""

from collections.abc import Sequence

from benchmark.evaluation.matrix_tables import (
    EFFECT_HEADER,
    HOW_TO_READ,
    cell_header,
    cell_notes,
    cell_rows,
    effect_rows,
    facts,
)
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import metrics_of
from reports.content.tables import in_parts
from reports.document import Block, Details, Heading, Paragraph, Row, Table
from reports.read.matrices import Matrix


def sensitivity_blocks(matrix: Matrix) -> list[Block]:
    """The facts that all cells share, the effects, and all cells. Metrics beside the paper's are collapsed."""
    shown = [metric for metric in metrics_of(matrix.cards) if METRICS[metric].headline or METRICS[metric].first_table]
    rest = [metric for metric in metrics_of(matrix.cards) if metric not in shown]
    blocks: list[Block] = [Heading(2, f"Sensitivity of {matrix.entry}: {matrix.name}")]
    blocks += [Paragraph(matrix.description)] if matrix.description else []
    blocks += [Paragraph(facts(matrix.cells, matrix.seeds))] if matrix.cards else []
    blocks += [Paragraph(_unverified(matrix))] if matrix.unverified else []
    blocks += [effect_table(matrix, shown)] if matrix.effects else []
    blocks += cell_tables(matrix, shown)
    if not rest:
        return blocks
    return [*blocks, Details("The other metrics", (effect_table(matrix, rest), *cell_tables(matrix, rest)))]


def effect_table(matrix: Matrix, metrics: Sequence[str]) -> Table:
    """The effect of each setting on each of `metrics`, within each protocol."""
    rows = tuple(map(Row, effect_rows(matrix.effects, metrics)))
    return Table(EFFECT_HEADER, rows, "Effect of each setting", 4, (HOW_TO_READ,))


def cell_tables(matrix: Matrix, metrics: Sequence[str]) -> list[Table]:
    """All combinations of settings with their scores and intervals, up to 5 metrics in a table."""
    found = []
    for part in in_parts(metrics) or [()]:
        header, rows = cell_header(matrix.cells, part), tuple(map(Row, cell_rows(matrix.cells, part)))
        found.append(Table(header, rows, "All combinations", len(header) - len(part), cell_notes(matrix.cells)))
    return found


def _unverified(matrix: Matrix) -> str:
    return (
        f"Unverified: {matrix.unverified} of {len(matrix.cells)} combinations have no evaluation in these run folders. "
        "Their scores and the effects are those that matrix.json states."
    )
