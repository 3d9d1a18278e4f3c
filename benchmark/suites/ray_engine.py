"""The steps of a suite as tasks of a Ray cluster: a GPU of the cluster for each device that a step takes.

Every node needs anibench, and the folder of the suite under the same path: a shared disk. RAY_ADDRESS names the
cluster. Without it Ray uses a cluster that runs on this machine, or starts one.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import Say
from benchmark.suites.run import failure_text, step_failure, suite_folder
from benchmark.suites.steps import Step
from benchmark.suites.suite import Suite

ATTEMPTS = 4  # of a step whose process or node is lost; a training continues from its last state


def run_on_cluster(name: str, suite: Suite, steps: Sequence[Step], folder: Path, say: Say) -> None:
    """Run a suite in `folder` on a Ray cluster, each step when those that it needs have ended.

    A step of a lost node runs again on another one. Raises AnibenchError that lists the steps that failed, when Ray is
    not installed, and for a step that needs more GPUs than a node has.
    """
    try:
        import ray
    except ImportError:
        raise AnibenchError("--engine ray needs Ray; run on every machine: pip install 'anibench[ray]'") from None
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry
    os.environ.setdefault("RAY_worker_niceness", "0")  # of a cluster that is started here; Ray's own is 15
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level=logging.WARNING)
    resources = {step.name: _resources(step, _nodes(ray)) for step in steps}
    work = ray.remote(max_retries=ATTEMPTS - 1)(step_away)
    waiting, flying, failed = list(steps), dict[Any, Step](), dict[str, str]()
    with suite_folder(name, suite, steps, folder):
        while waiting or flying:
            unsettled = {step.name for step in (*waiting, *flying.values())}
            for step in [step for step in waiting if unsettled.isdisjoint(step.needs)]:
                waiting.remove(step)
                flying[work.options(**resources[step.name]).remote(step.name, list(steps), folder, Path.cwd())] = step
                say(f"{step.name}: given to the cluster")
            (task,), _ = ray.wait(list(flying), num_returns=1)
            step, reason = flying.pop(task), _outcome(ray, task)
            say(f"{step.name}: {reason or 'done'}")
            failed |= {step.name: reason} if reason else {}
    if failed:
        raise AnibenchError(failure_text(failed, folder))


def step_away(name: str, steps: Sequence[Step], folder: Path, home: Path) -> str:
    """Run one step in the directory `home`, on the GPUs that Ray has given to this task.

    Returns the reason of a failure; an empty string for none.
    """
    import ray

    os.chdir(home)
    gpus = ray.get_gpu_ids()
    devices = [f"cuda:{gpu}" for gpu in gpus] if len(gpus) > 1 else ["cuda:0" if gpus else ""]  # Ray shows one as 0
    return step_failure(name, steps, folder, devices, lambda message: None) or ""


def _nodes(ray: Any) -> list[dict[str, float]]:
    """The resources of each node."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _resources(step: Step, nodes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What a step takes of a node: its GPUs with their share of the cores; without GPUs the cores of a node."""
    gpus = max(node.get("GPU", 0) for node in nodes)
    if step.devices > max(gpus, 1):
        raise AnibenchError(f"{step.name} needs {step.devices} GPUs of one node; the cluster's nodes have {gpus:g}")
    shares = [
        node["CPU"] // (node.get("GPU", 0) or 1) for node in nodes if node.get("CPU") and (node.get("GPU") or not gpus)
    ]
    cores = max(1, min(shares, default=1)) * max(1, step.devices)
    return {"num_cpus": cores if step.devices else 1, "num_gpus": step.devices if gpus else 0}


def _outcome(ray: Any, task: Any) -> str:
    """The reason why a step failed, also where its process or node was lost each time; empty for none."""
    try:
        return str(ray.get(task))
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError) as error:
        return f"its process was lost {ATTEMPTS} times: {str(error).strip().partition(chr(10))[0]}"
