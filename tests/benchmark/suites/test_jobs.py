"""Before a step runs: what is in its place is continued, kept or moved away; devices of its command."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from suites import step, train_step
from toys import write_training_run

from benchmark.core.errors import AnibenchError
from benchmark.suites import jobs
from benchmark.suites.jobs import begin, is_finished, prepare, shown_command
from benchmark.suites.records import read_step, write_step

DATA = {"verify.faces": "f" * 64}


def test_an_unfinished_training_is_continued_and_a_finished_one_is_kept(tmp_path: Path) -> None:
    wanted = train_step(tmp_path, resolution=64)
    assert prepare(wanted, DATA, tmp_path) == (wanted, [])
    write_training_run(tmp_path / "runs", "animediffusion", "tiny", status="interrupted")
    assert not is_finished(wanted, DATA)
    assert prepare(wanted, DATA, tmp_path)[0].arguments == ("--resume",)
    write_training_run(tmp_path / "runs", "animediffusion", "tiny")
    assert is_finished(wanted, DATA)
    assert not is_finished(wanted, {"verify.faces": "e" * 64})


def test_a_training_of_other_settings_is_moved_away(tmp_path: Path) -> None:
    wanted = train_step(tmp_path, resolution=32)
    checkpoint = write_training_run(tmp_path / "runs", "animediffusion", "tiny")
    ready, (told,) = prepare(wanted, DATA, tmp_path)
    assert ready == wanted
    assert not checkpoint.exists()
    (kept,) = (tmp_path / "replaced").glob("train.tiny-*/checkpoints/*.safetensors")
    assert str(kept.parent.parent) in told


def test_a_dataset_of_other_settings_is_moved_away(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    build = replace(step(tmp_path, "dataset.faces"), folder=tmp_path / "faces", settings={"source": "drawn:9"})
    begin(build, [""], {}, tmp_path)
    (tmp_path / "steps/dataset.faces.pid").unlink(missing_ok=True)
    assert prepare(build, {}, tmp_path) == (build, []), "a stopped build is continued"
    assert prepare(replace(build, settings={"source": "drawn:8"}), {}, tmp_path)[1]
    assert not (tmp_path / "faces").exists()


def test_the_seconds_of_all_attempts_count(tmp_path: Path) -> None:
    first = step(tmp_path, "a")
    record = begin(first, ["cpu"], {}, tmp_path)
    write_step(tmp_path, "a", record.model_copy(update={"status": "interrupted", "seconds": 7.0}))
    assert begin(first, ["cpu"], {}, tmp_path).seconds == 7.0
    assert begin(replace(first, settings={"x": 1}), ["cpu"], {}, tmp_path).seconds == 0.0
    found = read_step(tmp_path, "a")
    assert found is not None
    assert found.status == "running"


@pytest.mark.parametrize(
    ("devices", "shown"),
    [
        ([""], "anibench train x"),
        (["cuda:1"], "anibench train x --device cuda:1"),
        (["cuda:0", "cuda:1"], "torchrun --nproc-per-node 2 -m anibench train x --device cuda"),
    ],
)
def test_the_devices_of_a_command(tmp_path: Path, devices: list[str], shown: str) -> None:
    wanted = replace(train_step(tmp_path), arguments=("x",))
    assert shown_command(wanted, devices) == shown
    assert shown_command(replace(wanted, devices=0), devices[:1]) == "anibench train x"


def test_a_process_left_behind_by_a_killed_suite_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = step(tmp_path, "a")
    begin(first, [""], {}, tmp_path)
    left = subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    (tmp_path / "steps/a.pid").write_text(str(left.pid))
    monkeypatch.setattr(jobs, "LEFT_BEHIND", 0.0)
    with pytest.raises(AnibenchError, match=f"a still runs in process {left.pid}"):
        prepare(first, {}, tmp_path)
    left.communicate()
    assert prepare(first, {}, tmp_path) == (first, [])
    assert not (tmp_path / "steps/a.pid").exists()


def test_a_process_of_another_machine_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = step(tmp_path, "a")
    begin(first, [""], {}, tmp_path)
    (tmp_path / "steps/a.pid").write_text(f"{os.getpid()} lost-node")
    monkeypatch.setattr(jobs, "LEFT_BEHIND", 0.0)
    assert prepare(first, {}, tmp_path) == (first, [])
