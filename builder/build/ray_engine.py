"""The work on pictures on a Ray cluster: the same function and bytes; crops are sent back, no shared disk is needed.

Every node needs anibench and the source's files under the same path. RAY_ADDRESS names the cluster. Without it Ray
uses a cluster that runs on this machine, or starts one on its cores.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_bytes
from builder.core.workers import Crash
from builder.faces.examine import Outcome, PictureTask, examine_picture

ATTEMPTS = 4  # per picture whose process or node ends; then the picture is dropped as crashed
Sent = tuple[Outcome, dict[str, bytes]]  # the outcome of a picture, and its crops by relative path


def on_cluster(tasks: Iterable[PictureTask]) -> Iterator[tuple[PictureTask, Outcome | Crash]]:
    """Yield (task, `examine_picture`(task)) in the order of completion, on all current cores of the cluster.

    Pictures of a lost node are worked on again by other nodes. Raises AnibenchError when Ray is not installed, and the
    exceptions of `examine_picture`.
    """
    try:
        import ray
    except ImportError:
        raise AnibenchError("--engine ray needs Ray; run on every machine: pip install 'anibench[ray]'") from None
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level=logging.WARNING)
    work = ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1)(examine_away)
    waiting = iter(tasks)
    flying: dict[Any, PictureTask] = {}
    more = True
    while more or flying:
        while more and len(flying) < 2 * _cores(ray):
            task = next(waiting, None)
            if task is None:
                more = False
            else:
                flying[work.remote(task)] = task
        done, _ = ray.wait(list(flying), num_returns=1, timeout=1.0) if flying else ([], [])
        for reference in done:
            task = flying.pop(reference)
            yield task, _received(ray, reference, task)


def examine_away(task: PictureTask) -> Sent:
    """`examine_picture` in a temporary folder; returns the outcome and the crops as bytes."""
    import cv2

    cv2.setNumThreads(1)
    with TemporaryDirectory(prefix="anibench-") as folder:
        outcome = examine_picture(replace(task, crops=Path(folder)))
        found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return outcome, {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _received(ray: Any, reference: Any, task: PictureTask) -> Outcome | Crash:
    try:
        outcome, crops = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError):
        return Crash()
    for name, content in crops.items():
        if not (task.crops / name).exists():
            write_bytes(task.crops / name, content)
    found: Outcome = outcome
    return found


def _cores(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))
