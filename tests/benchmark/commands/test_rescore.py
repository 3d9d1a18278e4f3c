"""`anibench rescore`: only the changed settings are recorded, and a folder without evaluations is refused."""

import json
from pathlib import Path

from click.testing import CliRunner

import anibench


def test_a_dry_run_holds_the_changed_settings_alone(tmp_path: Path) -> None:
    result = CliRunner().invoke(anibench.main, ["rescore", "--set", "fid=clean", "--data", str(tmp_path), "--dry-run"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["settings"], found["data"]) == ({"fid": "clean"}, str(tmp_path))


def test_a_folder_without_evaluations_names_the_next_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(anibench.main, ["rescore", "--runs", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no evaluation; make one with: anibench eval" in result.output
    assert not list(tmp_path.iterdir())
