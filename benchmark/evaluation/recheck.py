"""Score pictures of a finished evaluation again and compare the scores, without torch and its metrics."""

import numpy as np

from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.results.consistency import Evaluated, scored_pairs
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import eyes_column
from benchmark.scoring.copies.memorised import training_pictures
from benchmark.scoring.pictures import ScoringTask, measure_pictures

CLOSE = 1e-3  # absolute and relative; two machines differ by less, at most 1e-4 in MS-SSIM of flat pictures


def score_problems(run: Evaluated, data: Dataset, sample: int | None = None) -> list[str]:
    """Differences between the scores and those of the saved pictures against `data`, by metrics without a network.

    `sample` pictures are scored, all of them for None. The hash of all pictures seeds the sample, so that a changed
    picture changes the sample. Raises AnibenchError for a picture that cannot be read.
    """
    indices = list(range(len(run.scores)))
    if sample is not None and sample < len(indices):
        indices = sorted(sorted(indices, key=lambda i: derive_seed(0, "recheck", run.card.outputs, str(i)))[:sample])
    pairs = scored_pairs(run.scores)
    training = training_pictures(data)
    scored = [metric for name, metric in METRICS.items() if name in run.scores and metric.per == "picture"]
    plain = [m for m in scored if m.load is None and (training is not None or "training" not in m.needs)]
    lacking = [
        name
        for name, metric in METRICS.items()
        if metric.alarm and metric.applies_to(run.config.protocol) and name not in run.scores
        if training is not None or "training" not in metric.needs
    ]
    if lacking:
        return [f"scores.parquet lacks {', '.join(lacking)}, which can be computed; run anibench rescore"]
    task = ScoringTask([pairs[index] for index in indices], data, run.config.protocol, plain, data.color, training)
    again, _ = measure_pictures(run.folder, task)
    stated = run.scores.iloc[indices].reset_index(drop=True)
    if not (again["pixels"] == stated["pixels"]).all():
        return ["its pictures were changed after they were scored"]
    names = [metric.name for metric in plain]
    columns = ["identical", *(c for c in (*names, *map(eyes_column, names)) if c in again and c in stated)]
    return [
        f"{wrong} of {len(again)} pictures, scored again, have another {column} than in scores.parquet"
        for column in columns
        if (wrong := int((~np.isclose(again[column], stated[column], CLOSE, CLOSE, equal_nan=True)).sum()))
    ]
