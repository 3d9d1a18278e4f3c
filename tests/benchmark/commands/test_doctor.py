"""The examination of a machine: what is broken is said, with the way out, and shows in the exit code."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import anibench
from benchmark.commands import doctor
from benchmark.weights.files import WEIGHTS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(anibench.main, ["doctor", *arguments])


def test_a_sound_machine_passes_and_names_what_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    result = run("--json")
    assert result.exit_code == 0
    findings = {row["what"]: row for row in json.loads(result.output)}
    assert findings["detector animeface"]["state"] == "ok"
    assert findings["method animediffusion"]["detail"] == "trainable"
    assert str(tmp_path) in findings["weights folders"]["detail"]
    assert findings["weights prompt-free"]["state"] == "optional"
    assert "0 of 26 files" in findings["weights prompt-free"]["detail"]
    for name, known in ((name, known) for name, known in WEIGHTS.items() if not known.folder):
        assert findings[f"weights {name}"]["state"] == "optional"
        assert known.url in findings[f"weights {name}"]["detail"]


def test_a_detector_that_silently_finds_nothing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.faces.detectors.find_faces", lambda rgb: [])
    result = run()
    assert result.exit_code == 1
    line = next(line for line in result.output.splitlines() if "detector animeface" in line)
    assert line.startswith("BROKEN")
    assert "pip install --force-reinstall animeface==" in line


def test_a_detector_that_nobody_installed_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.faces.optional.version", lambda package: version("a package of no such name"))
    findings = {finding.what: finding for finding in doctor._detectors()}
    for name, way in (("imgutils", "pip install"), ("anime-face-detector", "pip install"), ("boxes", "boxes:FILE")):
        assert findings[f"detector {name}"].state == "optional"
        assert way in findings[f"detector {name}"].detail


def test_a_full_disk_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 2**30})())
    disk = doctor._disk()
    assert (disk.state, disk.detail.split(" in ")[0]) == ("broken", "1 GiB")


def test_optional_parts_are_short_and_say_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    findings = [
        doctor.Check("disk", "ok", "9 GiB"),
        doctor.Check("weights inception-pytorch", "optional", "missing; https://example.org/" + "x" * 300),
        doctor.Check("extra ray", "optional", "not installed; " + "y" * 300),
    ]
    lines = list(doctor.report_lines(findings))
    assert all(len(line) <= 200 for line in lines)
    assert "https" not in "".join(lines)
    assert "anibench weights fetch inception-pytorch" in "\n".join(lines)
    assert lines[-1].startswith("Next: anibench quickstart")
    assert list(doctor.report_lines([doctor.Check("torch", "broken", "gone")]))[-1].startswith("Next: repair")
