"""Evaluation of a matrix of settings: each cell is evaluated, or reused if finished, and the tables are written."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.progress import format_seconds
from benchmark.core.runs import read_record, record_run
from benchmark.core.terminal import Say
from benchmark.data.dataset import Dataset
from benchmark.evaluation.effects import sample_means
from benchmark.evaluation.entries import Entry, reconfigured, safe_label
from benchmark.evaluation.matrix import PROTOCOL, CellRecord, Setting, SettingsMatrix
from benchmark.evaluation.matrix_tables import write_tables
from benchmark.results.scorecard import read_card, read_scores

Evaluate = Callable[[str, Entry], Path]  # protocol, entry -> the folder of the finished evaluation


class MatrixRun(Config):
    """`config.json` of a matrix's folder."""

    matrix: SettingsMatrix
    entry: str
    checkpoint_sha256: str | None
    data: str


def run_matrix(
    matrix: SettingsMatrix,
    entry: Entry,
    evaluate: Evaluate,
    runs: Path,
    data: Dataset,
    device: str,
    say: Say,
) -> tuple[Path, list[CellRecord], list[pd.DataFrame]]:
    """Evaluate every cell and write the tables; returns their folder, the cells, and each cell's `sample_means`.

    A combination that the method refuses becomes a cell with the reason and without scores.
    """
    folder = runs / "matrix" / safe_label(matrix.name) / entry.label
    sha256 = entry.sha256
    config = MatrixRun(matrix=matrix, entry=entry.label, checkpoint_sha256=sha256, data=str(data.root))
    inputs = {"dataset": data.fingerprint, **({"checkpoint": sha256} if sha256 else {})}
    began, places = datetime.now(UTC).isoformat(timespec="seconds"), matrix.cells()
    taken: list[float] = []  # seconds of the cells evaluated now
    cells, scores = [], []
    with record_run(folder, "matrix", config, name=f"{matrix.name}/{entry.label}", device=device, inputs=inputs):
        for number, place in enumerate(places):
            left = sum(taken) / max(len(taken), 1) * (len(places) - number)
            ahead = f"; about {format_seconds(left)} left" if left else ""
            say(f"cell {number + 1} of {len(places)}: {', '.join(map(str, place.values()))}{ahead}")
            try:
                home = evaluate(str(place[PROTOCOL]), reconfigured(entry, _settings(place)))
            except AnibenchError as error:
                say(f"refused: {error}")
                cells.append(CellRecord(place=place, problem=str(error)))
                scores.append(pd.DataFrame())
                continue
            record, card = read_record(home), read_card(home).model_copy(update={"slices": {}})
            taken += [record.seconds] if record.started >= began else []
            cells.append(CellRecord(place=place, label=card.label, commit=record.commit, card=card))
            scores.append(sample_means(read_scores(home, card.format)))
        write_tables(folder, matrix, cells, scores)
    return folder, cells, scores


def _settings(place: dict[str, Setting]) -> list[str]:
    return [f"{axis}={json.dumps(value)}" for axis, value in place.items() if axis != PROTOCOL]
