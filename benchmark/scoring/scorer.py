"""Scores of a folder of saved pictures. The pictures are read back from disk; the method is not needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.core.files import Image
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.eval_config import EvalSettings
from benchmark.results.metric import Metric, Network
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import MeanScore, SetScore, mean_score, no_score
from benchmark.results.statistics import shared_error
from benchmark.scoring.networks import NetworkRun, Networks
from benchmark.scoring.outputs import combine_hashes
from benchmark.scoring.pictures import EYES, Task, measure_pictures
from benchmark.scoring.sets.set_scorer import Conditions, SetScorer
from benchmark.scoring.slices import pair_slices

PICTURES = 1024  # decoded pictures of the dataset that are kept, 192 KiB each


@dataclass(frozen=True)
class Scores:
    """All scores of one folder of pictures."""

    table: pd.DataFrame  # one row per pair: sample, reference, seed, pairing, picture, identical, pixels, metrics
    images: dict[str, MeanScore]
    sets: dict[str, SetScore]
    slices: dict[str, dict[str, MeanScore]]
    outputs: str  # SHA-256 over the pictures, as `benchmark.scoring.outputs.hash_outputs`
    n: int  # lines
    pairings: int


@dataclass
class Scorer:
    """Scores folders on one device; keeps networks, and the values of the real pictures, from folder to folder."""

    device: str
    sets: SetScorer = field(init=False)
    networks: Networks = field(init=False)
    targets: dict[tuple[str, str, tuple[Pair, ...]], pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sets = SetScorer(self.device)
        self.networks = Networks(self.device)

    def __call__(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> Scores:
        """Score `folder/outputs` against the targets of `pairs`, every pair of them. Each output is decoded once.

        Raises AnibenchError that names the file for a picture that is missing, damaged, or not 8-bit RGB.
        """
        metrics = measured_metrics(protocol, settings)
        networks, reasons = self.networks.load([each for each in metrics if each.load is not None])
        runs = {name: NetworkRun(network) for name, network in networks.items()}
        color = lru_cache(maxsize=PICTURES)(data.color)
        of_sets = [each for each in metrics if each.per == "set"]
        sets = self.sets.begin(of_sets, Conditions(pairs, data, protocol, settings), color)

        def read(pair: Pair, image: Image, pixels: str) -> None:
            sets.add(image, pixels)
            for run in runs.values():
                run.add(image, color(pair.sample))

        plain = [each for each in metrics if each.per == "picture" and each.load is None]
        key = (data.fingerprint, protocol.label, tuple(pairs))
        task = Task(pairs, data, protocol, plain, color)
        table, targets = measure_pictures(folder, task, self.targets.get(key), read)
        self.targets[key] = targets
        table = table.assign(**{name: run.finish() for name, run in runs.items()})
        set_scores, shares = sets.finish()
        part = _Part(table, targets, protocol, settings)
        names = [name for name in (*(each.name for each in plain), *runs) if name in table]
        images = _with_weights(_means(part, names), networks)
        return Scores(
            table=table.assign(**shares),
            images=images | {name: no_score(reason, settings.level) for name, reason in reasons.items()},
            sets=set_scores,
            slices=_slices(part, names, data, pairs, color),
            outputs=combine_hashes(zip(table["picture"], table["pixels"], strict=True)),
            n=table["sample"].nunique(),
            pairings=int(table["pairing"].max()),
        )


def measured_metrics(protocol: EvalProtocol, settings: EvalSettings) -> list[Metric]:
    """The registered metrics that an evaluation measures, headline metrics first in the order of the protocol file."""
    named = [METRICS[name] for name in protocol.metrics]
    return [*named, *(each for each in METRICS.values() if each not in named and _is_asked(each, protocol, settings))]


def _is_asked(metric: Metric, protocol: EvalProtocol, settings: EvalSettings) -> bool:
    return metric.applies_to(protocol) and (not metric.on_request or metric.name in settings.extras)


def _with_weights(scores: dict[str, MeanScore], networks: dict[str, Network]) -> dict[str, MeanScore]:
    """The scores; those of a network name its weights."""
    return scores | {
        name: scores[name].model_copy(update={"weights": network.weights}) for name, network in networks.items()
    }


@dataclass(frozen=True)
class _Part:
    """Rows of the table, and those of the targets beside them."""

    table: pd.DataFrame
    targets: pd.DataFrame
    protocol: EvalProtocol
    settings: EvalSettings
    name: str = ""  # of the slice; "" for everything


def _means(part: _Part, names: Sequence[str]) -> dict[str, MeanScore]:
    return {name: _mean(part, name) for name in names}


def _slices(
    part: _Part, names: Sequence[str], data: Dataset, pairs: Sequence[Pair], color: Callable[[str], Image]
) -> dict[str, dict[str, MeanScore]]:
    """Slice -> metric -> mean; first the eyes, then parts of the pairs."""
    eyes = [name for name in names if f"{EYES}:{name}" in part.table]
    of_eyes = {name: _mean(replace(part, name=EYES), name, f"{EYES}:{name}") for name in eyes}
    found = {EYES: of_eyes} if of_eyes else {}
    for name, members in pair_slices(data, pairs, color).items():
        inside = replace(part, table=part.table[members], targets=part.targets[members], name=name)
        found[name] = _means(inside, names)
    return found


def _mean(part: _Part, metric: str, column: str | None = None) -> MeanScore:
    """The mean over the samples, each by its mean over the pairings, so that pairings do not pass for more pictures."""
    column = column or metric
    rows = part.table[part.table[column].notna()]  # a part that a picture does not have, such as eyes
    by_sample = rows.groupby("sample")
    score = mean_score(
        by_sample[column].mean().tolist(),
        int(by_sample["identical"].any().sum()),
        derive_seed(part.protocol.seed, "bootstrap", *([part.name] if part.name else []), metric),
        level=part.settings.level,
        resamples=part.settings.resamples,
    )
    if part.protocol.reference == "random" and score.mean is not None:
        score = score.model_copy(update=_shared_interval(rows, column, score.mean, part.settings.level))
    if metric not in part.targets or METRICS[metric].headline:
        return score
    return score.model_copy(update={"target": float(part.targets[column].mean()) if len(rows) else None})


def _shared_interval(rows: pd.DataFrame, column: str, mean: float, level: float) -> dict[str, float | None]:
    """The ends of the interval where lines share references, so that their means are not independent.

    A row counts as it does in the mean over the lines, however many references its line has in this part.
    """
    by_line = rows.groupby("sample")[column]
    finite = np.isfinite(by_line.transform("mean"))
    rows, times = rows[finite], by_line.transform("size")[finite]
    values = mean + (rows[column] - mean) * len(rows) / (rows["sample"].nunique() * times)
    try:
        error = shared_error(values.tolist(), rows["sample"].tolist(), rows["reference"].tolist())
    except ValueError:  # too few pictures
        return {"low": None, "high": None}
    low, high = error.interval(mean, level)
    return {"low": low, "high": high}
