"""Means over lines and their intervals, computed from the per-picture scores of an evaluation. No torch."""

import pandas as pd

from benchmark.core.seeds import derive_seed
from benchmark.data.protocol import EvalProtocol
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import MeanScore, mean_score
from benchmark.results.statistics import shared_error


def mean_of_lines(
    table: pd.DataFrame, column: str, protocol: EvalProtocol, settings: EvalSettings, part: str = ""
) -> MeanScore:
    """The mean of a column of `scores.parquet` over the lines, each by its mean over the pairings, and its interval.

    `part` names the slice that `table` holds; it is part of the seed of the bootstrap. Rows without a value, such as
    pictures without eyes, do not count.
    """
    rows = table[table[column].notna()]
    by_sample = rows.groupby("sample")
    metric = column.rpartition(":")[2]
    score = mean_score(
        by_sample[column].mean().tolist(),
        int(by_sample["identical"].any().sum()),
        derive_seed(protocol.seed, "bootstrap", *([part] if part else []), metric),
        level=settings.level,
        resamples=settings.resamples,
    )
    if protocol.reference != "self" and score.mean is not None:
        return score.model_copy(update=_shared_interval(rows, column, score.mean, settings.level))
    return score


def _shared_interval(rows: pd.DataFrame, column: str, mean: float, level: float) -> dict[str, float | None]:
    """The ends of the interval where lines share references, so that their means are not independent.

    A row counts as it does in the mean over the lines, however many references its line has in this part.
    """
    times = rows.groupby("sample")[column].transform("size")
    values = mean + (rows[column] - mean) * len(rows) / (rows["sample"].nunique() * times)
    try:
        error = shared_error(values.tolist(), rows["sample"].tolist(), rows["reference"].tolist())
    except ValueError:  # too few pictures
        return {"low": None, "high": None}
    low, high = error.interval(mean, level)
    return {"low": low, "high": high}
