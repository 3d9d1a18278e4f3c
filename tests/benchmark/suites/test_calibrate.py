"""Calibration: real steps of each training are timed, and what cannot run is left out."""

import dataclasses
from pathlib import Path

import pytest
from suites import TOML

from benchmark.core.errors import AnibenchError
from benchmark.suites import calibrate as module
from benchmark.suites.calibrate import calibrate
from benchmark.suites.estimate import read_speeds
from benchmark.suites.expand import suite_steps
from benchmark.suites.steps import Step
from benchmark.suites.suite import load_suite

SMALL = [
    f"trainings.tiny.settings.{setting}"
    for setting in (
        "resolution=16",
        "unet.channels=4",
        "unet.multipliers=[1, 2]",
        "unet.heads=2",
        "unet.groups=2",
        "phase2.chain=2",
    )
]


def steps_of(tmp_path: Path) -> list[Step]:
    path = tmp_path / "mine.toml"
    path.write_text(TOML)
    return suite_steps(load_suite(str(path), SMALL), tmp_path)[0]


def test_every_phase_has_a_measured_speed(tmp_path: Path) -> None:
    said: list[str] = []
    speeds = calibrate(steps_of(tmp_path), tmp_path, "cpu", said.append)
    assert set(speeds.trainings["tiny"]) == {"phase1", "phase2"}
    assert all(speed > 0 for speed in speeds.trainings["tiny"].values())
    assert read_speeds(tmp_path) == speeds
    assert said[0] == "calibrating tiny on cpu"


def test_the_first_step_is_not_timed() -> None:
    rows = [{"phase": "phase1", "loss": 1.0, "seconds": seconds} for seconds in (100.0, 102.0, 104.0)]
    assert module._seconds_per_step([*rows, {"phase": "phase2", "loss": 1.0, "seconds": 900.0}], "phase1") == 2.0


def test_what_cannot_run_is_left_out_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object) -> dict[str, float]:
        raise AnibenchError("vgg19 is missing")

    monkeypatch.setattr(module, "measure", missing)
    said: list[str] = []
    steps = [dataclasses.replace(step, part="gan") for step in steps_of(tmp_path) if step.command == "train"]
    assert calibrate(steps, tmp_path, "cpu", said.append).trainings == {}
    assert "gan is not calibrated: vgg19 is missing" in said
