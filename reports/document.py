"""A report before it is markdown, HTML or LaTeX: blocks of text, tables, pictures. Each renderer escapes all text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Code:
    """A word shown as it stands: a path, a hash, a command."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words set off from their sentence."""

    text: str


Piece = str | Code | Strong
Text = Piece | tuple[Piece, ...]  # one line or paragraph
Value = float | int | str | None  # what a cell is worth to a program; None: nothing


@dataclass(frozen=True)
class Cell:
    """A table cell: what is shown, its interval, and footnote marks; `value` sorts it."""

    text: str
    aside: str = ""  # in smaller letters behind the text
    value: Value = None
    marks: tuple[str, ...] = ()  # superscripts
    strong: bool = False


Emphasis = Literal["", "floor", "claim"]


@dataclass(frozen=True)
class Row:
    """Cells, and how the row is set off."""

    cells: tuple[Cell, ...]
    emphasis: Emphasis = ""


@dataclass(frozen=True)
class Table:
    """Column titles and rows of as many cells; all columns but the first `words` ones hold numbers."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    words: int = 1
    notes: tuple[Text, ...] = ()  # footnotes below it

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.header) for row in self.rows):
            raise ValueError(f"{self.caption}: rows of {len(self.header)} cells are needed")


@dataclass(frozen=True)
class Heading:
    """A title; level 1 is the document's own."""

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
class Picture:
    """A PNG on disk and the words below it; a photo may be compressed where a page embeds it, a plot may not."""

    path: Path
    caption: str
    photo: bool = False


@dataclass(frozen=True)
class Listing:
    """Text of many lines that is shown as it stands."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Details:
    """Blocks behind a line that opens them."""

    summary: str
    blocks: "tuple[Block, ...]"


Block = Heading | Paragraph | Bullets | Table | Picture | Listing | Details
Document = tuple[Block, ...]


def pieces(text: Text) -> tuple[Piece, ...]:
    """Any text as its pieces."""
    return text if isinstance(text, tuple) else (text,)


def plain(text: Text) -> str:
    """A text without its markup."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces(text))


def join(texts: Sequence[Text], separator: str) -> Text:
    """Texts one after another."""
    found: list[Piece] = []
    for text in texts:
        found += [*([separator] if found else []), *pieces(text)]
    return tuple(found)


def tables(document: Sequence[Block]) -> Iterator[Table]:
    """All tables of a document, in order."""
    for block in document:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Details):
            yield from tables(block.blocks)
