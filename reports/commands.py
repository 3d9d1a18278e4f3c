"""`anibench report`."""

from pathlib import Path
from typing import Any

import click

from benchmark.cli import ANY_PATH, json_option, print_json
from benchmark.errors import AnibenchError
from reports.collect import Collection, Group


@click.command()
@click.option("--runs", type=ANY_PATH, default=Path("runs"), show_default=True, help="Where runs are kept.")
@click.option("--out", type=ANY_PATH, default=Path("report.md"), show_default=True, help="The report to write.")
@click.option(
    "--no-pictures", is_flag=True, help="No grids: for a report to show around, of pictures that are not yours to show."
)
@json_option
def report(runs: Path, out: Path, no_pictures: bool, as_json: bool) -> None:
    """Write the report over all runs.

    A table for each protocol and dataset with the paper's numbers and what keeps yours from being compared with them,
    pictures, loss curves, and the record of every run. The pictures go into a folder beside the report.

    \b
    Example:
      anibench report --out results/report.md
      anibench report --out published/report.md --no-pictures
    """
    from reports.collect import collect
    from reports.render import write_report

    if not runs.is_dir():
        raise AnibenchError(f"{runs} is no folder of runs; make some with: anibench eval --protocol self-ref")
    found = collect(runs)
    written = write_report(found, out, grids=not no_pictures)
    if as_json:
        print_json(_as_json(found, written))
        return
    for group in found.groups:
        _print_table(group)
    for folder, reason in found.left_out:
        click.echo(f"left out: {folder}: {reason}", err=True)
    click.echo(f"Report: {out}, with {len(written) - 1} pictures beside it")


def _print_table(group: Group) -> None:
    """The first columns of a group's table; the report has them all."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from benchmark.score_table import metrics_of
    from reports.tables import score_table

    table = score_table(group)
    keep = 2 + len(metrics_of([run.card for run in group.runs]))  # the name, the metrics and N
    shown = Table(*table.header[:keep], title=f"{group.card.protocol_label} on {escape(group.card.data.name)}")
    for row, emphasis in zip(table.rows, table.emphasis, strict=True):
        shown.add_row(*(escape(cell) for cell in row[:keep]), style={"claim": "dim", "floor": "italic"}.get(emphasis))
    Console().print(shown)


def _as_json(found: Collection, written: list[Path]) -> dict[str, Any]:
    from reports.claims import comparable, data_differences, training_differences

    return {
        "report": str(written[0]),
        "figures": [str(path) for path in written[1:]],
        "tables": [
            {
                "protocol": group.card.protocol_label,
                "dataset": group.card.data.model_dump(mode="json"),
                "differences": data_differences(group.card),
                "rows": [
                    {
                        "folder": str(run.folder),
                        "card": run.card.model_dump(mode="json"),
                        "comparable": comparable(run.card, run.config),
                        "differences": training_differences(run.card, run.config),
                    }
                    for run in group.runs
                ],
            }
            for group in found.groups
        ],
        "left_out": [{"folder": str(folder), "reason": reason} for folder, reason in found.left_out],
    }
