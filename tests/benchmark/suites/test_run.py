"""The runner: order, devices side by side, failures, what runs again, and kills."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from suites import script, step

from benchmark.core.errors import AnibenchError
from benchmark.suites.names import recorded_runs
from benchmark.suites.plan import Planned, judge
from benchmark.suites.records import StepRecord, read_step
from benchmark.suites.run import Runner, failure_text, read_suite, suite_folder
from benchmark.suites.steps import Step
from benchmark.suites.suite import Suite

SUITE = Suite(title="A test.")


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[dict[str, str], list[str]]]:
    """`go(steps, devices)`: the failed steps and what was said."""
    script(monkeypatch, tmp_path)
    (tmp_path / "steps").mkdir()

    def run(steps: Sequence[Step], devices: Sequence[str] = ("",)) -> tuple[dict[str, str], list[str]]:
        said: list[str] = []
        return Runner(steps, tmp_path, devices, said.append).run(), said

    return run


def test_steps_run_in_order_and_finished_ones_are_kept(go: Callable[..., object], tmp_path: Path) -> None:
    steps = [step(tmp_path, "a"), step(tmp_path, "b", "a"), step(tmp_path, "c", "a", "b")]
    failed, said = go(steps)  # type: ignore[misc]
    assert failed == {}
    assert (tmp_path / "c").read_text() == "writewritewritewrite"
    assert f"$ anibench write {tmp_path / 'b'} {tmp_path / 'a'}" in "\n".join(said)
    assert "write: 3/9 steps, 1/s, 6 s left" in said, "the output of a step is shown"
    assert go(steps) == ({}, ["a: done", "b: done", "c: done"])


def test_a_changed_setting_runs_again_what_depends_on_it(go: Callable[..., object], tmp_path: Path) -> None:
    steps = [step(tmp_path, "a"), step(tmp_path, "b", "a"), step(tmp_path, "other")]
    go(steps)
    changed = replace(steps[0], settings={"size": 2}, command="grow")
    _, said = go([changed, *steps[1:]])  # type: ignore[misc]
    assert "a: runs again, because size was not set, is 2" in said
    assert "b: runs again, because the result of a changed" in said
    assert "other: done" in said
    _, said = go([replace(changed, settings={"size": 3}), *steps[1:]])  # type: ignore[misc]
    assert "a: runs again, because size was 2, is 3" in said
    assert "b: done" in said, "the result of a is the same"


def test_a_failed_step_stops_only_those_that_need_it(go: Callable[..., object], tmp_path: Path) -> None:
    steps = [
        step(tmp_path, "a", command="fail"),
        step(tmp_path, "b", "a"),
        step(tmp_path, "other"),
        replace(step(tmp_path, "report", "other"), needs=("b", "other"), tolerant=True),
    ]
    nothing = replace(step(tmp_path, "nothing", "other"), needs=("a", "b"), tolerant=True)
    failed, _ = go([*steps, nothing])  # type: ignore[misc]
    assert failed.pop("nothing") == "not run: it needs a and b", "a tolerant step needs one result at least"
    assert failed == {"a": "Error: it was asked to fail", "b": "not run: it needs a"}
    assert (tmp_path / "report").exists()
    record = read_step(tmp_path, "a")
    assert record is not None
    assert (record.status, record.error) == ("failed", "Error: it was asked to fail")
    assert "logs" in failure_text(failed, tmp_path)
    failed, said = go([step(tmp_path, "a"), *steps[1:]])  # type: ignore[misc]
    assert failed == {}
    assert "report: runs again, because b was added" in said


def test_a_step_without_its_result_has_failed(go: Callable[..., object], tmp_path: Path) -> None:
    failed, _ = go([replace(step(tmp_path, "a"), results=(tmp_path / "nothing",))])  # type: ignore[misc]
    assert failed == {"a": f"it ended without writing {tmp_path / 'nothing'}"}


def test_a_removed_result_is_made_again(go: Callable[..., object], tmp_path: Path) -> None:
    go([step(tmp_path, "a")])
    (tmp_path / "a").unlink()
    _, said = go([step(tmp_path, "a")])  # type: ignore[misc]
    assert "a: runs again, because its results were changed or removed" in said
    assert (tmp_path / "a").exists()


def test_independent_steps_run_side_by_side_one_on_each_device(go: Callable[..., object], tmp_path: Path) -> None:
    """Each of the two steps waits for the file of the other: one after the other, they would never end."""
    one, two = (
        Step(name, "meet", (str(tmp_path / name), str(tmp_path / other)), (), {}, (tmp_path / name,), devices=1)
        for name, other in ("ab", "ba")
    )
    failed, said = go([one, two], ("cpu", "cpu"))  # type: ignore[misc]
    assert failed == {}
    assert f"\n$ anibench meet {tmp_path / 'a'} {tmp_path / 'b'} --device cpu" in said
    assert any(line.startswith("[a] ") for line in said)


def test_a_step_that_waits_for_a_device_is_judged_once(
    go: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first step holds the only device until the second has been looked at several times."""
    looks: list[str] = []
    settle = Runner._settle

    def look(self: Runner) -> bool:
        looks.append("")
        if len(looks) == 5:
            (tmp_path / "go").touch()
        return settle(self)

    def count(each: Step, record: StepRecord | None, inputs: Mapping[str, str]) -> Planned:
        judged.append(each.name)
        return judge(each, record, inputs)

    judged: list[str] = []
    monkeypatch.setattr(Runner, "_settle", look)
    monkeypatch.setattr("benchmark.suites.run.judge", count)
    first = Step("a", "meet", (str(tmp_path / "a"), str(tmp_path / "go")), (), {}, (tmp_path / "a",), devices=1)
    failed, _ = go([first, replace(step(tmp_path, "b"), devices=1)], ("cpu",))  # type: ignore[misc]
    assert failed == {}
    assert sorted(judged) == ["a", "b"]


def test_two_devices_are_given_to_two_steps(go: Callable[..., object], tmp_path: Path) -> None:
    steps = [replace(step(tmp_path, name), devices=1) for name in "abc"]
    _, said = go(steps, ("cuda:0", "cuda:1"))  # type: ignore[misc]
    used = [line.rpartition(" ")[2] for line in said if line.startswith("\n$")]
    assert sorted(used[:2]) == ["cuda:0", "cuda:1"]


def test_too_few_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="a needs 2 devices; name them, such as --devices cuda:0,cuda:1"):
        Runner([replace(step(tmp_path, "a"), devices=2)], tmp_path, ("cuda:0",), print)


def test_ctrl_c_ends_the_running_steps_and_is_recorded(
    go: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = step(tmp_path, "a", command="wait")

    def stop(self: Runner) -> bool:
        if (tmp_path / "a.began").exists():
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(Runner, "_collect", stop)
    with pytest.raises(KeyboardInterrupt):
        go([waits])
    record = read_step(tmp_path, "a")
    assert record is not None
    assert record.status == "interrupted"


def test_a_folder_holds_one_suite(tmp_path: Path) -> None:
    with suite_folder("one", SUITE, [], tmp_path):
        pass
    assert read_suite(tmp_path).suite == SUITE
    assert recorded_runs(tmp_path) == frozenset()
    assert recorded_runs(tmp_path / "nothing") is None
    with (
        pytest.raises(AnibenchError, match="holds the suite one; choose another --out"),
        suite_folder("two", SUITE, [], tmp_path),
    ):
        pass
    with pytest.raises(AnibenchError, match="holds no suite"):
        read_suite(tmp_path / "nothing")


REAL = """
title = "A test."
[datasets.faces]
source = "drawn:faces:10"
detector = "whole"
test = 4
[trainings.tiny]
method = "animediffusion"
settings = { resolution = 16, unet = { channels = 4, multipliers = [1, 2], blocks = 1, heads = 2, groups = 2 }, \
phase1 = { steps = 30, batch = 2 }, phase2 = { steps = 2, batch = 2, chain = 2 }, sampling = { steps = 2 }, \
runtime = { state_every = 1, samples_every = 0 } }
[evaluations.all]
methods = ["tiny"]
protocols = ["self-ref"]
settings = { resamples = 99 }
"""


@pytest.mark.slow
def test_a_suite_killed_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Killed while phase 1 trains and again while the pictures are painted, the process that runs the suite only."""
    file = tmp_path / "mine.toml"
    file.write_text(REAL)

    def run(out: str, until: str = "") -> None:
        """Run the suite into `out`, and kill it once a file matches the pattern `until`."""
        arguments = [sys.executable, "-m", "anibench", "run", str(file), "--out", str(tmp_path / out)]
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while until and not any((tmp_path / out).glob(until)) and process.poll() is None:
            time.sleep(0.001)
        if until:
            process.kill()
        assert process.wait() == (-signal.SIGKILL if until else 0)

    home = tmp_path / "killed"
    run("killed", "runs/train/animediffusion/tiny/state/phase1-step-*.safetensors")
    run("killed", "runs/eval/self-ref-v1/animediffusion.tiny/run.json")
    run("killed")
    run("whole")
    assert results(home) == results(tmp_path / "whole")


def results(home: Path) -> dict[str, object]:
    """Tensors of every checkpoint, and every painted picture."""
    from benchmark.methods.checkpoints import load_tensors

    weights = {path.name: load_tensors(path) for path in home.glob("runs/train/*/*/checkpoints/*.safetensors")}
    tensors = {
        f"{file}:{name}": each.numpy().tobytes() for file, held in weights.items() for name, each in held.items()
    }
    pictures = {path.name: path.read_bytes() for path in home.glob("runs/eval/*/*/outputs/*.png")}
    assert tensors
    assert pictures
    return {**tensors, **pictures}
