"""The evaluations that the page shows: for each pair of a table its line, reference, target, pictures and scores."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, encode_png, read_rgb
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.data.line_styles import line_image
from benchmark.data.protocol import Pair
from benchmark.data.references import reference_image
from benchmark.results.consistency import Evaluated, read_evaluated, scored_pairs
from benchmark.results.eval_config import open_recorded
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import number as score_text
from benchmark.results.score_table import title
from benchmark.scoring.outputs import output_path


@dataclass(frozen=True)
class Table:
    """Evaluations of the same pairs: the pairs, label -> evaluation, and their dataset where it was found."""

    pairs: tuple[Pair, ...]
    runs: dict[str, Evaluated]
    data: Dataset | None

    @property
    def metrics(self) -> list[str]:
        """Metrics of single pictures that any of the evaluations has, in the order of tables."""
        return [name for name in METRICS if any(name in run.scores for run in self.runs.values())]


class Gallery:
    """The tables of a folder of runs. Tables and methods are looked up by name; no name is ever a path."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self._tables: dict[str, Table] = {}

    def tables(self) -> list[dict[str, Any]]:
        """Read the finished evaluations again: id, title, methods and number of pairs of each table."""
        found: dict[tuple[str, ...], dict[str, Evaluated]] = {}
        for folder in sorted({path.parent for path in self.runs.glob("eval/*/*/run.json")}):
            try:
                record = read_record(folder)
                if record.status == "done" and record.kind in ("eval", "score"):
                    run = read_evaluated(folder, record)
                    found.setdefault(run.card.table_key, {})[run.card.label] = run
            except (AnibenchError, ValueError, TypeError, KeyError):
                continue  # `anibench report` says what is wrong with it
        self._tables = {_table_id(key): _table(runs) for key, runs in found.items()}
        return [
            {
                "id": place,
                "title": f"{first.card.protocol_label} on {first.card.data.name}",
                "methods": list(table.runs),
                "pairs": len(table.pairs),
            }
            for place, table in self._tables.items()
            for first in [next(iter(table.runs.values()))]
        ]

    def pair(self, table_id: str, number: int) -> dict[str, Any]:
        """Sample and reference of a pair from 0, whether its dataset is there, and method -> its scores as text.

        Raises KeyError for an unknown table or pair.
        """
        table, pair = self._find(table_id, number)
        scores = {label: _scores(table, run, number) for label, run in table.runs.items()}
        return {"sample": pair.sample, "reference": pair.reference, "data": table.data is not None, "scores": scores}

    def picture(self, table_id: str, number: int, which: str) -> bytes:
        """The PNG of "line", "reference" or "target", or of the method called `of-LABEL`.

        Raises KeyError for anything unknown, and AnibenchError for a missing or damaged picture.
        """
        table, pair = self._find(table_id, number)
        image = self._image(table, pair, which)
        return encode_png(Path("picture.png"), image)

    def _find(self, table_id: str, number: int) -> tuple[Table, Pair]:
        table = self._tables[table_id]
        if not 0 <= number < len(table.pairs):
            raise KeyError(number)
        pair = table.pairs[number]
        if any(Path(name).name != name for name in (pair.sample, pair.reference)):
            raise KeyError(number)  # a table of scores that somebody else made
        return table, pair

    def _image(self, table: Table, pair: Pair, which: str) -> Image:
        if which.startswith("of-"):
            return read_rgb(output_path(table.runs[which.removeprefix("of-")].folder, pair.picture))
        if table.data is None:
            raise KeyError(which)
        protocol = next(iter(table.runs.values())).config.protocol
        if which == "line":
            return line_image(pair, table.data, protocol)
        if which == "reference":
            return reference_image(pair, table.data, protocol)
        if which == "target":
            return table.data.color(pair.sample)
        raise KeyError(which)


def _table_id(key: tuple[str, ...]) -> str:
    """The name of a table in addresses."""
    protocol, *others = key
    return "-".join([protocol, *(each[:8] for each in others)])


def _table(runs: dict[str, Evaluated]) -> Table:
    ordered = dict(sorted(runs.items(), key=lambda each: (each[1].card.kind == "floor", each[0])))
    datasets = (open_recorded(run.config, run.folder) for run in ordered.values())
    data = next((each for each in datasets if each is not None), None)
    return Table(tuple(scored_pairs(next(iter(ordered.values())).scores)), ordered, data)


def _scores(table: Table, run: Evaluated, number: int) -> dict[str, str]:
    """Title of a metric -> score of the picture."""
    shown = {}
    for name in table.metrics:
        value = run.scores[name].iloc[number] if name in run.scores else np.nan
        if np.isfinite(value):
            shown[title(name)] = score_text(name, float(value))
    return shown
