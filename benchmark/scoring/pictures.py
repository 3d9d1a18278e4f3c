"""Scores of single pictures by every registered metric per picture, in parallel and in the order of the pairs."""

import os
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from benchmark.core.files import Image
from benchmark.core.progress import progress
from benchmark.data.dataset import SHAPE, Dataset, pixel_hash
from benchmark.data.line_styles import line_parameters
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.references import reference_image
from benchmark.data.xdog import XDoG
from benchmark.results.metric import Metric
from benchmark.scoring.outputs import output_path, read_output
from benchmark.scoring.slices import Box, eye_boxes

T = TypeVar("T")
R = TypeVar("R")
Read = Callable[[Pair, Image, str], None]  # pair, its output, the output's pixel hash

EYES = "eyes"
MOST_THREADS = 8
AHEAD = 4  # pictures for each thread that may wait for the reader


@dataclass(frozen=True)
class Subject:
    """Everything an output can be measured against; pictures uint8 (256, 256, 3), the line uint8 (256, 256)."""

    target: Image
    reference: Image  # the colours, never warped
    shown: Image  # the reference as the method was given it
    line: Image  # the dataset's own line, whatever line style the method was given
    xdog: XDoG
    eyes: tuple[Box, Box] | None
    reference_eyes: tuple[Box, Box] | None


@dataclass(frozen=True)
class Task:
    """The pairs to score, and the metrics per picture without a network."""

    pairs: Sequence[Pair]
    data: Dataset
    protocol: EvalProtocol
    metrics: Sequence[Metric]
    color: Callable[[str], Image]  # reads a colour picture of the dataset by its id


def measure(image: Image, subject: Subject, metrics: Sequence[Metric]) -> dict[Hashable, float]:
    """Every metric of one output, uint8 (256, 256, 3); values of the eyes alone are named `eyes:<metric>`."""
    found: dict[Hashable, float] = {metric.name: _apply(metric, image, vars(subject)) for metric in metrics}
    return found | _measure_eyes(image, subject, metrics)


def measure_pictures(
    folder: Path, task: Task, targets: pd.DataFrame | None = None, read: Read | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per pair of the values of `measure`: for the outputs in `folder`, and for the targets in their place.

    `targets` is the second table of an earlier call with the same task. The first table also holds sample, reference,
    seed, pairing, picture, whether the output is identical to its target, and the SHA-256 of its pixels. Each output is
    decoded once; `read` is called with each of them, in the order of the pairs. Raises AnibenchError that names the
    file for an output that is missing, damaged, or not 8-bit RGB.
    """
    known = None if targets is None else targets.to_dict("records")

    def row(index: int) -> tuple[dict[Hashable, Any], dict[Hashable, Any], Image]:
        pair = task.pairs[index]
        image = read_output(output_path(folder, pair.picture), SHAPE)
        subject = read_subject(pair, task)
        identical = bool(np.array_equal(image, subject.target))
        real = measure(subject.target, subject, task.metrics) if known is None else known[index]
        found = real if identical else measure(image, subject, task.metrics)
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


def read_subject(pair: Pair, task: Task) -> Subject:
    """Read everything that the output of `pair` is measured against."""
    target, reference = task.color(pair.sample), task.color(pair.reference)
    return Subject(
        target=target,
        reference=reference,
        shown=reference_image(pair, task.data, task.protocol) if task.protocol.warp else reference,
        line=task.data.line(pair.sample),
        xdog=line_parameters(task.data, pair.sample),
        eyes=eye_boxes(task.data, pair.sample),
        reference_eyes=eye_boxes(task.data, pair.reference),
    )


def in_threads(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`work` on every item, in the order of the items, on up to 8 threads. OpenCV and hashing release the GIL.

    At most `AHEAD` items per thread are worked on before their results are taken. The first error cancels the rest.
    """
    threads = min(MOST_THREADS, os.cpu_count() or 1)
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
    assert metric.function is not None  # a metric with a network is computed in batches
    return float(metric.function(image, *(given[need] for need in metric.needs)))


def _measure_eyes(image: Image, subject: Subject, metrics: Sequence[Metric]) -> dict[Hashable, float]:
    """Values of the eyes alone, each by the eyes of the pictures that the metric needs; none where eyes are unknown."""
    if subject.eyes is None:
        return {}
    given = {"target": _join(subject.target, subject.eyes)}
    if subject.reference_eyes is not None:
        given["reference"] = _join(subject.reference, subject.reference_eyes)
    ours = _join(image, subject.eyes)
    wanted = [metric for metric in metrics if metric.on_eyes and set(metric.needs) <= given.keys()]
    return {f"{EYES}:{metric.name}": _apply(metric, ours, given) for metric in wanted}


def _join(image: Image, boxes: Sequence[Box]) -> Image:
    """The pixels of all boxes as one picture (1, n, 3)."""
    return np.ascontiguousarray(np.concatenate([box.cut(image).reshape(-1, 3) for box in boxes])[None])
