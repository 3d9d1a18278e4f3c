"""`anibench export-recipe`: the default file, and the answer for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import anibench
from benchmark.data.dataset import Dataset
from builder.share.export_recipe import read_recipe


def test_the_file_is_named_after_the_dataset(
    released: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(anibench.main, ["export-recipe", str(released.root)])
    file = Path(f"{released.name}.jsonl")
    assert f"5 samples in {file}, fingerprint {released.fingerprint}" in result.output
    assert read_recipe(file).header.samples == 5
    answer = CliRunner().invoke(anibench.main, ["export-recipe", str(released.root), "--out", "x.jsonl", "--json"])
    assert json.loads(answer.stdout)["out"] == "x.jsonl"
    assert Path("x.jsonl").read_bytes() == file.read_bytes()
