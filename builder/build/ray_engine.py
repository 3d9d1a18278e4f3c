"""The per-picture function on a Ray cluster: same function, same bytes, crops sent home instead of a shared disk.

Every node needs anibench and the source's files at the same place. RAY_ADDRESS names the cluster; without it Ray takes
the one started on this machine, or starts one on its cores.
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

ATTEMPTS = 4  # of a picture whose process or node goes down; then it is called the culprit
Sent = tuple[Outcome, dict[str, bytes]]  # what came of a picture, and its crops by their place


def on_cluster(tasks: Iterable[PictureTask]) -> Iterator[tuple[PictureTask, Outcome | Crash]]:
    """`examine_picture` of each task, in whichever order they finish, on every core the cluster has at the time.

    A node that is lost costs the pictures it had in hand, which others work on again. Raises AnibenchError when Ray is
    not installed, and whatever `examine_picture` raises.
    """
    try:
        import ray
    except ImportError:
        raise AnibenchError("--engine ray needs Ray: pip install 'anibench[ray]', on every machine") from None
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
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
    """`examine_picture` into a folder that is gone afterwards; the crops come back as bytes."""
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
