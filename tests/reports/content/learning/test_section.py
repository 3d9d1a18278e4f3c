"""The section on learning curves: extrapolated scores beside the claim, and what limits them."""

from dataclasses import replace
from pathlib import Path

from ladders import IMAGES, ladder, table

from reports.content.build import build_report
from reports.content.learning.curves import learning_curves
from reports.content.learning.section import learning_blocks
from reports.document import Block, Details, Figure, Heading, Paragraph, Table, plain
from reports.read.collect import Collection, EvalRun, Group
from reports.write.to_latex import to_latex
from reports.write.to_markdown import to_markdown


def ours(run: EvalRun) -> EvalRun:
    """The row as one of AnimeDiffusion, for which the paper claims a number."""
    return replace(run, card=run.card.model_copy(update={"method": "animediffusion"}))


def section(group: Group, folder: Path) -> list[Block]:
    return learning_blocks([group], {group.name: learning_curves(group)}, folder)


def test_the_section_extrapolates_and_is_no_prediction(tmp_path: Path) -> None:
    group = table(*map(ours, ladder()))
    heading, paragraph, figure, by_flops, fits = section(group, tmp_path)
    assert isinstance(heading, Heading)
    assert heading.text == "Learning curve, on d"
    assert isinstance(paragraph, Paragraph)
    for words in (
        "30,400 images",
        "9,540,496 are 314 times",
        "the model, the resolution and the data",
        "no prediction",
    ):
        assert words in plain(paragraph.text)
    assert isinstance(figure, Figure)
    assert isinstance(by_flops, Details)
    assert {figure.path, by_flops.blocks[0].path} == set(tmp_path.iterdir())  # type: ignore[union-attr]
    assert isinstance(fits, Table)
    row = dict(zip(fits.header, fits.rows[0].cells, strict=True))
    assert row["paper, claimed"].text == "25.47"
    for column in ("fit at 10 times", "fit at the paper's 9,540,496"):
        low, high = map(float, row[column].aside.strip("[]").split(", "))
        assert low <= float(row[column].text) <= high
    assert "the test pictures alone: animediffusion" in "".join(map(plain, fits.notes))


def test_what_has_no_fit_is_said(tmp_path: Path) -> None:
    *_, fits = section(table(*ladder(), *ladder(IMAGES[:2], width=2)), tmp_path)
    assert isinstance(fits, Table)
    assert "no fit; a fit needs 4 different budgets, and there are 2." in "".join(map(plain, fits.notes))


def test_a_report_on_four_budgets_has_the_section_in_each_format(tmp_path: Path) -> None:
    found = Collection(groups=[table(*ladder(IMAGES[:4]))])
    document = build_report(found, tmp_path / "figures", pictures="none").document
    markdown, latex = to_markdown(document, tmp_path), to_latex(document, tmp_path)
    assert "## Learning curve, on d" in markdown
    (picture,) = (tmp_path / "figures").glob("*-learning.png")
    for text in (markdown, latex):
        assert f"figures/{picture.name}" in text
        assert "Fits under self" in text.replace("{-}", "-")


def test_a_report_on_three_budgets_has_no_section(tmp_path: Path) -> None:
    group = table(*ladder(IMAGES[:3]))
    assert section(group, tmp_path) == []
    assert list(tmp_path.iterdir()) == []
