"""How much a number depends on settings: the tables of a matrix."""

from collections.abc import Sequence

from benchmark.metric_table import METRICS
from reports.document import Block, Cell, Heading, Paragraph, Row, Table
from reports.markup import DASH
from reports.matrices import Matrix
from reports.tables import in_parts, number, title

NOTE = (
    "Cells that differ in one setting alone are compared. The mean is over these groups; the main effect is the "
    "largest mean less the smallest; the largest change is the one within a single group."
)


def sensitivity_blocks(matrix: Matrix) -> list[Block]:
    """The effects first, then every cell."""
    blocks: list[Block] = [Heading(2, f"Sensitivity of {matrix.entry}: {matrix.name}")]
    blocks += [Paragraph(matrix.description)] if matrix.description else []
    blocks += [effect_table(matrix)] if matrix.effects else []
    return [*blocks, *cell_tables(matrix)]


def effect_table(matrix: Matrix) -> Table:
    """What each setting does to each metric, the largest effect on a metric first."""
    order = sorted(matrix.effects, key=lambda effect: (list(METRICS).index(effect["metric"]), -effect["spread"]))
    rows = []
    for effect in order:
        metric = effect["metric"]
        means = ", ".join(f"{level}: {number(metric, mean)}" for level, mean in effect["levels"].items())
        rows.append(
            Row(
                (
                    Cell(METRICS[metric].title),
                    Cell(str(effect["axis"])),
                    Cell(means),
                    Cell(number(metric, effect["spread"]), value=effect["spread"]),
                    Cell(number(metric, effect["largest"]), value=effect["largest"]),
                    Cell(str(effect["groups"]), value=effect["groups"]),
                )
            )
        )
    header = ("metric", "setting", "mean", "main effect", "largest change", "groups")
    return Table(header, tuple(rows), "What each setting does", 3, (NOTE,))


def cell_tables(matrix: Matrix) -> list[Table]:
    """Every combination with its numbers, a few metrics to a table."""
    metrics = [metric for metric in METRICS if any(metric in cell["values"] for cell in matrix.cells)]
    axes = list(dict.fromkeys(axis for cell in matrix.cells for axis in cell["place"]))
    return [_cells(matrix, axes, part) for part in in_parts(metrics) or [()]]


def _cells(matrix: Matrix, axes: Sequence[str], metrics: Sequence[str]) -> Table:
    rows = tuple(
        Row(
            (
                *(Cell(str(cell["place"].get(axis, DASH))) for axis in axes),
                *(_number(metric, cell["values"].get(metric), cell["problem"]) for metric in metrics),
            )
        )
        for cell in matrix.cells
    )
    problems = dict.fromkeys(str(cell["problem"]) for cell in matrix.cells if cell["problem"])
    notes = tuple(f"not evaluated: {problem}" for problem in problems)
    header = (*(axis.rpartition(".")[2] for axis in axes), *map(title, metrics))
    return Table(header, rows, "Every combination", len(axes), notes)


def _number(metric: str, value: float | None, problem: str | None) -> Cell:
    if value is None:
        return Cell("refused" if problem else DASH)
    return Cell(number(metric, value), value=value)
