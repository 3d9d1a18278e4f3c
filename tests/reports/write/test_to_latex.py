"""LaTeX tables balance, escape names and compile."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from reporting import NASTY, PIECES

from benchmark.results.score_table import Cell
from reports.document import Code, Figure, Heading, Row, Table
from reports.markup import latex_text
from reports.write.to_latex import to_latex

pytestmark = pytest.mark.usefixtures("no_weights")


@given(NASTY)
@settings(deadline=None, max_examples=200)
def test_latex_of_any_name_is_balanced_and_has_no_command_of_its_own(name: str) -> None:
    text = latex_text(name)
    depth = 0
    for token in re.findall(r"\\[{}]|[{}]", text):
        depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth >= 0
    assert depth == 0
    known = r"text\w+|mathrm|pm|Delta|leq|geq|u?p?d?o?w?n?arrow|infty|rightarrow|S|cdot|ldots"
    assert {c for c in re.findall(r"\\([a-zA-Z]+)", text) if not re.fullmatch(known, c)} == set()
    assert not re.search(r"(?<!\\)[%#&_^~]", text)


def test_latex_has_a_row_for_each_row_and_balances(files: dict[str, Path]) -> None:
    text = files["latex"].read_text("utf-8")
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") > 3
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    for body, columns in re.findall(r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end\{tabular\}", text, re.S):
        lines = [line for line in columns.splitlines() if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(body) - 1}


def test_a_column_of_long_words_is_wrapped_so_that_the_table_is_not_shrunk(tmp_path: Path) -> None:
    cells = Cell("a"), Cell("many words " * 10), Cell("1")
    table = Table(("a", "b", "c"), (Row(cells),), words=2)
    assert r"\begin{tabular}{lp{14em}r}" in to_latex((table,), tmp_path)


def test_figures_of_the_paper_are_included_by_their_relative_path(tmp_path: Path) -> None:
    inside = tmp_path / "report-figures"
    figures = (Figure(inside / "a_1.png", "4 % of it", in_latex=True), Figure(inside / "b.png", "another"))
    text = to_latex(figures, tmp_path)
    assert r"\includegraphics[width=\linewidth]{\detokenize{report-figures/a_1.png}}" in text
    assert r"\caption{4 \% of it}" in text
    assert "b.png" not in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_latex_compiles_with_any_name(tmp_path: Path) -> None:
    name = "".join(PIECES)
    table = Table((name, "x"), (Row((Cell(name, marks=("a",)), Cell("1"))),), name, notes=((name, Code(name)),))
    (tmp_path / "report.tex").write_text(to_latex((Heading(2, name), table), tmp_path))
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs,graphicx,textcomp}"
    (tmp_path / "page.tex").write_text(head + r"\begin{document}\input{report}\end{document}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
