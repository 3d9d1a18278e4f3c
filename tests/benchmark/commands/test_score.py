"""`anibench score`: the resolved protocol and settings, and refused arguments."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

import anibench


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(anibench.main, ["score", str(folder), "--protocol", "self-ref", *arguments])


def test_a_dry_run_prints_protocol_and_settings_and_writes_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, "--name", "x", "--set", "resamples=99", "--runs", str(tmp_path / "runs"), "--dry-run")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["protocol"]["name"], found["settings"]["resamples"]) == ("self-ref", 99)
    assert not list(tmp_path.iterdir())


def test_a_name_and_an_existing_folder_are_required(tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == 2
    assert run(tmp_path / "missing", "--name", "x").exit_code == 2
