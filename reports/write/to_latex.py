"""Render the tables of a document, and the figures that are drawn for a paper, as LaTeX, for `\\input` in a paper.

The first line names the packages they need.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmark.results.score_table import Cell
from reports.document import Block, Code, Figure, Heading, Row, Strong, Table, Text, pieces, plain
from reports.markup import latex_text, slug

HEAD = (
    "% Tables and figures of an anibench report. In the preamble: "
    "\\usepackage[T1]{fontenc}\\usepackage{booktabs,graphicx,textcomp}\n"
)
FIT = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"  # shrinks tables wider than the page

LONGEST, WRAPPED = 50, "p{14em}"  # letters of a cell of words on one line; the column of longer cells


def to_latex(document: Sequence[Block], home: Path) -> str:
    """One `table` environment per table, whose caption contains the title of its section, and one per figure.

    Paths of pictures are relative to `home`. LaTeX finds them from another folder by \\graphicspath.
    """
    found, section = [HEAD], ""
    number = 0
    for block in document:
        if isinstance(block, Heading) and block.level == 2:
            section = block.text
        elif isinstance(block, Table):
            number += 1
            found.append(_table(block, section, number))
        elif isinstance(block, Figure) and block.in_latex:
            found.append(_figure(block, home))
    return "\n".join(found)


def _table(table: Table, section: str, number: int) -> str:
    caption = ": ".join(filter(None, (section, table.caption)))
    words = (max((len(row.cells[column].text) for row in table.rows), default=0) for column in range(table.words))
    columns = "".join("l" if longest <= LONGEST else WRAPPED for longest in words)
    columns += "r" * (len(table.header) - table.words)
    notes = [rf"\par {_text(note)}" for note in table.notes]
    return "\n".join(
        [
            r"\begin{table}[ht]",
            r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
            rf"\caption{{{latex_text(caption)}}}",
            rf"\label{{tab:anibench-{number}-{slug(table.caption or section)}}}\par\smallskip",
            FIT,
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _line([latex_text(title) for title in table.header]),
            r"\midrule",
            *_rows(table.rows),
            r"\bottomrule",
            r"\end{tabular}}",
            *([r"\par\smallskip\raggedright\scriptsize", *notes] if notes else []),
            r"\end{table}",
            "",
        ]
    )


def _figure(figure: Figure, home: Path) -> str:
    place = figure.path.relative_to(home).as_posix()
    return "\n".join(
        [
            r"\begin{figure}[ht]",
            r"\centering",
            rf"\includegraphics[width=\linewidth]{{\detokenize{{{place}}}}}",
            rf"\caption{{{latex_text(figure.caption)}}}",
            r"\end{figure}",
            "",
        ]
    )


def _rows(rows: Sequence[Row]) -> list[str]:
    lines: list[str] = []
    for before, row in zip((None, *rows), rows, strict=False):
        if before is not None and before.emphasis != row.emphasis:
            lines.append(r"\midrule")
        cells = [_cell(cell, row) for cell in row.cells]
        if row.emphasis == "claim":
            cells[0] = rf"\textdagger{{}} {cells[0]}"
        lines.append(_line(cells))
    return lines


def _cell(cell: Cell, row: Row) -> str:
    text = latex_text(cell.text)
    if cell.strong:
        text = rf"\textbf{{{text}}}"
    elif row.emphasis and text:
        text = rf"\textit{{{text}}}"
    aside = rf" {{\scriptsize {latex_text(cell.aside)}}}" if cell.aside else ""
    marks = rf"\textsuperscript{{{latex_text(','.join(cell.marks))}}}" if cell.marks else ""
    return text + aside + marks


def _text(text: Text) -> str:
    found = []
    for piece in pieces(text):
        inside = latex_text(plain(piece))
        before, after = (" " if end.isspace() else "" for end in (plain(piece)[:1], plain(piece)[-1:]))
        shape = {Code: r"\texttt", Strong: r"\textbf"}.get(type(piece))
        found.append(rf"{shape}{{{inside}}}" if shape else f"{before}{inside}{after}")
    return "".join(found)


def _line(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"
