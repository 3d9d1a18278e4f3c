"""Render a document as GitHub markdown."""

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never
from urllib.parse import quote

from benchmark.core.markup import Markdown, code, escape, fence
from benchmark.results.score_table import Cell
from reports.document import (
    Block,
    Bullets,
    Code,
    Details,
    Figure,
    Heading,
    Listing,
    Paragraph,
    Row,
    Strong,
    Table,
    Text,
    pieces,
)
from reports.markup import html_text

NO_BREAK = "\N{NO-BREAK SPACE}"  # keeps an interval on one line


def to_markdown(document: Sequence[Block], home: Path) -> str:
    """The markdown text; links to pictures are relative to `home`."""
    return "\n\n".join(_block(block, home) for block in document) + "\n"


def _block(block: Block, home: Path) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {escape(text)}"
        case Paragraph(text):
            return _text(text)
        case Bullets(items):
            return "\n".join(f"- {_text(item)}" for item in items)
        case Table():
            return _table(block)
        case Figure(path, caption):
            return f"![{escape(caption)}]({quote(path.relative_to(home).as_posix())})\n\n{escape(caption)}"
        case Listing(text, language):
            return fence(text, language)
        case Details(summary, blocks):
            inside = to_markdown(blocks, home)
            return f"<details>\n<summary>{html_text(summary)}</summary>\n\n{inside}\n</details>"
        case _:
            assert_never(block)


def _text(text: Text) -> str:
    found: list[str] = []
    for piece in pieces(text):
        match piece:
            case Code(inside):
                found.append(code(inside))
            case Strong(inside):
                found.append(f"**{escape(inside)}**")
            case str() if found:  # escape removes spaces at both ends, which are needed within a line
                found.append(_inner(piece))
            case _:
                found.append(escape(piece) + (" " if piece[-1:].isspace() else ""))
    return "".join(found)


def _inner(piece: str) -> str:
    """Escape a piece that is not at the start of its line."""
    before, after = (" " if end.isspace() else "" for end in (piece[:1], piece[-1:]))
    return f"{before}{escape('x' + piece.lstrip())[1:]}{after}" if piece.strip() else before


def _table(table: Table) -> str:
    numbers = len(table.header) - table.words
    rule = ["---"] * table.words + ["---:"] * numbers
    lines = [_line([escape(title) for title in table.header]), _line(rule)]
    lines += [_line(_cells(row)) for row in table.rows]
    title = [f"**{escape(table.caption)}**"] if table.caption else []
    notes = [_text(note) for note in table.notes]
    return "\n\n".join([*title, "\n".join(lines), *(["  \n".join(notes)] if notes else [])])


def _cells(row: Row) -> list[str]:
    cells = [_cell(cell, "*" if row.emphasis else "") for cell in row.cells]
    return [Markdown(f"† {cells[0]}"), *cells[1:]] if row.emphasis == "claim" else cells


def _cell(cell: Cell, around: str) -> str:
    around = "**" if cell.strong else around
    body = f"{around}{escape(cell.text)}{around}" if cell.text else ""
    aside = f" {escape(cell.aside).replace(' ', NO_BREAK)}" if cell.aside else ""
    marks = f"<sup>{html_text(','.join(cell.marks))}</sup>" if cell.marks else ""
    return Markdown(body + aside + marks)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
