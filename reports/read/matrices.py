"""The result of `anibench eval --matrix`: `matrix.json` beside its run record."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.core.config import validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import ScoreCard


@dataclass(frozen=True)
class MatrixCell:
    """One combination of settings, axis -> value, with its score card or the reason why it has none."""

    place: Mapping[str, Any]
    card: ScoreCard | None
    commit: str | None  # of anibench, when it was evaluated
    problem: str | None


@dataclass(frozen=True)
class Matrix:
    """One checkpoint under every combination of settings, with the effect of each setting."""

    folder: Path
    name: str
    entry: str
    description: str
    cells: tuple[MatrixCell, ...]
    effects: tuple[Mapping[str, Any], ...]  # as `benchmark.evaluation.matrix_tables.Effect`, by name

    @property
    def cards(self) -> list[ScoreCard]:
        """The score cards of the cells that have one."""
        return [cell.card for cell in self.cells if cell.card]

    @property
    def labels(self) -> set[str]:
        """The labels of the cells' evaluations."""
        return {card.label for card in self.cards}


def read_matrix(folder: Path) -> Matrix:
    """Read `matrix.json` and `config.json` of a matrix's folder; raises AnibenchError that names the file."""
    content, config = read_json(folder / "matrix.json"), read_json(folder / "config.json")
    try:
        matrix = content["matrix"]
        cells = tuple(map(_read_cell, content["cells"]))
        effects = tuple(effect for effect in content["effects"] if effect["metric"] in METRICS)
        return Matrix(folder, matrix["name"], config["entry"], matrix.get("description", ""), cells, effects)
    except (KeyError, TypeError, ValueError) as error:
        raise AnibenchError(f"{folder / 'matrix.json'} is no matrix of this anibench: {error}") from error


def _read_cell(cell: Mapping[str, Any]) -> MatrixCell:
    card = validated(ScoreCard, cell["card"], "a cell's score card") if cell["card"] else None
    return MatrixCell(cell["place"], card, cell["commit"], cell["problem"])
