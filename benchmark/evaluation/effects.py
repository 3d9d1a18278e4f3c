"""The effect of each setting of a matrix on each metric."""

import json
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.core.seeds import derive_seed
from benchmark.evaluation.matrix import PROTOCOL, CellRecord, Setting, SettingsMatrix
from benchmark.results.metrics import METRICS
from benchmark.results.statistics import LEVEL, bootstrap_interval


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


def sample_means(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores (samples, metrics) from those of the pairs, each the mean over the pairings of a line."""
    return scores.groupby("sample")[[metric for metric in METRICS if metric in scores]].mean()


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
