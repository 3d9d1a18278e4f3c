"""`anibench import-checkpoint`: the preset, the settings and the folder of the run. The import itself is replaced."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import anibench
from benchmark.methods import importing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.pth"
    path.write_bytes(b"")
    return path


def run(file: Path, *arguments: object, method: str = "animediffusion") -> Result:
    return CliRunner().invoke(anibench.main, ["import-checkpoint", str(file), "--method", method, *map(str, arguments)])


def test_the_preset_official_is_the_default_and_settings_change_it(file: Path, tmp_path: Path) -> None:
    default, official, paper = (
        json.loads(run(file, "--dry-run", *more).stdout)
        for more in ((), ("--preset", "official"), ("--preset", "paper"))
    )
    assert default == official != paper
    changed = json.loads(run(file, "--dry-run", "--set", "unet.heads=2").stdout)
    assert changed["unet"] == default["unet"] | {"heads": 2}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(("more", "name"), [((), "theirs"), (("--name", "other"), "other")])
def test_the_run_is_named_after_the_file_or_by_name(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], name: str
) -> None:
    def import_run(method: Any, file: Path, config: Any, folder: Path) -> Path:
        return folder / "weights"

    monkeypatch.setattr(importing, "import_run", import_run)
    result = run(file, "--runs", tmp_path / "runs", *more)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Imported {file} as {tmp_path / 'runs/train/animediffusion' / name / 'weights'}\n"


def test_unknown_methods_and_presets_are_refused_with_the_known_ones(file: Path) -> None:
    assert "animediffusion" in run(file, method="animediffusoin").output
    refused = run(file, "--preset", "none", "--dry-run")
    assert refused.exit_code == 1
    assert "has no preset none; it has: " in refused.output
