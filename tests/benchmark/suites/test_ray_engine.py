"""A suite on a Ray cluster: a lost node, failures, and what a step takes of a node."""

import importlib.util
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from suites import SCRIPT, step

from benchmark.core.errors import AnibenchError
from benchmark.suites import ray_engine
from benchmark.suites.ray_engine import _resources, run_on_cluster
from benchmark.suites.records import read_step
from benchmark.suites.suite import Suite

SUITE = Suite(title="A test.")


def script_of(path: str) -> Callable[[], None]:
    """Makes a Ray worker run the script in place of anibench."""

    def patch() -> None:
        from benchmark.suites import jobs

        jobs._program = lambda devices: ["-S", "-E", path]

    return patch


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_the_step_of_a_lost_node_runs_again_and_a_failure_stops_what_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two nodes hold a step each; one node is killed, and then the steps may end."""
    import ray
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "steps").mkdir()
    go = tmp_path / "go"
    held = [
        replace(step(tmp_path, name, command="hold"), arguments=(str(tmp_path / name), str(go)), devices=1)
        for name in "ab"
    ]
    steps = [
        *held,
        step(tmp_path, "c", "a", "b"),
        step(tmp_path, "bad", command="fail"),
        step(tmp_path, "lost", "bad"),
        replace(step(tmp_path, "report", "c"), needs=("c", "lost"), tolerant=True),
    ]
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=2) for _ in range(2)]
    ray.init(
        address=cluster.address,
        log_to_driver=False,
        runtime_env={"worker_process_setup_hook": script_of(str(tmp_path / "script.py"))},
    )

    def kill_a_node() -> None:
        while not all((tmp_path / f"{name}.began").exists() for name in "ab"):
            time.sleep(0.05)
        cluster.remove_node(nodes[1], allow_graceful=False)
        while sum(node["Alive"] for node in ray.nodes()) > 2:  # the head and one node
            time.sleep(0.05)
        time.sleep(2)  # its workers end a second after it, and must not finish their step
        go.touch()

    killer = threading.Thread(target=kill_a_node, daemon=True)
    killer.start()
    said: list[str] = []
    try:
        with pytest.raises(AnibenchError) as error:
            run_on_cluster("mine", SUITE, steps, tmp_path, said.append)
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert "bad: Error: it was asked to fail" in str(error.value)
    assert "lost: not run: it needs bad" in str(error.value)
    assert str(error.value).startswith("2 steps are not done")
    assert (tmp_path / "c").read_text() == "holdholdwrite"
    assert sum(len((tmp_path / f"{name}.began").read_text()) for name in "ab") == 3, "one of them began twice"
    assert (tmp_path / "report").exists(), "it is written from what is there"
    records = [read_step(tmp_path, name) for name in "abc"]
    assert [record.status for record in records if record] == ["done"] * 3


def test_without_ray_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(AnibenchError, match=r"anibench\[ray\]"):
        run_on_cluster("mine", SUITE, [], tmp_path, print)


def test_a_step_takes_its_gpus_with_their_share_of_the_cores(tmp_path: Path) -> None:
    nodes = [{"CPU": 64.0, "GPU": 8.0}, {"CPU": 16.0, "GPU": 4.0}, {"CPU": 4.0}, {"memory": 1.0}]
    one, four = (replace(step(tmp_path, "a"), devices=count) for count in (1, 4))
    assert _resources(one, nodes) == {"num_cpus": 4, "num_gpus": 1}
    assert _resources(four, nodes) == {"num_cpus": 16, "num_gpus": 4}
    assert _resources(step(tmp_path, "report"), nodes) == {"num_cpus": 1, "num_gpus": 0}
    assert _resources(one, nodes[2:]) == {"num_cpus": 4, "num_gpus": 0}, "without GPUs the cores of a node"
    with pytest.raises(AnibenchError, match="a needs 4 GPUs of one node; the cluster's nodes have 0"):
        _resources(four, nodes[2:])


def test_a_step_that_loses_its_process_each_time_has_failed() -> None:
    class Errors:
        WorkerCrashedError = OutOfMemoryError = NodeDiedError = ConnectionError

    class Ray:
        exceptions = Errors

        def get(self, task: object) -> str:
            raise ConnectionError("the node died\nand more")

    assert ray_engine._outcome(Ray(), None) == "its process was lost 4 times: the node died"
