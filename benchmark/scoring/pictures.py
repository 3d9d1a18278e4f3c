"""What is measured on each picture: the paper's metrics, and the diagnostics beside them. In parallel, in order."""

import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from benchmark.core.files import Image
from benchmark.core.progress import progress
from benchmark.data.dataset import SIZE, Dataset, pixel_hash
from benchmark.data.line_styles import line_parameters
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.references import reference_image
from benchmark.data.xdog import XDoG
from benchmark.scoring.bleeding import bleeding
from benchmark.scoring.copying import copy_score
from benchmark.scoring.line_fidelity import line_f1
from benchmark.scoring.outputs import output_path, read_output
from benchmark.scoring.palette import palette_distance
from benchmark.scoring.paper import ms_ssim, psnr
from benchmark.scoring.regions import region_delta_e
from benchmark.scoring.slices import Box, eye_boxes

T = TypeVar("T")
R = TypeVar("R")

SHAPE = (SIZE, SIZE, 3)
HEADLINE: dict[str, Callable[[Image, Image], float]] = {"psnr": psnr, "ms-ssim": ms_ssim}
EYES = "eyes"
MOST_THREADS = 8


@dataclass(frozen=True)
class Subject:
    """What an output is measured against; pictures uint8 (256, 256, 3), the line uint8 (256, 256)."""

    target: Image
    reference: Image  # the colours, never warped
    shown: Image  # the reference as the method saw it
    line: Image  # the dataset's own, whatever style of it the method saw
    xdog: XDoG
    eyes: tuple[Box, Box] | None
    reference_eyes: tuple[Box, Box] | None


def diagnostics(protocol: EvalProtocol) -> tuple[str, ...]:
    """The metrics beside the paper's that mean something under a protocol."""
    by_truth = ("region-delta-e",) if protocol.reference == "self" else ()
    shapes_differ = protocol.reference == "random" or protocol.warp
    return ("line-f1", "palette-distance", *by_truth, "bleeding", *(("copy",) if shapes_differ else ()))


def measure(image: Image, subject: Subject, protocol: EvalProtocol) -> dict[Hashable, float]:
    """Every number of one output, uint8 (256, 256, 3); those of a part of the picture are named `eyes:<metric>`."""
    ways: dict[str, Callable[[], float]] = {
        "line-f1": lambda: line_f1(image, subject.line, subject.xdog),
        "palette-distance": lambda: palette_distance(image, subject.reference),
        "region-delta-e": lambda: region_delta_e(image, subject.target, subject.line),
        "bleeding": lambda: bleeding(image, subject.line),
        "copy": lambda: copy_score(image, subject.shown, subject.target),
    }
    headline = [name for name in protocol.metrics if name in HEADLINE]
    found: dict[Hashable, float] = {name: HEADLINE[name](image, subject.target) for name in headline}
    found |= {name: ways[name]() for name in diagnostics(protocol)}
    return found | {f"{EYES}:{name}": value for name, value in _measure_eyes(image, subject, protocol).items()}


def measure_pictures(
    folder: Path, pairs: Sequence[Pair], data: Dataset, protocol: EvalProtocol, targets: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per pair of what `measure` finds: on the outputs in `folder`, and on the targets in their place.

    `targets` is the second table where an earlier call has made it for the same pairs. The first table also says which
    picture it is (sample, reference, seed, pairing, picture), whether it is identical to its target, and the SHA-256 of
    its pixels. Raises AnibenchError that names the file for an output that is missing, damaged, or not 8-bit RGB.
    """

    known = None if targets is None else targets.to_dict("records")

    def row(index: int) -> tuple[dict[Hashable, object], dict[Hashable, Any]]:
        pair = pairs[index]
        image = read_output(output_path(folder, pair.picture), SHAPE)
        subject = read_subject(pair, data, protocol)
        identical = bool(np.array_equal(image, subject.target))
        real = measure(subject.target, subject, protocol) if known is None else known[index]
        found = real if identical else measure(image, subject, protocol)
        facts: dict[Hashable, object] = {
            "sample": pair.sample, "reference": pair.reference, "seed": pair.seed, "pairing": pair.pairing,
            "picture": pair.picture, "identical": identical, "pixels": pixel_hash(image),
        }  # fmt: skip
        return {**facts, **found}, real

    rows = []
    with progress(f"scoring {folder.name}", len(pairs)) as advance:
        for each in in_threads(row, range(len(pairs))):
            rows.append(each)
            advance()
    return pd.DataFrame([found for found, _ in rows]), pd.DataFrame([real for _, real in rows])


def read_subject(pair: Pair, data: Dataset, protocol: EvalProtocol) -> Subject:
    """Read what the output of `pair` is measured against."""
    target = data.color(pair.sample)
    reference = target if pair.reference == pair.sample else data.color(pair.reference)
    return Subject(
        target=target,
        reference=reference,
        shown=reference_image(pair, data, protocol) if protocol.warp else reference,
        line=data.line(pair.sample),
        xdog=line_parameters(data, pair.sample),
        eyes=eye_boxes(data, pair.sample),
        reference_eyes=eye_boxes(data, pair.reference),
    )


def in_threads(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`work` on every item, in the order of the items, on a few threads: OpenCV and hashing run side by side.

    The first error stops what has not begun.
    """
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _measure_eyes(image: Image, subject: Subject, protocol: EvalProtocol) -> dict[str, float]:
    """The eyes alone: PSNR where the target is the answer, and the distance of their palette from the reference's."""
    if subject.eyes is None:
        return {}
    found = {}
    if "psnr" in protocol.metrics:
        ours, theirs = (_join(each, subject.eyes) for each in (image, subject.target))
        found["psnr"] = psnr(ours, theirs)
    if subject.reference_eyes is not None:
        ours, theirs = _join(image, subject.eyes), _join(subject.reference, subject.reference_eyes)
        found["palette-distance"] = palette_distance(ours, theirs)
    return found


def _join(image: Image, boxes: Sequence[Box]) -> Image:
    """The pixels of all boxes as one picture (1, n, 3)."""
    return np.ascontiguousarray(np.concatenate([box.cut(image).reshape(-1, 3) for box in boxes])[None])
