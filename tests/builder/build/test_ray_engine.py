"""The build on a Ray cluster of two nodes' worth of processes, one of them killed while it works: the same bytes."""

import threading
import time
from pathlib import Path

import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from builder.build import ray_engine
from builder.build.pipeline import build
from builder.core.recipe import resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.sources.folder import Folder

VOLATILE = {"run.json", ".lock"}


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in VOLATILE)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def portraits(root: Path, count: int) -> Folder:
    root.mkdir()
    for seed in range(count):
        PIL.Image.fromarray(draw_portrait(seed, 300).color).save(root / f"{seed:02d}.png")
    return Folder(root)


@pytest.mark.skipif("not __import__('importlib.util').util.find_spec('ray')", reason="Ray is not installed")
def test_a_node_that_is_killed_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    source, recipe = portraits(tmp_path / "source", 24), resolve_recipe(None, ["crop.min_size=100"])
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)
    killed: list[int] = []

    def kill() -> None:
        while not (crops := list((tmp_path / "ray").glob(".staging/*/crops/*/*.png"))):
            time.sleep(0.02)
        cluster.remove_node(second, allow_graceful=False)
        killed.append(len(crops))

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        build(source, tmp_path / "ray", recipe, engine="ray")
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert killed[0] < 12  # in the first half of the work
    build(source, tmp_path / "here", recipe, workers=1)
    assert contents(tmp_path / "ray") == contents(tmp_path / "here")


def test_what_comes_back_is_what_examine_writes(tmp_path: Path) -> None:
    from builder.faces.examine import PictureTask, examine_picture

    (record,) = portraits(tmp_path / "source", 1).records()
    task = PictureTask(record, resolve_recipe(None, ["crop.min_size=100"]), tmp_path / "crops")
    outcome, crops = ray_engine.examine_away(task)
    assert not (tmp_path / "crops").exists()
    assert outcome == examine_picture(task)
    assert crops == {path.relative_to(task.crops).as_posix(): path.read_bytes() for path in task.crops.rglob("*.png")}
    assert crops


def test_without_ray_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(AnibenchError, match=r"anibench\[ray\]"):
        next(ray_engine.on_cluster([]))
