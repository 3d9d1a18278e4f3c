"""Render a document as one self-contained HTML file: style, script and pictures are embedded."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image as Pillow

from benchmark.core.markup import URL, one_line
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


def to_html(document: Sequence[Block]) -> str:
    """The HTML page. Its title is the first heading; links to its sections come first."""
    title = next((block.text for block in document if isinstance(block, Heading) and block.level == 1), "anibench")
    sections: list[tuple[str, str]] = []
    body = []
    for block in document:
        if isinstance(block, Heading) and block.level == 2:
            sections.append((f"s{len(sections) + 1}", one_line(block.text)))
            body.append(Markup('<h2 id="{}">{}</h2>').format(*sections[-1]))
        elif not isinstance(block, Heading) or block.level > 1:
            body.append(_block(block))
    page = Environment(
        loader=PackageLoader("reports.write"), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    return page.get_template("page.html.j2").render(title=title, sections=sections, body=Markup("\n").join(body))


def _blocks(document: Sequence[Block]) -> Markup:
    return Markup("\n").join(_block(block) for block in document)


def _block(block: Block) -> Markup:
    match block:
        case Heading(level, text):
            return Markup("<h{0}>{1}</h{0}>").format(level, one_line(text))
        case Paragraph(text):
            return Markup("<p>{}</p>").format(_text(text))
        case Bullets(items):
            return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(_text(i)) for i in items))
        case Table():
            return _table(block)
        case Figure(path, caption, photo):
            source = _embedded(path, photo)
            return Markup('<figure><img src="{}" alt="{}"><figcaption>{}</figcaption></figure>').format(
                source, caption, caption
            )
        case Listing(text, _):
            return Markup("<pre>{}</pre>").format(text)
        case Details(summary, blocks):
            return Markup("<details><summary>{}</summary>{}</details>").format(one_line(summary), _blocks(blocks))
        case _:
            assert_never(block)


def _text(text: Text) -> Markup:
    found = []
    for piece in pieces(text):
        match piece:
            case Code(inside):
                found.append(Markup("<code>{}</code>").format(inside))
            case Strong(inside):
                found.append(Markup("<strong>{}</strong>").format(inside))
            case _:
                found.append(_linked(piece))
    return Markup("").join(found)


def _linked(text: str) -> Markup:
    """Text in which each URL is a link."""
    parts = URL.split(text)
    parts[1::2] = [Markup('<a href="{0}">{0}</a>').format(url) for url in parts[1::2]]
    return Markup("").join(parts)


def _table(table: Table) -> Markup:
    head = Markup("").join(Markup("<th{}>{}</th>").format(_side(i, table), t) for i, t in enumerate(table.header))
    rows = Markup("\n").join(_row(row, table) for row in table.rows)
    caption = Markup("<caption>{}</caption>").format(table.caption) if table.caption else ""
    notes = Markup("").join(Markup("<p class=note>{}</p>").format(_text(note)) for note in table.notes)
    return Markup(
        '<div class=scroll><table class=sortable>{}<thead><tr>{}</tr></thead><tbody>\n{}\n</tbody></table></div>{}'
    ).format(caption, head, rows, notes)  # fmt: skip


def _row(row: Row, table: Table) -> Markup:
    cells = Markup("").join(_cell(cell, i, row, table) for i, cell in enumerate(row.cells))
    return Markup("<tr{}>{}</tr>").format(_class(row.emphasis), cells)


def _cell(cell: Cell, index: int, row: Row, table: Table) -> Markup:
    text = Markup("<b>{}</b>").format(cell.text) if cell.strong else _linked(cell.text)
    before = Markup("† ") if row.emphasis == "claim" and index == 0 else ""
    aside = Markup(" <small>{}</small>").format(cell.aside) if cell.aside else ""
    marks = Markup("<sup>{}</sup>").format(",".join(cell.marks)) if cell.marks else ""
    number = isinstance(cell.value, int | float)
    value = Markup(' data-value="{}"').format(cell.value) if number else ""
    return Markup("<td{}{}>{}{}{}{}</td>").format(_side(index, table), value, before, text, aside, marks)


def _side(index: int, table: Table) -> Markup:
    return Markup(" class=number") if index >= table.words else Markup("")


def _class(name: str) -> Markup:
    return Markup(" class={}").format(name) if name else Markup("")


def _embedded(path: Path, photo: bool) -> str:
    content, kind = path.read_bytes(), "png"
    if photo:
        buffer, kind = io.BytesIO(), "webp"
        with Pillow.open(path) as picture:
            picture.save(buffer, "WEBP", quality=88, method=4)  # smaller than PNG, for phones
        content = buffer.getvalue()
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
