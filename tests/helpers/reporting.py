"""Helpers of the tests of reports: texts, tables, names that contain markup."""

import re
import shutil
from pathlib import Path

from click.testing import CliRunner
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import anibench
from benchmark.core.files import read_json, write_json
from reports.read.collect import collect
from reports.write.output import write_report

PIECES = [
    *"ab1=+-@|%\\{}$&#_^~<>[]*\"'`\n\t\r\x00",
    "<script>",
    "</td>",
    "&amp;",
    "{{ 1 }}",
    "\\end{table}",
    "日本",
    "é",
    "\N{MINUS SIGN}",
]
NASTY = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join)


def written(runs: Path) -> str:
    """Write the report on `runs` beside them and return its text."""
    out = runs.parent / "report.md"
    write_report(collect(runs), out)
    return out.read_text("utf-8")


def rows_of(text: str, heading: str) -> dict[str, list[str]]:
    """The table under a heading, parsed by a markdown reader: first cell -> the other cells, as plain text."""
    section = text[text.index(f"\n## {heading}") :]
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(section)
    first = next(i for i, token in enumerate(tokens) if token.type == "table_open")
    last = next(i for i, token in enumerate(tokens) if token.type == "table_close")
    rows: list[list[str]] = []
    for token in tokens[first:last]:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(re.sub(r"\s*<sup>.*?</sup>", "", "".join(c.content for c in token.children or [])))
    return {row[0]: row[1:] for row in rows}


def disguise(runs: Path, floor: str, name: str) -> None:
    """Copy the evaluation of a floor as that of an external method."""
    folder = Path(shutil.copytree(runs / "eval/self-ref-v1" / floor, runs / "eval/self-ref-v1" / name))
    for file in ("scorecard.json", "config.json"):
        write_json(folder / file, read_json(folder / file) | {"label": name, "method": name, "kind": "external"})


def call(*arguments: object) -> tuple[int, str, str]:
    """Run `anibench` with `arguments`: exit code, standard output, standard error."""
    result = CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr
