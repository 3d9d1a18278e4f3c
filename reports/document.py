"""A report as blocks of text, tables and pictures, from which markdown, HTML and LaTeX are rendered.

Each renderer escapes all text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.results.score_table import Cell


@dataclass(frozen=True)
class Code:
    """A path, a hash or a command, in a fixed-width font."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Bold words."""

    text: str


Piece = str | Code | Strong
Text = Piece | tuple[Piece, ...]  # one line or paragraph
Emphasis = Literal["", "floor", "claim"]


@dataclass(frozen=True)
class Row:
    """A table row: its cells, and the emphasis that a floor or a claim has."""

    cells: tuple[Cell, ...]
    emphasis: Emphasis = ""


@dataclass(frozen=True)
class Table:
    """Column titles, and rows with one cell per column. The first `words` columns are text, the others numbers."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    words: int = 1
    notes: tuple[Text, ...] = ()  # footnotes below the table

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.header) for row in self.rows):
            raise ValueError(f"{self.caption}: each row needs {len(self.header)} cells")


@dataclass(frozen=True)
class Heading:
    """A heading. Level 1 is the title of the document."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: Text


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Figure:
    """A PNG on disk and its caption. An HTML page compresses it as WebP if `photo` is set, and as PNG if not.

    A LaTeX file contains the figures with `in_latex`, which are drawn for a paper.
    """

    path: Path
    caption: str
    photo: bool = False
    in_latex: bool = False


@dataclass(frozen=True)
class Listing:
    """Lines of text in a fixed-width font, with their line breaks."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Details:
    """Collapsed blocks. A click on the summary opens them."""

    summary: str
    blocks: "tuple[Block, ...]"


Block = Heading | Paragraph | Bullets | Table | Figure | Listing | Details
Document = tuple[Block, ...]


def pieces(text: Text) -> tuple[Piece, ...]:
    """The pieces of a text."""
    return text if isinstance(text, tuple) else (text,)


def plain(text: Text) -> str:
    """A text as a string, without markup."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces(text))


def join(texts: Sequence[Text], separator: str) -> Text:
    """The texts in order, with `separator` between them."""
    found: list[Piece] = []
    for text in texts:
        found += [*([separator] if found else []), *pieces(text)]
    return tuple(found)


def tables(document: Sequence[Block]) -> Iterator[Table]:
    """All tables of a document, in order, including those in `Details`."""
    for block in document:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Details):
            yield from tables(block.blocks)
