"""What a matrix says: the effect of each setting on each metric, and the tables for people and programs."""

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
from benchmark.evaluation.matrix import PROTOCOL, Cell, Matrix, Setting
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import metrics_of, score_text
from benchmark.results.scorecard import ScoreCard
from benchmark.results.statistics import LEVEL, bootstrap_interval

HOW_TO_READ = (
    "Cells that differ in one setting alone are compared, picture by picture; cells of two protocols only where the "
    "protocol is the setting. The main effect is the largest mean less the smallest, the means being over these groups "
    "of cells; its interval is that of the paired difference, over pictures. The largest change is the one within a "
    "single group; agree: the groups in which the two values that the main effect compares stand in the same order. "
    "All of it holds for this one checkpoint."
)


class Effect(NamedTuple):
    """What one axis does to one metric, over the groups of cells that differ in this axis alone."""

    metric: str
    protocol: str | None  # the one it is within; null where the protocols themselves are the axis
    axis: str
    levels: dict[str, float]  # value of the axis -> mean over the groups
    spread: float  # largest mean less smallest: the main effect
    low: float | None  # ends of its interval over pictures; null for a metric of sets, and for fewer than two pictures
    high: float | None
    largest: float  # largest difference within one group
    agree: int  # groups in which the two values of `spread` differ in the same direction
    groups: int
    n: int | None  # pictures; null for a metric of sets


def effects(matrix: Matrix, cells: Sequence[Cell], scores: Sequence[pd.DataFrame]) -> list[Effect]:
    """The effect of every axis on every metric within each protocol, from the groups that are complete along the axis.

    `scores` holds (samples, metrics) for each cell, empty where it has none. Pictures whose score is not finite in all
    those cells are left out.
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


def write_tables(folder: Path, matrix: Matrix, cells: Sequence[Cell], scores: Sequence[pd.DataFrame]) -> None:
    """`matrix.json`, `matrix.csv` and `matrix.md`."""
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
    """What the cells share: the pictures, the weights, and what brackets hold."""
    level = next(iter(card.images.values())).level if card.images else LEVEL
    weights = f"checkpoint {card.checkpoint[:16]}" if card.checkpoint else "no weights"
    return (
        f"{card.n:,} pictures of {card.data.name}, fingerprint {card.data.fingerprint[:16]}; {weights}. "
        f"Brackets: {100 * level:g} % over pictures."
    )


def cell_rows(matrix: Matrix, cells: Sequence[Cell], *, brief: bool = False) -> tuple[list[str], list[list[str]]]:
    """Header and rows, for people: one row for each cell; `brief` leaves the paper's metrics alone."""
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
    """Header and rows, for people: one row for each effect; `brief` leaves the paper's metrics alone."""
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
    rows: Sequence[tuple[Cell, pd.DataFrame]], axis: str, levels: Sequence[Setting], metric: str
) -> NDArray[np.float64] | None:
    """A metric along `axis`: (groups, levels, pictures), or one number in place of the pictures for one of sets.

    A group is a setting of the other axes that has the metric at every level. None where there is none.
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
    """`values` as `_along` gives them; `level` is that of the interval, None for a metric of sets."""
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


def _level(cells: Sequence[Cell], metric: str) -> float:
    return next((cell.card.images[metric].level for cell in cells if cell.card and metric in cell.card.images), LEVEL)


def _headline(metric: str) -> bool:
    return METRICS[metric].headline


def _plain(cell: Cell, metrics: Sequence[str]) -> dict[str, object]:
    """A cell as one row of CSV."""
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
