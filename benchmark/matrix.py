"""How much a number depends on settings: one checkpoint, evaluated at every combination of them.

Each cell is an evaluation like any other, in a folder of its own; finished ones are reused. The paper's own numbers
hang on choices its text leaves open (reference warp, start noise, eta, steps): the preset `animediffusion-sensitivity`
varies just these.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from benchmark.config import Config, load_config
from benchmark.entries import Entry, reconfigured, safe_label
from benchmark.errors import AnibenchError
from benchmark.exchange import write_csv
from benchmark.files import write_json, write_text
from benchmark.runs import record_run
from benchmark.score_table import DIGITS, TITLES
from benchmark.scorecard import ScoreCard

PROTOCOL = "protocol"  # the name of the axis that the protocols are
Setting = str | bool | int | float


class Matrix(Config):
    """`[axes]` of method settings, each with its values, and the protocols to evaluate by."""

    name: str = Field(min_length=1)
    description: str = ""
    protocols: tuple[str, ...] = Field(min_length=1)
    axes: dict[str, tuple[Setting, ...]]

    def cells(self) -> list[dict[str, Setting]]:
        """Every combination: axis -> value, the protocol among them."""
        axes = {PROTOCOL: self.protocols, **self.axes}
        return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


class Cell(Config):
    """One combination, with its score card's numbers or why there are none."""

    place: dict[str, Setting]  # axis -> value
    label: str | None = None
    values: dict[str, float] = Field(default_factory=dict)  # metric -> number
    problem: str | None = None


class Effect(NamedTuple):
    """What one axis does to one metric, over the groups of cells that differ in this axis alone."""

    metric: str
    axis: str
    levels: dict[str, float]  # value of the axis -> mean over the groups
    spread: float  # largest mean less smallest: the main effect
    largest: float  # largest difference within one group
    groups: int


class MatrixRun(Config):
    """`config.json` of a matrix's folder."""

    matrix: Matrix
    entry: str
    checkpoint_sha256: str | None
    data: str


def find_matrix(name: str) -> Matrix:
    """A preset by name, or a TOML file; raises AnibenchError that lists the presets."""
    presets = {path.stem: path for path in (Path(str(files("benchmark"))) / "matrices").glob("*.toml")}
    path = presets.get(name, Path(name))
    if not path.is_file():
        raise AnibenchError(f"there is no matrix {name}: give a TOML file, or one of: {', '.join(sorted(presets))}")
    matrix = load_config(Matrix, base={"name": path.stem}, file=path)
    short = [axis for axis, values in matrix.axes.items() if len(set(map(str, values))) < max(2, len(values))]
    if short or PROTOCOL in matrix.axes:
        raise AnibenchError(f"{path}: an axis has two or more different values: {', '.join(short) or PROTOCOL}")
    return matrix


def run_matrix(
    matrix: Matrix, entry: Entry, evaluate: Callable[[str, Entry], ScoreCard], runs: Path, data: Path, device: str
) -> tuple[Path, list[Cell]]:
    """Evaluate every cell by `evaluate(protocol, entry)` and write the tables; returns their folder and the cells.

    A combination that the method refuses is a cell with the reason in it, not the end.
    """
    folder = runs / "matrix" / safe_label(matrix.name) / entry.label
    sha256 = sha256_of(entry)
    config = MatrixRun(matrix=matrix, entry=entry.label, checkpoint_sha256=sha256, data=str(data))
    inputs = {"checkpoint": sha256} if sha256 else {}
    with record_run(folder, "matrix", config, name=f"{matrix.name}/{entry.label}", device=device, inputs=inputs):
        cells = [_cell(place, entry, evaluate) for place in matrix.cells()]
        write_tables(folder, matrix, cells)
    return folder, cells


def sha256_of(entry: Entry) -> str | None:
    """SHA-256 of the entry's weights."""
    from benchmark.files import sha256_file

    return sha256_file(entry.checkpoint) if entry.checkpoint else None


def effects(matrix: Matrix, cells: Sequence[Cell]) -> list[Effect]:
    """The effect of every axis on every metric, from the groups of cells that are complete along the axis."""
    axes: dict[str, tuple[Setting, ...]] = {PROTOCOL: matrix.protocols, **matrix.axes}
    found = []
    for metric in metrics_of_cells(cells):
        for axis, levels in axes.items():
            groups = _groups(cells, axis, levels, metric)
            if len(levels) < 2 or not groups:
                continue
            means = [sum(group[i] for group in groups) / len(groups) for i in range(len(levels))]
            largest = max(max(group) - min(group) for group in groups)
            named = {str(level): mean for level, mean in zip(levels, means, strict=True)}
            found.append(Effect(metric, axis, named, max(means) - min(means), largest, len(groups)))
    return found


def metrics_of_cells(cells: Sequence[Cell]) -> list[str]:
    """The metrics that any cell has a number of, in the order they are shown."""
    present = {metric for cell in cells for metric in cell.values}
    return [metric for metric in TITLES if metric in present]


def write_tables(folder: Path, matrix: Matrix, cells: Sequence[Cell]) -> None:
    """`matrix.json`, `matrix.csv` and `matrix.md`."""
    found = effects(matrix, cells)
    write_json(
        folder / "matrix.json",
        {
            "matrix": matrix.model_dump(mode="json"),
            "cells": [cell.model_dump(mode="json") for cell in cells],
            "effects": [effect._asdict() for effect in found],
        },
    )
    axes, metrics = [PROTOCOL, *matrix.axes], metrics_of_cells(cells)
    rows = [{**cell.place, **{m: cell.values.get(m) for m in metrics}, "problem": cell.problem or ""} for cell in cells]
    write_csv(folder / "matrix.csv", [*axes, *metrics, "problem"], rows)
    parts = [f"# {_markdown(matrix.name)}: {_markdown(folder.name)}", _markdown(matrix.description)]
    parts += [_table(*cell_rows(matrix, cells)), "## What each setting does", HOW_TO_READ, _table(*effect_rows(found))]
    write_text(folder / "matrix.md", "\n\n".join(part for part in parts if part) + "\n")


HOW_TO_READ = (
    "Cells that differ in one setting alone are compared. The mean is over these groups; the main effect is the "
    "largest mean less the smallest; the largest change is the one within a single group."
)


def cell_rows(matrix: Matrix, cells: Sequence[Cell]) -> tuple[list[str], list[list[str]]]:
    """Header and rows, for people: one row for each cell."""
    metrics = metrics_of_cells(cells)
    rows = []
    for cell in cells:
        numbers = [_number(metric, cell.values.get(metric)) for metric in metrics]
        rows.append([*(str(value) for value in cell.place.values()), *numbers, cell.problem or ""])
    header = [PROTOCOL, *matrix.axes, *(TITLES[metric] for metric in metrics), "problem"]
    if not any(row[-1] for row in rows):
        return header[:-1], [row[:-1] for row in rows]
    return header, rows


def effect_rows(found: Sequence[Effect]) -> tuple[list[str], list[list[str]]]:
    """Header and rows, for people: one row for each metric and axis, the largest effect on a metric first."""
    order = sorted(found, key=lambda effect: (list(TITLES).index(effect.metric), -effect.spread))
    rows = [
        [
            TITLES[effect.metric],
            effect.axis,
            ", ".join(f"{level}: {_number(effect.metric, mean)}" for level, mean in effect.levels.items()),
            _number(effect.metric, effect.spread),
            _number(effect.metric, effect.largest),
            str(effect.groups),
        ]
        for effect in order
    ]
    return ["metric", "setting", "mean", "main effect", "largest change", "groups"], rows


def _cell(place: Mapping[str, Setting], entry: Entry, evaluate: Callable[[str, Entry], ScoreCard]) -> Cell:
    settings = [f"{axis}={json.dumps(value)}" for axis, value in place.items() if axis != PROTOCOL]
    try:
        card = evaluate(str(place[PROTOCOL]), reconfigured(entry, settings))
    except AnibenchError as error:
        return Cell(place=dict(place), problem=str(error))
    numbers: dict[str, float | None] = {metric: score.mean for metric, score in card.images.items()}
    numbers |= {metric: score.value for metric, score in card.sets.items()}
    values = {metric: value for metric, value in numbers.items() if value is not None}
    return Cell(place=dict(place), label=card.label, values=values)


def _groups(cells: Sequence[Cell], axis: str, levels: Sequence[Setting], metric: str) -> list[list[float]]:
    """Numbers along `axis`, one list for each setting of the other axes that has a number at every level."""
    found: dict[str, dict[str, float]] = {}
    for cell in cells:
        others = json.dumps({name: value for name, value in cell.place.items() if name != axis})
        if metric in cell.values:
            found.setdefault(others, {})[str(cell.place[axis])] = cell.values[metric]
    return [[row[str(level)] for level in levels] for row in found.values() if len(row) == len(levels)]


def _number(metric: str, value: float | None) -> str:
    return "-" if value is None else f"{value:.{DIGITS[metric]}f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_markdown(cell) for cell in line)} |" for line in lines)


def _markdown(value: Any) -> str:
    """Text as one line that does not act as markup in a table."""
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return text.replace("|", "\\|").replace("`", "\\`").replace("[", "\\[").replace("_", "\\_").replace("*", "\\*")
