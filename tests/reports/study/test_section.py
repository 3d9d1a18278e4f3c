"""The section of a study: what stands in its paragraph and tables, and in the report."""

from pathlib import Path

import pandas as pd
import pytest
from reporting import call
from studies import simulated

from reports.document import Document, Figure, tables
from reports.study.section import study_blocks
from reports.write.to_markdown import to_markdown

pytest.importorskip("choix")


def section(ratings: pd.DataFrame, folder: Path, **options: bool) -> tuple[Document, str]:
    blocks = study_blocks(ratings, folder / "figures", **options)
    return blocks, to_markdown(blocks, folder).replace("\\", "")


def test_the_section_names_participants_means_tests_and_choices(tmp_path: Path) -> None:
    ratings = simulated(choices=6, pairs=12)
    failed = ratings[ratings["participant"] == 1].assign(participant=21, failed_checks=1)
    blocks, text = section(pd.concat([ratings, failed]), tmp_path)
    assert "20 participants rated 3 methods on 12 drawings from 1 to 5. 1 more failed an attention check" in text
    assert "20 participants chose 120 times between two methods" in text
    assert "Friedman's test: chi square" in text
    assert "Krippendorff's alpha" in text
    assert "mixed" not in text
    means, comparisons, *_, choices, strengths = tables(blocks)
    assert [row.cells[0].text for row in means.rows] == ["a", "b", "c"]
    assert [row.cells[0].text for row in strengths.rows] == ["a", "b", "c"]
    assert comparisons.header[-1] == "participants for 0.5"
    assert sum(int(row.cells[1].text.partition(" of ")[2]) for row in choices.rows) == 120
    figure = next(block for block in blocks if isinstance(block, Figure))
    assert figure.path.read_bytes().startswith(b"\x89PNG")


def test_a_method_that_always_loses_is_named_so(tmp_path: Path) -> None:
    ratings = simulated(choices=6, pairs=12)
    _, text = section(ratings[(ratings["kind"] != "choice") | (ratings["method"] != "c")], tmp_path)
    assert "strengths in Bradley and Terry's model are infinite" in text
    assert "Bradley-Terry strengths" not in text


def test_the_mixed_model_has_its_table_and_its_sentence(tmp_path: Path) -> None:
    pytest.importorskip("statsmodels")
    blocks, text = section(simulated(participants=9, pairs=9), tmp_path, mixed=True)
    assert "A linear mixed model with methods as fixed effects" in text
    assert sum(table.caption == "Mixed model" for table in tables(blocks)) == 2
    assert "drawing and method" in text
    assert "chose" not in text


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_the_report_has_a_section_on_the_study(evaluated: Path, tmp_path: Path, suffix: str) -> None:
    simulated(choices=6, pairs=12).to_csv(tmp_path / "r.csv", index=False)
    out = tmp_path / f"report.{suffix}"
    code, _, err = call(
        "report", "--runs", evaluated, "--study", tmp_path / "r.csv", "--out", out, "--pictures", "none"
    )
    assert (code, err) == (0, "")
    text = out.read_text("utf-8")
    assert text.index("random-ref") < text.index("User study") < text.index("Methods and training")
    assert "Bradley-Terry strengths" in text
    (tmp_path / "r.csv").write_text("a,b\n1,2\n")
    code, _, err = call("report", "--runs", evaluated, "--study", tmp_path / "r.csv", "--out", out)
    assert code == 1
    assert "r.csv is not a table of" in err
