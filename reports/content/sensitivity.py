"""The section on a matrix: tables of how scores change with settings."""

from collections.abc import Sequence

from benchmark.evaluation.matrix_tables import HOW_TO_READ
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import metrics_of
from reports.content.tables import in_parts, interval, number, score_cell, title
from reports.document import Block, Cell, Code, Details, Heading, Paragraph, Row, Table, Text, join, pieces
from reports.markup import DASH
from reports.read.matrices import Matrix, MatrixCell


def sensitivity_blocks(matrix: Matrix) -> list[Block]:
    """The facts that all cells share, the effects, and all cells. Metrics beside the paper's are collapsed."""
    shown = [metric for metric in metrics_of(matrix.cards) if METRICS[metric].headline or METRICS[metric].first_table]
    rest = [metric for metric in metrics_of(matrix.cards) if metric not in shown]
    blocks: list[Block] = [Heading(2, f"Sensitivity of {matrix.entry}: {matrix.name}")]
    blocks += [Paragraph(matrix.description)] if matrix.description else []
    blocks += [Paragraph(_shared(matrix))] if matrix.cards else []
    blocks += [effect_table(matrix, shown)] if matrix.effects else []
    blocks += cell_tables(matrix, shown)
    if not rest:
        return blocks
    return [*blocks, Details("The other metrics", (effect_table(matrix, rest), *cell_tables(matrix, rest)))]


def effect_table(matrix: Matrix, metrics: Sequence[str]) -> Table:
    """The effect of each setting on each of `metrics`, within each protocol."""
    rows = []
    for effect in (effect for effect in matrix.effects if effect["metric"] in metrics):
        metric, spread = effect["metric"], effect["spread"]
        means = ", ".join(f"{level}: {number(metric, mean)}" for level, mean in effect["levels"].items())
        rows.append(
            Row(
                (
                    Cell(METRICS[metric].title),
                    Cell(effect["protocol"] or "all"),
                    Cell(_short(effect["axis"])),
                    Cell(means),
                    Cell(number(metric, spread), interval(metric, effect["low"], effect["high"]), spread),
                    Cell(number(metric, effect["largest"]), value=effect["largest"]),
                    Cell(f"{effect['agree']} of {effect['groups']}", value=effect["agree"] / effect["groups"]),
                )
            )
        )
    header = ("metric", "protocol", "setting", "mean", "main effect", "largest change", "agree")
    return Table(header, tuple(rows), "Effect of each setting", 4, (HOW_TO_READ,))


def cell_tables(matrix: Matrix, metrics: Sequence[str]) -> list[Table]:
    """All combinations of settings with their scores and intervals, up to 5 metrics in a table."""
    axes = list(dict.fromkeys(axis for cell in matrix.cells for axis in cell.place))
    return [_cells(matrix, axes, part) for part in in_parts(metrics) or [()]]


def _cells(matrix: Matrix, axes: Sequence[str], metrics: Sequence[str]) -> Table:
    rows = tuple(
        Row(
            (
                *(Cell(str(cell.place.get(axis, DASH))) for axis in axes),
                *(_score(metric, cell) for metric in metrics),
            )
        )
        for cell in matrix.cells
    )
    problems = dict.fromkeys(str(cell.problem) for cell in matrix.cells if cell.problem)
    notes = tuple(f"not evaluated: {problem}" for problem in problems)
    header = (*map(_short, axes), *map(title, metrics))
    return Table(header, rows, "All combinations", len(axes), notes)


def _short(axis: str) -> str:
    return axis.rpartition(".")[2]


def _score(metric: str, cell: MatrixCell) -> Cell:
    return score_cell(metric, cell.card) if cell.card else Cell("refused" if cell.problem else DASH)


def _shared(matrix: Matrix) -> Text:
    """The pictures, weights and commits of the cells."""
    card = matrix.cards[0]
    protocols = ", ".join(dict.fromkeys(each.protocol_label for each in matrix.cards))
    commits = [Code(commit) for commit in dict.fromkeys(cell.commit for cell in matrix.cells if cell.commit)]
    return (
        f"{card.n:,} pictures of {card.data.name}, fingerprint ",
        Code(card.data.fingerprint[:16]),
        f"; protocols {protocols}",
        *(("; checkpoint ", Code(card.checkpoint[:16])) if card.checkpoint else ()),
        *(("; evaluated at commit ", *pieces(join(commits, ", "))) if commits else ()),
        ".",
    )
