"""A swept checkpoint, as `anibench eval --matrix` leaves it: `matrix.json` beside its run record."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.errors import AnibenchError
from benchmark.files import read_json
from benchmark.metric_table import METRICS


@dataclass(frozen=True)
class Matrix:
    """A swept checkpoint: every combination of settings with its numbers, and the effect of each setting."""

    folder: Path
    name: str
    entry: str
    description: str
    cells: tuple[Mapping[str, Any], ...]  # place: axis -> value; label; values: metric -> number; problem
    effects: tuple[Mapping[str, Any], ...]  # metric, axis, levels: value -> mean; spread; largest; groups

    @property
    def labels(self) -> set[str]:
        """The evaluations its cells rest on."""
        return {cell["label"] for cell in self.cells if cell.get("label")}


def read_matrix(folder: Path) -> Matrix:
    """Read `matrix.json` and `config.json` of a matrix's folder; raises AnibenchError that names the file."""
    content, config = read_json(folder / "matrix.json"), read_json(folder / "config.json")
    try:
        matrix = content["matrix"]
        cells = tuple({"values": {}, "problem": None, **cell} for cell in content["cells"])
        effects = tuple(effect for effect in content["effects"] if effect["metric"] in METRICS)
        if any("place" not in cell for cell in cells):
            raise KeyError("place")
        return Matrix(folder, matrix["name"], config["entry"], matrix.get("description", ""), cells, effects)
    except (KeyError, TypeError) as error:
        raise AnibenchError(f"{folder / 'matrix.json'} is no matrix of this anibench: {error}") from error
