"""The tables of a matrix, and what a damaged one does to a report."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from benchmark.core.files import read_json, write_json
from benchmark.evaluation.effects import sample_means
from benchmark.evaluation.matrix import CellRecord, SettingsMatrix
from benchmark.evaluation.matrix_tables import write_tables
from benchmark.results.scorecard import read_card, read_scores
from reports.content.build import build_report
from reports.content.compare import compare
from reports.content.facts import report_facts
from reports.content.sensitivity import cell_tables, effect_table
from reports.read.collect import collect
from reports.write.to_html import to_html
from reports.write.to_markdown import to_markdown

pytestmark = pytest.mark.usefixtures("no_weights")


def write_matrix(runs: Path) -> Path:
    """A matrix of four cells: made PSNR on a real score card, the last refused."""
    folder = runs / "matrix/m/tint.a"
    matrix = SettingsMatrix(name="m", protocols=("self-ref", "self-ref-warped"), axes={"sampling.eta": (0.0, 1.0)})
    card = read_card(runs / "eval/self-ref-v1/line-only")
    table = sample_means(read_scores(runs / "eval/self-ref-v1/line-only"))
    cells, scores = [], []
    for number, place in enumerate(matrix.cells()):
        psnr = card.images["psnr"].model_copy(update={"mean": 10.0 + number, "low": 9.5, "high": 14.5})
        made = {"label": f"x{number}", "slices": {}, "images": card.images | {"psnr": psnr}}
        cells.append(CellRecord(place=place, label=f"x{number}", commit="c0ffee", card=card.model_copy(update=made)))
        scores.append(table.assign(psnr=10.0 + number))
    cells[-1] = CellRecord(place=cells[-1].place, problem="refused | <b>")
    scores[-1] = pd.DataFrame()
    write_tables(folder, matrix, cells, scores)
    record = read_json(runs / "eval/self-ref-v1/line-only/run.json")
    write_json(folder / "run.json", record | {"kind": "matrix"})
    write_json(folder / "config.json", {"entry": "tint.a"})
    return folder


def test_a_matrix_becomes_effects_and_cells_with_intervals_and_its_evaluations_stand_there_alone(runs: Path) -> None:
    write_matrix(runs)
    (matrix,) = collect(runs).matrices
    (cells,) = cell_tables(matrix, ["psnr"])
    assert [row.cells[-1].text for row in cells.rows] == ["10.00", "11.00", "12.00", "refused"]
    assert cells.rows[0].cells[-1].aside == "[9.50, 14.50]"
    assert "not evaluated: refused | <b>" in cells.notes
    effects = [[cell.text for cell in row.cells] for row in effect_table(matrix, ["psnr"]).rows]
    assert effects == [
        ["PSNR (dB)", "all", "protocol", "self-ref: 10.00, self-ref-warped: 12.00", "2.00", "2.00", "1 of 1"],
        ["PSNR (dB)", "self-ref", "eta", "0.0: 10.00, 1.0: 11.00", "1.00", "1.00", "1 of 1"],
    ]
    assert effect_table(matrix, ["psnr"]).rows[0].cells[4].aside == "[2.00, 2.00]"
    assert "tint.a" in {run.card.label for run in collect(runs).evaluations}
    shutil.copytree(runs / "eval/self-ref-v1/tint.a", runs / "eval/self-ref-v1/x1")
    for name in ("scorecard.json", "config.json"):
        path = runs / "eval/self-ref-v1/x1" / name
        write_json(path, read_json(path) | {"label": "x1"})
    assert "x1" not in {run.card.label for run in collect(runs).evaluations}, "a cell of the matrix"


@pytest.mark.parametrize("write", [to_markdown, to_html])
def test_a_report_of_a_matrix_alone_names_data_checkpoint_and_commit(
    runs: Path, tmp_path: Path, write: Callable[..., str]
) -> None:
    write_matrix(runs)
    shutil.rmtree(runs / "eval")
    document = build_report(collect(runs), tmp_path / "figures").document
    text = write(document, tmp_path) if write is to_markdown else write(document)
    for words in (
        "One method under several settings",
        "5 pictures of",
        "c0ffee",
        "10.00",
        "9.50,",
        "14.50",
        "1 of 1",
        "Unverified: 3 of 4 combinations have no evaluation",
    ):
        assert words in text
    assert "<b>refused" not in text
    assert "There is no finished evaluation" not in text


def test_the_facts_of_a_matrix_are_json_with_whole_score_cards(runs: Path) -> None:
    write_matrix(runs)
    found = collect(runs)
    verdicts, curves = {g.name: compare(g) for g in found.groups}, {g.name: () for g in found.groups}
    facts = json.loads(json.dumps(report_facts(found, verdicts, curves), allow_nan=False))
    assert [cell["card"] and cell["card"]["images"]["psnr"]["mean"] for cell in facts["matrices"][0]["cells"]] == [
        10.0, 11.0, 12.0, None,
    ]  # fmt: skip


def test_an_interrupted_matrix_is_left_out_with_the_way_on(runs: Path) -> None:
    folder = write_matrix(runs)
    (folder / "matrix.json").unlink()
    write_json(folder / "run.json", read_json(folder / "run.json") | {"status": "interrupted"})
    assert any("matrix is interrupted; finish it with:" in reason for _, reason in collect(runs).left_out)


def test_a_damaged_matrix_is_left_out_with_its_reason(runs: Path) -> None:
    folder = write_matrix(runs)
    write_json(folder / "matrix.json", {"cells": []})
    found = collect(runs)
    assert not found.matrices
    assert any(path == folder and "not a matrix" in reason for path, reason in found.left_out)
