"""The first tables of a report in a terminal."""

from rich.markup import escape
from rich.table import Table as RichTable

from benchmark.commands.options import console
from benchmark.core.terminal import printable
from reports.content.build import Report
from reports.content.paper_tables import paper_protocols, table_one
from reports.content.tables import headline_table
from reports.document import Table

STYLES = {"": None, "floor": "italic", "claim": "dim"}


def print_tables(report: Report) -> None:
    """Print the comparison with the paper and the first table of each group."""
    out = console()
    for protocols in paper_protocols(report.found.groups):
        table = table_one(protocols, report.verdicts)
        out.print(_rich(table, f"{table.caption}, on {protocols.card.data.name}"))
    for group in report.found.groups:
        table = headline_table(group, report.verdicts[group.name])
        out.print(_rich(table, f"{group.card.protocol_label} on {group.card.data.name}"))


def _rich(table: Table, title: str) -> RichTable:
    shown = RichTable(title=escape(printable(title)), title_justify="left")
    for number, column in enumerate(table.header):
        left = number < table.words
        shown.add_column(escape(column), justify="left" if left else "right", no_wrap=number == 0, overflow="fold")
    for row in table.rows:
        words = map(str, row.cells)
        mark = "† " if row.emphasis == "claim" else ""
        shown.add_row(*(escape(printable(word)) for word in (mark + next(words), *words)), style=STYLES[row.emphasis])
    return shown
