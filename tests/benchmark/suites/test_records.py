"""Records of steps: fingerprints of results, differences, and the last progress of a log."""

from pathlib import Path

import pytest
from suites import step, train_step
from toys import write_training_run

from benchmark.core.files import sha256_file, write_json
from benchmark.suites.records import StepRecord, differences, progress_of, result_fingerprint, trained_otherwise
from benchmark.suites.steps import Step


def test_a_training_has_the_fingerprint_of_its_last_checkpoint_once_it_is_finished(tmp_path: Path) -> None:
    wanted = train_step(tmp_path)
    assert result_fingerprint(wanted) is None
    path = write_training_run(tmp_path / "runs", "animediffusion", "tiny", status="running")
    assert result_fingerprint(wanted) is None, "it is not finished"
    write_training_run(tmp_path / "runs", "animediffusion", "tiny")
    assert result_fingerprint(wanted) == sha256_file(path)


def test_a_dataset_has_its_own_fingerprint(tmp_path: Path) -> None:
    write_json(tmp_path / "dataset.json", {"fingerprint": "f00d"})
    assert (
        result_fingerprint(Step("verify.faces", "verify-dataset", (), (), {}, (tmp_path / "dataset.json",))) == "f00d"
    )


@pytest.mark.parametrize(
    ("resolution", "dataset", "found"),
    [(64, "f" * 64, []), (32, "f" * 64, ["resolution was 64, is 32"]), (64, "e" * 64, ["its dataset has changed"])],
)
def test_a_run_of_other_settings_or_data_is_found(
    tmp_path: Path, resolution: int, dataset: str, found: list[str]
) -> None:
    wanted = train_step(tmp_path, resolution=resolution)
    assert trained_otherwise(wanted, dataset) == [], "there is no run"
    write_training_run(tmp_path / "runs", "animediffusion", "tiny")
    assert trained_otherwise(wanted, dataset) == found


def test_differences_are_named(tmp_path: Path) -> None:
    before = StepRecord(status="done", command="", started="", settings={"a": 1, "b": 2}, inputs={"x": "1", "y": "1"})
    now = step(tmp_path, "step", settings={"a": 1, "b": 3, "c": None})
    assert differences(before, now, {"x": "2", "z": "1"}) == [
        "b was 2, is 3",
        "c was not set, is None",
        "the result of x changed",
        "z was added",
        "y was removed",
    ]
    assert differences(before, step(tmp_path, "step", settings={"a": 1, "b": 2}), before.inputs) == []


def test_the_last_progress_of_a_log_is_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert progress_of(log) == ""
    log.write_text("phase1: 1/9 steps, 1/s, 8 s left\nphase1: 2/9 steps, 1/s, 7 s left  loss 3\nsome words: 3\n")
    assert progress_of(log) == "phase1: 2/9 steps, 1/s, 7 s left  loss 3"
