"""Scoring 579 pairs as `anibench eval` does, in threads, against the plain loop for PSNR and MS-SSIM; run by hand.

python tests/speed/scoring.py [data/faces] [--count 579] [--wall]      (without a dataset, drawn shapes)

CPU time over all threads: what the diagnostics cost beside the paper's two metrics, and that threads cost nothing.
`--wall` measures what threads gain, which means something only where nothing else runs.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from faces import drawn_faces
from metrics import our_scores, plain_scores
from timing import measure, report

from benchmark.core.files import write_png
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import Pair, get_protocol, make_pairs
from benchmark.results.metrics import METRICS
from benchmark.scoring import pictures
from benchmark.scoring.outputs import output_path

PROTOCOL = get_protocol("self-ref-warped")  # has every per-image metric that needs no weights


def write_outputs(folder: Path, pairs: list[Pair], data: Dataset) -> None:
    """Outputs that are near their targets and nowhere equal: a little darker, blurred."""
    for pair in pairs:
        image = cv2.GaussianBlur(data.color(pair.sample), (0, 0), 2)
        write_png(output_path(folder, pair.picture), (image * 0.9).astype(np.uint8))


def task_of(pairs: list[Pair], data: Dataset) -> pictures.ScoringTask:
    metrics = [METRICS[name] for name in PROTOCOL.metrics]
    metrics += [
        each for each in METRICS.values() if each.applies_to(PROTOCOL) and each.function and each not in metrics
    ]
    plain = [each for each in metrics if each.per == "picture"]
    return pictures.ScoringTask(pairs, data, PROTOCOL, plain, data.color)


def measure_scoring(folder: Path, pairs: list[Pair], data: Dataset, repeats: int) -> None:
    targets = pictures.measure_pictures(folder, task_of(pairs, data))[1]
    files = [(output_path(folder, p.picture), data.root / "train" / "color" / f"{p.sample}.png") for p in pairs]
    ways = {
        "plain": lambda: [plain_scores(pair) for pair in files],
        "ours": lambda: list(pictures.in_threads(our_scores, files)),
        "ours with all metrics": lambda: pictures.measure_pictures(folder, task_of(pairs, data), targets),
        "and the targets' own": lambda: pictures.measure_pictures(folder, task_of(pairs, data)),
    }
    report(f"PSNR + MS-SSIM of {len(pairs)} pairs, CPU time", measure(ways, repeats, warmup=0), 0.35)


def measure_threads(folder: Path, pairs: list[Pair], data: Dataset, repeats: int) -> None:
    targets = pictures.measure_pictures(folder, task_of(pairs, data))[1]

    def score(threads: int) -> None:
        pictures.reading_threads = lambda: threads
        pictures.measure_pictures(folder, task_of(pairs, data), targets)

    ways = {"plain": lambda: score(1), "threads": lambda: score(8)}
    times = measure(ways, repeats, warmup=0, clock=time.perf_counter)
    report("all metrics, wall time against one thread", times, None)


@contextmanager
def dataset(path: Path | None, count: int) -> Iterator[Dataset]:
    if path is not None:
        yield Dataset.open(path)
        return
    with drawn_faces(count) as data:
        yield data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=579)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--wall", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    with dataset(options.data, options.count) as data, TemporaryDirectory() as folder:
        pairs = make_pairs(PROTOCOL, data.ids("train")[: options.count])
        write_outputs(Path(folder), pairs, data)
        way = measure_threads if options.wall else measure_scoring
        way(Path(folder), pairs, data, options.repeats)


if __name__ == "__main__":
    main()
