"""How much a number depends on settings: one checkpoint, evaluated at every combination of them.

Each cell is an evaluation like any other, in a folder of its own; finished ones are reused. The paper's own numbers
hang on choices its text leaves open (reference warp, start noise, eta, steps): the preset `animediffusion-sensitivity`
varies just these.
"""

import itertools
from importlib.resources import files
from pathlib import Path

from pydantic import Field

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.results.scorecard import ScoreCard

PROTOCOL = "protocol"  # the name of the axis that the protocols are
Setting = str | bool | int | float


class Matrix(Config):
    """`[axes]` of method settings, each with its values (one: held there), and the protocols to evaluate by."""

    name: str = Field(min_length=1)
    description: str = ""
    protocols: tuple[str, ...] = Field(min_length=1)
    axes: dict[str, tuple[Setting, ...]]

    @property
    def all_axes(self) -> dict[str, tuple[Setting, ...]]:
        """Every axis with its values, the protocols first."""
        return {PROTOCOL: self.protocols, **self.axes}

    def cells(self) -> list[dict[str, Setting]]:
        """Every combination: axis -> value, the protocol among them."""
        axes = self.all_axes
        return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


class Cell(Config):
    """One combination, with its score card or why there is none."""

    place: dict[str, Setting]  # axis -> value
    label: str | None = None
    commit: str | None = None  # of anibench, when it was evaluated
    card: ScoreCard | None = None  # without its slices
    problem: str | None = None


def find_matrix(name: str) -> Matrix:
    """A preset by name, or a TOML file; raises AnibenchError that lists the presets."""
    presets = {path.stem: path for path in (Path(str(files("benchmark.evaluation"))) / "matrices").glob("*.toml")}
    path = presets.get(name, Path(name))
    if not path.is_file():
        raise AnibenchError(f"there is no matrix {name}: give a TOML file, or one of: {', '.join(sorted(presets))}")
    matrix = load_config(Matrix, base={"name": path.stem}, file=path)
    wrong = [axis for axis, values in matrix.axes.items() if len(set(map(str, values))) < max(1, len(values))]
    if wrong or PROTOCOL in matrix.axes:
        raise AnibenchError(f"{path}: an axis has one or more different values: {', '.join(wrong) or PROTOCOL}")
    return matrix
