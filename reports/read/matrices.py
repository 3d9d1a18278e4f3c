"""The result of `anibench eval --matrix`: `matrix.json` beside its run record."""

from dataclasses import dataclass
from pathlib import Path

from benchmark.core.config import validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json
from benchmark.evaluation.effects import Effect
from benchmark.evaluation.matrix import CellRecord
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import ScoreCard


@dataclass(frozen=True)
class Matrix:
    """One checkpoint under every combination of settings, with the effect of each setting."""

    folder: Path
    name: str
    entry: str
    description: str
    cells: tuple[CellRecord, ...]
    effects: tuple[Effect, ...]

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
        cells = tuple(validated(CellRecord, cell, "a cell") for cell in content["cells"])
        effects = tuple(Effect(**effect) for effect in content["effects"] if effect["metric"] in METRICS)
        return Matrix(folder, matrix["name"], config["entry"], matrix.get("description", ""), cells, effects)
    except (KeyError, TypeError, ValueError) as error:
        raise AnibenchError(f"{folder / 'matrix.json'} is no matrix of this anibench: {error}") from error
