"""The result of `anibench eval --matrix`: `matrix.json` beside its run record, checked against its evaluations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.core.config import validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.effects import Effect, effects, sample_means
from benchmark.evaluation.matrix import PROTOCOL, CellRecord, SettingsMatrix
from benchmark.results.consistency import Evaluated
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import ScoreCard

SAME = 1e-6  # largest difference between a stored mean and the recomputed one, relative to 1 or the mean


@dataclass(frozen=True)
class Matrix:
    """One method under every combination of settings, with the effect of each setting."""

    folder: Path
    settings: SettingsMatrix
    entry: str
    cells: tuple[CellRecord, ...]
    effects: tuple[Effect, ...]
    unverified: int = 0  # cells with scores whose evaluations are not at hand
    evaluations: tuple[Evaluated | None, ...] = ()  # of each cell with verified scores
    seeds: tuple[int, ...] = ()  # of the training, where the scores are means over several

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def description(self) -> str:
        return self.settings.description

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
        settings = validated(SettingsMatrix, content["matrix"], f"{folder / 'matrix.json'} is not a matrix")
        cells = tuple(validated(CellRecord, cell, "a cell") for cell in content["cells"])
        if any(cell.place.keys() != settings.all_axes.keys() for cell in cells):
            raise ValueError("a cell does not name a value of each axis")
        found = tuple(Effect(**effect) for effect in content["effects"] if effect["metric"] in METRICS)
        return Matrix(folder, settings, config["entry"], cells, found)
    except (KeyError, TypeError, ValueError) as error:
        raise AnibenchError(f"{folder / 'matrix.json'} is not a matrix of this anibench: {error}") from error


def verify_matrix(matrix: Matrix, evaluations: Sequence[Evaluated], left_out: Mapping[str, str]) -> Matrix:
    """The matrix with the score cards and effects that the evaluations of its cells give.

    A cell that contradicts its evaluation, or whose evaluation is left out (label -> reason), becomes a cell without
    scores and with the reason. Cells whose evaluations are not at hand are kept and counted as unverified. Their
    effects are then the stored ones. Raises AnibenchError for a cell of an unknown protocol.
    """
    cells, scores, verified, unverified = [], [], [], 0
    for cell in matrix.cells:
        run = _evaluation_of(cell, evaluations)
        problem = _problem(cell, run, left_out)
        verified.append(run if problem is None else None)
        if cell.card is None or problem is not None:
            cells.append(cell if problem is None else cell.model_copy(update={"card": None, "problem": problem}))
            scores.append(pd.DataFrame())
        elif run is None:
            cells.append(cell)
            unverified += 1
        else:
            cells.append(cell.model_copy(update={"card": run.card.model_copy(update={"slices": {}})}))
            scores.append(sample_means(run.scores))
    found = matrix.effects if unverified else tuple(effects(matrix.settings, cells, scores))
    return replace(matrix, cells=tuple(cells), effects=found, unverified=unverified, evaluations=tuple(verified))


def _evaluation_of(cell: CellRecord, evaluations: Sequence[Evaluated]) -> Evaluated | None:
    """The evaluation with the label, protocol and pairs of a cell's score card."""
    if cell.card is None:
        return None
    wanted = (cell.card.label, cell.card.protocol_label, cell.card.pairs)
    return next(
        (run for run in evaluations if (run.card.label, run.card.protocol_label, run.card.pairs) == wanted), None
    )


def _problem(cell: CellRecord, run: Evaluated | None, left_out: Mapping[str, str]) -> str | None:
    """Why the scores of a cell do not count, or None."""
    if cell.card is None:
        return None
    if run is None:
        reason = left_out.get(f"{cell.card.protocol_label}/{cell.card.label}")
        wrong = next(_outside(cell.card), None)
        return f"its evaluation is left out: {reason}" if reason else wrong
    stated, true = _numbers(cell.card), _numbers(run.card)
    different = [name for name, number in stated.items() if not _same(number, true.get(name))]
    if different:
        return f"its {', '.join(different)} in matrix.json is not that of its evaluation {cell.card.label}"
    return next(_other_settings(cell, run), None)


def _other_settings(cell: CellRecord, run: Evaluated) -> Iterator[str]:
    """Where the evaluation of a cell was made by other settings than the cell names."""
    for axis, value in cell.place.items():
        if axis == PROTOCOL:
            if get_protocol(str(value)).name != run.card.protocol:
                yield f"its evaluation {run.card.label} is of {run.card.protocol_label}, not of {value}"
        elif _setting(run.config.method_config, axis) != value:
            yield f"its evaluation {run.card.label} has another {axis} than {value}"


def _setting(config: Mapping[str, Any], axis: str) -> Any:
    """The value of a dotted key; None where the configuration lacks it."""
    found: Any = config
    for key in axis.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _outside(card: ScoreCard) -> Iterator[str]:
    """Means and values outside the ranges of their metrics."""
    for name, number in _numbers(card).items():
        if name in METRICS and not METRICS[name].low <= number <= METRICS[name].high:
            yield f"its score card has the {name} {number:g}, outside {METRICS[name].low:g} to {METRICS[name].high:g}"


def _numbers(card: ScoreCard) -> dict[str, float]:
    """Metric -> mean over pictures or value of the set, where the card has one."""
    found = {name: score.mean for name, score in card.images.items()}
    found |= {name: score.value for name, score in card.sets.items()}
    return {name: number for name, number in found.items() if number is not None}


def _same(stated: float, true: float | None) -> bool:
    return true is not None and abs(stated - true) <= SAME * max(1.0, abs(true))
