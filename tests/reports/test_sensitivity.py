"""The tables of a matrix, and what a damaged one does to a report."""

from pathlib import Path

import pytest

from benchmark.files import read_json, write_json
from benchmark.matrix import Cell, Matrix, write_tables
from reports.collect import collect
from reports.sensitivity import cell_tables, effect_table

pytestmark = pytest.mark.usefixtures("no_weights")


def write_matrix(runs: Path) -> Path:
    folder = runs / "matrix/m/line-only"
    matrix = Matrix(name="m", protocols=("self-ref", "self-ref-warped"), axes={"sampling.eta": (0.0, 1.0)})
    cells = [Cell(place=p, label=f"x{i}", values={"psnr": 10.0 + i}) for i, p in enumerate(matrix.cells())]
    cells[0] = cells[0].model_copy(update={"label": "tint.a"})
    cells[-1] = Cell(place=cells[-1].place, problem="refused | <b>")
    write_tables(folder, matrix, cells)
    record = read_json(runs / "eval/self-ref-v1/line-only/run.json")
    write_json(folder / "run.json", record | {"kind": "matrix"})
    write_json(folder / "config.json", {"entry": "line-only"})
    return folder


def test_a_matrix_becomes_effects_and_cells_and_its_evaluations_stand_there_alone(runs: Path) -> None:
    write_matrix(runs)
    found = collect(runs)
    (matrix,) = found.matrices
    (cells,) = cell_tables(matrix)
    assert [row.cells[-1].text for row in cells.rows] == ["10.00", "11.00", "12.00", "refused"]
    assert "not evaluated: refused | <b>" in cells.notes
    effects = {row.cells[1].text: row.cells[3].value for row in effect_table(matrix).rows}
    assert effects == {"protocol": 2.0, "sampling.eta": 1.0}
    assert "tint.a" not in {run.card.label for run in found.evaluations}, "a cell of the matrix"
    assert "line-only" in {run.card.label for run in found.evaluations}


def test_a_damaged_matrix_is_left_out_with_its_reason(runs: Path) -> None:
    folder = write_matrix(runs)
    write_json(folder / "matrix.json", {"cells": []})
    found = collect(runs)
    assert not found.matrices
    assert any(path == folder and "no matrix" in reason for path, reason in found.left_out)
