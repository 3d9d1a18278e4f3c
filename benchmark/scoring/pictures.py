"""Scores of single pictures by every metric per picture, in parallel, returned in the order of the pairs."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from benchmark.core.device import reading_threads
from benchmark.core.files import Image
from benchmark.core.progress import progress
from benchmark.data.dataset import SHAPE, Dataset, pixel_hash
from benchmark.data.line_styles import line_parameters
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.references import reference_image
from benchmark.data.xdog import XDoG
from benchmark.results.metric import Metric
from benchmark.results.scorecard import eyes_column
from benchmark.scoring.copies.memorised import TrainingPictures
from benchmark.scoring.outputs import output_path, read_output
from benchmark.scoring.slices import Box, eye_boxes, joined

T = TypeVar("T")
R = TypeVar("R")
Read = Callable[[Pair, Image, str], None]  # pair, its output, the output's pixel hash

AHEAD = 4  # finished or queued pictures per thread


@dataclass(frozen=True)
class MetricInputs:
    """Everything that `Metric.needs` can name for one output: pictures uint8 (256, 256, 3), line uint8 (256, 256)."""

    target: Image
    reference: Image  # without the warp
    shown: Image  # the reference as the method received it
    line: Image  # the dataset's own line, also if the method received another line style
    xdog: XDoG
    parts: Image | None  # part labels uint8 (256, 256); None for a dataset without
    eyes: tuple[Box, Box] | None
    reference_eyes: tuple[Box, Box] | None
    training: TrainingPictures | None  # of the dataset


@dataclass(frozen=True)
class ScoringTask:
    """The pairs to score, and the metrics per picture that need no network."""

    pairs: Sequence[Pair]
    data: Dataset
    protocol: EvalProtocol
    metrics: Sequence[Metric]
    color: Callable[[str], Image]  # reads a colour picture of the dataset by its id
    training: TrainingPictures | None = None  # of the dataset; needed if a metric names them


def measure(image: Image, inputs: MetricInputs, metrics: Sequence[Metric]) -> dict[Hashable, float]:
    """Name -> value of each metric of one output, uint8 (256, 256, 3); on the eyes alone, under `eyes:<metric>`."""
    found: dict[Hashable, float] = {metric.name: _apply(metric, image, vars(inputs)) for metric in metrics}
    return found | _measure_eyes(image, inputs, metrics)


def measure_pictures(
    folder: Path, task: ScoringTask, targets: pd.DataFrame | None = None, read: Read | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables of the values of `measure`, one row per pair: of the outputs in `folder`, and of the targets.

    `targets` is the second table of an earlier call with the same task; it is not computed again. The first table also
    has the columns sample, reference, seed, pairing, picture, identical (output equals target) and pixels (SHA-256).
    Each output is decoded once, and `read` is called with it, in the order of the pairs. Raises AnibenchError that
    names the file if an output is missing, damaged, or not 8-bit RGB.
    """
    known = None if targets is None else targets.to_dict("records")

    def row(index: int) -> tuple[dict[Hashable, Any], dict[Hashable, Any], Image]:
        pair = task.pairs[index]
        image = read_output(output_path(folder, pair.picture), SHAPE)
        inputs = read_inputs(pair, task)
        identical = bool(np.array_equal(image, inputs.target))
        real = measure(inputs.target, inputs, task.metrics) if known is None else known[index]
        found = real if identical else measure(image, inputs, task.metrics)
        facts: dict[Hashable, Any] = {
            "sample": pair.sample, "reference": pair.reference, "seed": pair.seed, "pairing": pair.pairing,
            "picture": pair.picture, "identical": identical, "pixels": pixel_hash(image),
        }  # fmt: skip
        return {**facts, **found}, real, image

    rows, reals = [], []
    with progress(f"scoring {folder.name}", len(task.pairs)) as advance:
        for pair, (found, real, image) in zip(task.pairs, in_threads(row, range(len(task.pairs))), strict=True):
            if read is not None:
                read(pair, image, found["pixels"])
            rows.append(found)
            reals.append(real)
            advance()
    return pd.DataFrame(rows), pd.DataFrame(reals)


def read_inputs(pair: Pair, task: ScoringTask) -> MetricInputs:
    """Read the inputs of the metrics for the output of `pair`."""
    target, reference = task.color(pair.sample), task.color(pair.reference)
    return MetricInputs(
        target=target,
        reference=reference,
        shown=reference_image(pair, task.data, task.protocol) if task.protocol.warp else reference,
        line=task.data.line(pair.sample),
        xdog=line_parameters(task.data, pair.sample),
        parts=task.data.parts(pair.sample) if any("parts" in metric.needs for metric in task.metrics) else None,
        eyes=eye_boxes(task.data, pair.sample),
        reference_eyes=eye_boxes(task.data, pair.reference),
        training=task.training,
    )


def in_threads(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Results of `work` for each item, in order, computed in threads. OpenCV and hashing release the GIL.

    At most `AHEAD` items per thread are queued. The first error cancels the remaining items.
    """
    threads = reading_threads()
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                if len(waiting) == AHEAD * threads:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(work, item))
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _apply(metric: Metric, image: Image, given: dict[str, Any]) -> float:
    assert metric.function is not None  # metrics with a network are computed in networks.py
    return float(metric.function(image, *(given[need] for need in metric.needs)))


def _measure_eyes(image: Image, inputs: MetricInputs, metrics: Sequence[Metric]) -> dict[Hashable, float]:
    """Values on the eyes of the output and of the pictures that a metric needs; empty if the eyes are not known."""
    if inputs.eyes is None:
        return {}
    given = {"target": joined(inputs.target, inputs.eyes)}
    if inputs.reference_eyes is not None:
        given["reference"] = joined(inputs.reference, inputs.reference_eyes)
    ours = joined(image, inputs.eyes)
    wanted = [metric for metric in metrics if metric.on_eyes and set(metric.needs) <= given.keys()]
    return {eyes_column(metric.name): _apply(metric, ours, given) for metric in wanted}
