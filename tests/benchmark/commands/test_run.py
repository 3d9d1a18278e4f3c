"""`anibench run`: the list, the plan, and a run to its end."""

import json
from pathlib import Path

import pytest
from reporting import call
from suites import TOML, script

from benchmark.suites.suite import shipped_suites


def test_the_list_says_what_each_gives_and_takes() -> None:
    code, output, _ = call("run", "--list", "--json")
    assert code == 0
    assert [each["name"] for each in json.loads(output)] == list(shipped_suites())
    assert all(each["title"] and each["takes"] for each in json.loads(output))
    assert "quickstart" in call("run", "--list")[1]


def test_the_plan_has_every_step(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    code, output, _ = call("run", tmp_path / "mine.toml", "--dry-run", "--out", tmp_path / "out", "--json")
    assert code == 0
    assert [row["step"] for row in json.loads(output)["steps"]][:3] == ["dataset.faces", "verify.faces", "train.tiny"]
    assert not (tmp_path / "out").exists()


def test_a_plan_without_steps_claims_no_measured_speeds(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "Nothing."')
    _, output, _ = call("run", tmp_path / "mine.toml", "--dry-run", "--out", tmp_path / "out")
    assert "measured here" not in output


def test_a_path_without_a_dataset_is_refused_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    setting = f"datasets.faces.path={tmp_path / 'nowhere'}"
    code, output, error = call("run", tmp_path / "mine.toml", "--out", tmp_path / "out", "--set", setting)
    assert (code, output) == (1, "")
    assert f"datasets.faces.path = {tmp_path / 'nowhere'}: this folder holds no finished dataset" in error
    assert "--set datasets.faces.path=DIR" in error
    assert not (tmp_path / "out").exists()


def test_a_failed_step_gives_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    script(monkeypatch, tmp_path)
    code, output, error = call("run", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert code == 1
    assert "8 steps are not done" in error
    assert "train.tiny: not run: it needs verify.faces" in error
    assert "$ anibench build-dataset drawn:9" in output


def test_a_suite_is_needed() -> None:
    assert call("run")[0] == 2


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("devices", "message"),
    [("cpu,foo", "'foo' is no device; give auto, cpu,"), ("", "'' is no device"), ("cuda:0,cuda:0", "named twice")],
)
def test_devices_are_checked(tmp_path: Path, devices: str, message: str, more: list[str]) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    code, _, error = call("run", tmp_path / "mine.toml", "--out", tmp_path / "out", "--devices", devices, *more)
    assert code == 2
    assert message in error
    assert not (tmp_path / "out").exists()


def test_a_plan_can_be_for_a_device_that_is_not_here(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    plan = ["run", tmp_path / "mine.toml", "--out", tmp_path / "out", "--json", "--dry-run", "--devices", "cuda:7"]
    code, output, _ = call(*plan)
    assert code == 0
    assert json.loads(output)["device"] == "cuda:7"


def test_an_engine_runs_the_same_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    given: list[tuple[str, list[str], Path]] = []
    monkeypatch.setattr(
        "benchmark.suites.ray_engine.run_on_cluster",
        lambda name, suite, steps, folder, say: given.append((name, [step.name for step in steps], folder)),
    )
    code, output, _ = call("run", tmp_path / "mine.toml", "--out", tmp_path / "out", "--engine", "ray")
    assert code == 0
    ((name, steps, folder),) = given
    assert (name, steps[:2], folder) == ("mine", ["dataset.faces", "verify.faces"], tmp_path / "out")
    assert "Report:" in output
    code, _, error = call("run", tmp_path / "mine.toml", "--engine", "ray", "--devices", "cuda:0")
    assert code == 2
    assert "leave out --devices" in error
