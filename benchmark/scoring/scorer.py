"""Scores of a folder of saved pictures. The pictures are read from disk; the method is not needed."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.results.eval_config import EvalSettings, combine_hashes
from benchmark.results.means import mean_of_lines
from benchmark.results.metric import Metric, MetricNetwork
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import EYES, MeanScore, SetScore, eyes_column, no_score
from benchmark.scoring.copies.memorised import TrainingPictures, training_pictures
from benchmark.scoring.networks import MetricNetworks, NetworkRun
from benchmark.scoring.pictures import ScoringTask, measure_pictures
from benchmark.scoring.sets.set_scorer import Conditions, SetScorer
from benchmark.scoring.slices import eye_boxes, pair_slices

NO_PARTS = "the dataset has no part labels, as datasets of drawn:pairs:N have"
NO_EYES = "the manifest has no boxes of eyes; the detector animeface finds them, for finished crops detect.landmarks"
NO_TRAINING = "the training pictures are not in the folder of the dataset"
PICTURES = 1024  # decoded pictures of the dataset that are kept in memory, 192 KiB each


@dataclass(frozen=True)
class Scores:
    """All scores of one folder of pictures."""

    table: pd.DataFrame  # one row per pair: sample, reference, seed, pairing, picture, identical, pixels, metrics
    images: dict[str, MeanScore]
    sets: dict[str, SetScore]
    slices: dict[str, dict[str, MeanScore]]
    outputs: str  # SHA-256 over the pictures, as from `benchmark.scoring.outputs.hash_outputs`
    n: int  # lines
    pairings: int


@dataclass
class Scorer:
    """Scores folders on one device. Networks and the values of the real pictures are kept for the next folder."""

    device: str
    sets: SetScorer = field(init=False)
    networks: MetricNetworks = field(init=False)
    targets: dict[tuple[Hashable, ...], pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sets = SetScorer(self.device)
        self.networks = MetricNetworks(self.device)

    def __call__(
        self, folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, settings: EvalSettings
    ) -> Scores:
        """Score `folder/outputs` by every metric of the evaluation. Each output is decoded once.

        Raises AnibenchError that names the file if a picture is missing, damaged, or not 8-bit RGB.
        """
        training = training_pictures(data)
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
        for need, reason in _missing(data, pairs, training).items():
            reasons |= {each.name: reason for each in plain if need in each.needs}
            plain = [each for each in plain if need not in each.needs]
        key = (data.root, data.fingerprint, protocol.label, tuple(pairs), tuple(each.name for each in plain))
        task = ScoringTask(pairs, data, protocol, plain, color, training)
        table, targets = measure_pictures(folder, task, self.targets.get(key), read)
        self.targets[key] = targets
        table = table.assign(**{name: run.finish() for name, run in runs.items()})
        set_scores, shares = sets.finish()
        part = _Slice(table, targets, protocol, settings)
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


def _missing(data: Dataset, pairs: Sequence[Pair], training: TrainingPictures | None) -> dict[str, str]:
    """The inputs of metrics that a dataset does not have -> the reason that the score card gives."""
    missing = {}
    if any(pair.sample not in data.part_hashes for pair in pairs):
        missing["parts"] = NO_PARTS
    if all(eye_boxes(data, pair.sample) is None for pair in pairs):
        missing["eyes"] = NO_EYES
    if training is None:
        missing["training"] = NO_TRAINING
    return missing


def measured_metrics(protocol: EvalProtocol, settings: EvalSettings) -> list[Metric]:
    """The metrics that an evaluation measures: first those of the protocol file, in its order."""
    named = [METRICS[name] for name in protocol.metrics]
    return [*named, *(each for each in METRICS.values() if each not in named and _measured(each, protocol, settings))]


def _measured(metric: Metric, protocol: EvalProtocol, settings: EvalSettings) -> bool:
    return metric.applies_to(protocol) and (not metric.on_request or metric.name in settings.extras)


def _with_weights(scores: dict[str, MeanScore], networks: dict[str, MetricNetwork]) -> dict[str, MeanScore]:
    """`scores`, with the weights of each network added to its score."""
    return scores | {
        name: scores[name].model_copy(update={"weights": network.weights}) for name, network in networks.items()
    }


@dataclass(frozen=True)
class _Slice:
    """Rows of the table of outputs, and the same rows of the table of targets."""

    table: pd.DataFrame
    targets: pd.DataFrame
    protocol: EvalProtocol
    settings: EvalSettings
    name: str = ""  # of the slice; "" for all rows


def _mean(part: _Slice, metric: str, column: str | None = None) -> MeanScore:
    """The mean of a metric, with that of the targets beside each diagnostic."""
    column = column or metric
    score = mean_of_lines(part.table, column, part.protocol, part.settings, part.name)
    if metric not in part.targets or METRICS[metric].headline:
        return score
    return score.model_copy(update={"target": float(part.targets[column].mean()) if score.mean is not None else None})


def _means(part: _Slice, names: Sequence[str]) -> dict[str, MeanScore]:
    return {name: _mean(part, name) for name in names}


def _slices(
    part: _Slice, names: Sequence[str], data: Dataset, pairs: Sequence[Pair], color: Callable[[str], Image]
) -> dict[str, dict[str, MeanScore]]:
    """Slice -> metric -> mean: first the eyes, then the slices of pairs."""
    eyes = [name for name in names if eyes_column(name) in part.table]
    of_eyes = {name: _mean(replace(part, name=EYES), name, eyes_column(name)) for name in eyes}
    found = {EYES: of_eyes} if of_eyes else {}
    for name, members in pair_slices(data, pairs, color).items():
        inside = replace(part, table=part.table[members], targets=part.targets[members], name=name)
        found[name] = _means(inside, names)
    return found
