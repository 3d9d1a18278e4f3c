"""The effect of each setting of a matrix on each metric, and the matrix's tables."""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.core.files import write_json, write_text
from benchmark.core.markup import escape
from benchmark.core.seeds import derive_seed
from benchmark.evaluation.exchange import write_csv
from benchmark.evaluation.matrix import PROTOCOL, CellRecord, Setting, SettingsMatrix
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import metrics_of, score_text
from benchmark.results.scorecard import ScoreCard
from benchmark.results.statistics import LEVEL, bootstrap_interval

HOW_TO_READ = (
    "A group holds the cells that differ in one setting alone; groups mix protocols only where the protocol is the "
    "setting. Mean: over all groups and pictures. Main effect: the largest mean minus the smallest, with the interval "
    "of the paired difference over pictures. Largest change: the largest difference within one group. Agree: groups in "
    "which the two values of the main effect have the same order. The numbers hold for this checkpoint only."
)


class Effect(NamedTuple):
    """The effect of one axis on one metric, over the groups of cells that differ in this axis alone."""

    metric: str
    protocol: str | None  # of the groups; null where the protocol is the axis
    axis: str
    levels: dict[str, float]  # value of the axis -> mean over the groups
    spread: float  # largest mean minus smallest: the main effect
    low: float | None  # ends of its interval over pictures; null for a metric of sets, and for fewer than two pictures
    high: float | None
    largest: float  # largest difference within one group
    agree: int  # groups in which the two values of `spread` differ in the same direction
    groups: int
    n: int | None  # pictures; null for a metric of sets


def effects(matrix: SettingsMatrix, cells: Sequence[CellRecord], scores: Sequence[pd.DataFrame]) -> list[Effect]:
    """The effect of every axis on every metric within each protocol, from groups with a score at each value.

    `scores` holds (samples, metrics) for each cell, empty for a cell without scores. Pictures whose score is not finite
    in all these cells are left out.
    """
    found = []
    for metric, (axis, levels) in product(METRICS, matrix.all_axes.items()):
        paired = any(metric in table for table in scores)
        for protocol in [None] if axis == PROTOCOL else matrix.protocols:
            rows = [row for row in zip(cells, scores, strict=True) if protocol in (None, row[0].place[PROTOCOL])]
            values = _along(rows, axis, levels, metric) if len(levels) > 1 else None
            if values is not None:
                level = _level(cells, metric) if paired else None
                found.append(_effect(metric, protocol, axis, levels, values, level))
    return found


def write_tables(
    folder: Path, matrix: SettingsMatrix, cells: Sequence[CellRecord], scores: Sequence[pd.DataFrame]
) -> None:
    """Write `matrix.json`, `matrix.csv` and `matrix.md`."""
    found = effects(matrix, cells, scores)
    write_json(
        folder / "matrix.json",
        {
            "matrix": matrix.model_dump(mode="json"),
            "cells": [cell.model_dump(mode="json") for cell in cells],
            "effects": [effect._asdict() for effect in found],
        },
    )
    cards = [cell.card for cell in cells if cell.card]
    metrics = metrics_of(cards)
    numbers = [name for metric in metrics for name in (metric, f"{metric} low", f"{metric} high")]
    rows = [{**dict.fromkeys(numbers), **_plain(cell, metrics)} for cell in cells]
    write_csv(folder / "matrix.csv", [*matrix.all_axes, *numbers, "n", "problem"], rows)
    parts = [f"# {escape(matrix.name)}: {escape(folder.name)}", escape(matrix.description)]
    parts += [escape(facts(cards[0]))] if cards else []
    parts += [_table(*effect_rows(found)), HOW_TO_READ, "## Every combination", _table(*cell_rows(matrix, cells))]
    write_text(folder / "matrix.md", "\n\n".join(part for part in parts if part) + "\n")


def facts(card: ScoreCard) -> str:
    """The pictures, the weights and the level of the intervals, which all cells share."""
    level = next(iter(card.images.values())).level if card.images else LEVEL
    weights = f"checkpoint {card.checkpoint[:16]}" if card.checkpoint else "no weights"
    return (
        f"{card.n:,} pictures of {card.data.name}, fingerprint {card.data.fingerprint[:16]}; {weights}. "
        f"Brackets: {100 * level:g} % intervals over pictures."
    )


def cell_rows(
    matrix: SettingsMatrix, cells: Sequence[CellRecord], *, brief: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Header and rows with one row for each cell; `brief` keeps only the paper's metrics."""
    metrics = [m for m in metrics_of([cell.card for cell in cells if cell.card]) if not brief or _headline(m)]
    rows = []
    for cell in cells:
        numbers = [score_text(m, cell.card, interval=_headline(m)) if cell.card else "-" for m in metrics]
        rows.append([*(str(value) for value in cell.place.values()), *numbers, cell.problem or ""])
    header = [*matrix.all_axes, *(METRICS[metric].title for metric in metrics), "problem"]
    if not any(row[-1] for row in rows):
        return header[:-1], [row[:-1] for row in rows]
    return header, rows


def effect_rows(found: Sequence[Effect], *, brief: bool = False) -> tuple[list[str], list[list[str]]]:
    """Header and rows with one row for each effect; `brief` keeps only the paper's metrics."""
    rows = [
        [
            METRICS[effect.metric].title,
            effect.protocol or "all",
            effect.axis,
            ", ".join(f"{level}: {_number(effect.metric, mean)}" for level, mean in effect.levels.items()),
            _spread(effect),
            _number(effect.metric, effect.largest),
            f"{effect.agree} of {effect.groups}",
        ]
        for effect in found
        if not brief or _headline(effect.metric)
    ]
    return ["metric", "protocol", "setting", "mean", "main effect", "largest change", "agree"], rows


def _along(
    rows: Sequence[tuple[CellRecord, pd.DataFrame]], axis: str, levels: Sequence[Setting], metric: str
) -> NDArray[np.float64] | None:
    """A metric along `axis`: (groups, levels, pictures); for a metric of sets, (groups, levels, 1).

    A group is one combination of the other axes that has the metric at every level. None where no group has.
    """
    found: dict[str, dict[str, pd.Series[float]]] = {}
    for cell, table in rows:
        value = cell.card.sets[metric].value if cell.card and metric in cell.card.sets else None
        column = table[metric] if metric in table else pd.Series([] if value is None else [value], dtype=float)
        if len(column):
            others = json.dumps({name: value for name, value in cell.place.items() if name != axis})
            found.setdefault(others, {})[str(cell.place[axis])] = column
    whole = [[row[str(level)] for level in levels] for row in found.values() if len(row) == len(levels)]
    if not whole:
        return None
    values = pd.concat([column for row in whole for column in row], axis=1, join="inner").to_numpy(float)
    values = values[np.isfinite(values).all(axis=1)]
    return values.T.reshape(len(whole), len(levels), -1) if len(values) else None


def _effect(
    metric: str, protocol: str | None, axis: str, levels: Sequence[Setting], values: NDArray[np.float64],
    level: float | None,
) -> Effect:  # fmt: skip
    """The effect of `values`, from `_along`; `level` is that of the interval, None for a metric of sets."""
    means = values.mean(axis=(0, 2))
    change = values[:, means.argmax()] - values[:, means.argmin()]  # (groups, pictures)
    seed = derive_seed("matrix", metric, protocol, axis)
    interval = bootstrap_interval(change.mean(axis=0).tolist(), seed, level) if level is not None else None
    low, high = interval or (None, None)
    return Effect(
        metric=metric,
        protocol=protocol,
        axis=axis,
        levels={str(name): float(mean) for name, mean in zip(levels, means, strict=True)},
        spread=float(means.max() - means.min()),
        low=low,
        high=high,
        largest=float(np.ptp(values.mean(axis=2), axis=1).max()),
        agree=int((change.mean(axis=1) > 0).sum()),
        groups=len(values),
        n=values.shape[2] if level is not None else None,
    )


def _level(cells: Sequence[CellRecord], metric: str) -> float:
    return next((cell.card.images[metric].level for cell in cells if cell.card and metric in cell.card.images), LEVEL)


def _headline(metric: str) -> bool:
    return METRICS[metric].headline


def _plain(cell: CellRecord, metrics: Sequence[str]) -> dict[str, object]:
    """The CSV row of a cell."""
    row: dict[str, object] = {**cell.place, "n": cell.card.n if cell.card else None, "problem": cell.problem or ""}
    for metric in metrics:
        if cell.card and metric in cell.card.images:
            score = cell.card.images[metric]
            row |= {metric: score.mean, f"{metric} low": score.low, f"{metric} high": score.high}
        elif cell.card and metric in cell.card.sets:
            of_set = cell.card.sets[metric]
            row |= {metric: of_set.value, f"{metric} low": of_set.low, f"{metric} high": of_set.high}
    return row


def _spread(effect: Effect) -> str:
    text = _number(effect.metric, effect.spread)
    if effect.low is None or effect.high is None:
        return text
    return f"{text} [{_number(effect.metric, effect.low)}, {_number(effect.metric, effect.high)}]"


def _number(metric: str, value: float) -> str:
    return f"{value:.{METRICS[metric].digits}f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(escape(cell) for cell in line)} |" for line in lines)
