"""The files of a matrix of settings: what is read, and which files are refused."""

from pathlib import Path
from typing import Any

import pytest
from cards import score_card

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_json
from benchmark.evaluation.effects import Effect
from reports.read.matrices import read_matrix

CARD = score_card(label="m.a").model_dump(mode="json")
EFFECT = Effect("psnr", "self-ref", "steps", {"10": 20.0, "20": 21.0}, 1.0, None, None, 1.0, agree=1, groups=1, n=None)
CONTENT: dict[str, Any] = {
    "matrix": {"name": "grid", "protocols": ["self-ref"], "axes": {}},
    "cells": [
        {"place": {"steps": 10}, "card": CARD, "commit": "c", "problem": None},
        {"place": {"steps": 20}, "card": None, "commit": None, "problem": "broke"},
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
