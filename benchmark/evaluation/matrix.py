"""Sensitivity of the scores to settings: one checkpoint, evaluated at every combination of settings.

Each cell is an evaluation in its own folder; finished ones are reused. The paper does not state some settings that
change its numbers (reference warp, start noise, eta, steps): the preset `animediffusion-sensitivity` varies these.
"""

import itertools
from importlib.resources import files
from pathlib import Path

from pydantic import Field

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.results.scorecard import ScoreCard

PROTOCOL = "protocol"  # name of the axis of protocols
Setting = str | bool | int | float


class SettingsMatrix(Config):
    """`[axes]` of method settings with their values (a single value is held constant), and the protocols."""

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


class CellRecord(Config):
    """One combination, with its score card, or the reason why it has none."""

    place: dict[str, Setting]  # axis -> value
    label: str | None = None
    commit: str | None = None  # of anibench at the evaluation
    card: ScoreCard | None = None  # without its slices
    problem: str | None = None


def find_matrix(name: str) -> SettingsMatrix:
    """A preset by name, or a TOML file; raises AnibenchError that lists the presets."""
    presets = {path.stem: path for path in (Path(str(files("benchmark.evaluation"))) / "matrices").glob("*.toml")}
    path = presets.get(name, Path(name))
    if not path.is_file():
        raise AnibenchError(
            f"{name} is not a file or preset of a matrix; give a TOML file, or one of: {', '.join(sorted(presets))}"
        )
    matrix = load_config(SettingsMatrix, base={"name": path.stem}, file=path)
    wrong = [axis for axis, values in matrix.axes.items() if len(set(map(str, values))) < max(1, len(values))]
    if wrong or PROTOCOL in matrix.axes:
        raise AnibenchError(
            f"{path}: the axis {', '.join(wrong) or PROTOCOL} needs one or more values that differ, and the axis "
            f"{PROTOCOL} comes from the key protocols"
        )
    return matrix
