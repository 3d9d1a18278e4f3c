"""The files of a matrix of settings: what is read, and which files are refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cards import score_card

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_json
from benchmark.evaluation.effects import Effect
from benchmark.evaluation.matrix import CellRecord, SettingsMatrix
from reports.read.collect import EvalRun, collect
from reports.read.matrices import Matrix, read_matrix, verify_matrix

CARD = score_card(label="m.a").model_dump(mode="json")
EFFECT = Effect("psnr", "self-ref", "steps", {"10": 20.0, "20": 21.0}, 1.0, None, None, 1.0, agree=1, groups=1, n=None)
CONTENT: dict[str, Any] = {
    "matrix": {"name": "grid", "protocols": ["self-ref"], "axes": {"steps": [10, 20]}},
    "cells": [
        {"place": {"protocol": "self-ref", "steps": 10}, "card": CARD, "commit": "c", "problem": None},
        {"place": {"protocol": "self-ref", "steps": 20}, "card": None, "commit": None, "problem": "broke"},
    ],
    "effects": [EFFECT._asdict(), EFFECT._replace(metric="of a later version")._asdict()],
}


def write(folder: Path, content: dict[str, Any]) -> Path:
    write_json(folder / "matrix.json", content)
    write_json(folder / "config.json", {"entry": "m.a"})
    return folder


def test_cells_with_and_without_a_card_are_read_and_unknown_metrics_left_out(tmp_path: Path) -> None:
    matrix = read_matrix(write(tmp_path, CONTENT))
    assert (matrix.name, matrix.entry, matrix.description) == ("grid", "m.a", "")
    assert [(cell.place["steps"], cell.problem) for cell in matrix.cells] == [(10, None), (20, "broke")]
    assert [card.label for card in matrix.cards] == ["m.a"]
    assert matrix.labels == {"m.a"}
    assert matrix.effects == (EFFECT,)


@pytest.mark.parametrize(
    "change",
    [
        {"matrix": {}},
        {"cells": [{"card": None}]},
        {"cells": [CONTENT["cells"][0] | {"place": {"steps": 10}}]},
        {"effects": None},
        {"effects": [{"metric": "psnr"}]},
        {"cells": [{"place": {}, "card": {"format": 1}, "commit": None, "problem": None}]},
    ],
)
def test_another_form_is_an_error_of_anibench(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(AnibenchError):
        read_matrix(write(tmp_path, CONTENT | change))


def test_a_file_without_cells_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="matrix.json"):
        read_matrix(write(tmp_path, {"matrix": {"name": "grid"}}))


def grid(evaluated: Path) -> tuple[Matrix, list[EvalRun]]:
    """A matrix of one method under two protocols, and the evaluations of its cells."""
    runs = [run for run in collect(evaluated).evaluations if run.card.label == "tint.a"]
    settings = SettingsMatrix(name="grid", protocols=("self-ref", "random-ref"), axes={})
    cells = tuple(
        CellRecord(place={"protocol": run.card.protocol}, label="tint.a", commit="c", card=run.card) for run in runs
    )
    return Matrix(Path("matrix"), settings, "tint.a", cells, ()), runs


def changed(matrix: Matrix, **update: Any) -> Matrix:
    """The matrix with changes in the score card of its first cell."""
    first, *rest = matrix.cells
    assert first.card is not None
    card = first.card.model_copy(update=update)
    return replace(matrix, cells=(first.model_copy(update={"card": card}), *rest))


def raised(matrix: Matrix, metric: str, mean: float) -> Matrix:
    """The matrix with another mean in the first cell."""
    card = matrix.cells[0].card
    assert card is not None
    return changed(matrix, images=card.images | {metric: card.images[metric].model_copy(update={"mean": mean})})


def test_effects_are_computed_again_from_the_evaluations(evaluated: Path) -> None:
    matrix, runs = grid(evaluated)
    found = verify_matrix(matrix, runs, {})
    assert (found.unverified, [cell.problem for cell in found.cells]) == (0, [None, None])
    of_lines = next(effect for effect in found.effects if effect.metric == "line-f1")
    assert of_lines.levels == {run.card.protocol: pytest.approx(run.value("line-f1")) for run in runs}


def test_an_edited_cell_loses_its_scores_with_the_reason(evaluated: Path) -> None:
    matrix, runs = grid(evaluated)
    found = verify_matrix(raised(matrix, "psnr", 99.0), runs, {})
    assert found.cells[0].card is None
    assert found.cells[0].problem == "its psnr in matrix.json is not that of its evaluation tint.a"
    assert found.cells[1].card is not None
    assert found.effects == ()


def test_a_cell_whose_evaluation_is_left_out_or_of_other_settings_has_the_reason(evaluated: Path) -> None:
    matrix, runs = grid(evaluated)
    left = verify_matrix(matrix, runs[1:], {"self-ref-v1/tint.a": "its card was edited"})
    assert left.cells[0].problem == "its evaluation is left out: its card was edited"
    swapped = replace(matrix, cells=(matrix.cells[0].model_copy(update={"place": {"protocol": "random-ref"}}),))
    assert verify_matrix(swapped, runs, {}).cells[0].problem == (
        "its evaluation tint.a is of self-ref-v1, not of random-ref"
    )
    place = {"protocol": "self-ref", "sampling.steps": 5}
    settings = SettingsMatrix(name="grid", protocols=("self-ref",), axes={"sampling.steps": (5,)})
    steps = replace(matrix, settings=settings, cells=(matrix.cells[0].model_copy(update={"place": place}),))
    assert verify_matrix(steps, runs, {}).cells[0].problem == "its evaluation tint.a has another sampling.steps than 5"


def test_cells_without_evaluations_are_counted_and_must_keep_the_ranges(evaluated: Path) -> None:
    matrix, _ = grid(evaluated)
    kept = verify_matrix(replace(matrix, effects=(EFFECT,)), [], {})
    assert (kept.unverified, kept.effects, kept.cells) == (2, (EFFECT,), matrix.cells)
    wrong = verify_matrix(raised(matrix, "line-f1", 7.0), [], {})
    assert wrong.cells[0].problem == "its score card has the line-f1 7, outside 0 to 1"
    assert wrong.unverified == 1


def test_a_cell_of_an_unknown_protocol_leaves_its_matrix_out(runs: Path) -> None:
    content = CONTENT | {"cells": [CONTENT["cells"][0] | {"place": {"protocol": "no-ref", "steps": 10}}]}
    folder = runs / "matrix/grid/m.a"
    card = collect(runs).groups[0].runs[0].card.model_copy(update={"slices": {}})
    content["cells"][0]["card"] = card.model_dump(mode="json")
    write(folder, content)
    record = read_json(runs / "eval/self-ref-v1/line-only/run.json")
    write_json(folder / "run.json", record | {"kind": "matrix"})
    found = collect(runs)
    assert not found.matrices
    assert [(path, "no-ref" in reason) for path, reason in found.left_out] == [(folder, True)]
