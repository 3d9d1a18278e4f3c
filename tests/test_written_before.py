"""A dataset, a training run and evaluations that version 0.1.0 wrote, before its modules moved, still open."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import anibench
from benchmark.core.files import read_json, read_rgb
from benchmark.data.dataset import Dataset
from benchmark.results.scorecard import read_card

FINGERPRINT = "b0938ca0503894495d19df458e7c3cd71044bab1beb616a5159032131d9593b4"
ROW = "self-ref-v1/animediffusion.tiny"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders `faces` and `runs`, unpacked into the current folder."""
    with tarfile.open(Path(__file__).with_name("data") / "written-by-0.1.0.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(anibench.main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_dataset_opens(old: Path) -> None:
    data = Dataset.open(old / "faces")
    assert data.fingerprint == FINGERPRINT
    assert [len(data.ids(split)) for split in ("train", "test")] == [4, 3]


def test_the_checkpoint_paints_the_same_pictures(old: Path) -> None:
    (old / "runs/eval").rename(old / "before")
    run("eval", "animediffusion/tiny", "--protocol", "self-ref", "--data", "faces", "--device", "cpu")
    for path in sorted((old / "before" / ROW / "outputs").glob("*.png")):
        again = read_rgb(old / "runs/eval" / ROW / "outputs" / path.name)
        difference = np.abs(read_rgb(path).astype(int) - again)
        assert difference.max() <= 1  # grey levels: processors round differently


def test_finished_evaluations_are_reported_and_rescored(old: Path) -> None:
    before = read_card(old / "runs/eval" / ROW)
    run("rescore", "--runs", "runs", "--data", "faces")
    after = read_card(old / "runs/eval" / ROW)
    assert after.outputs == before.outputs
    for name, score in before.images.items():
        assert after.images[name].mean == pytest.approx(score.mean, rel=1e-5)
    run("report", "--out", "report.json", "--format", "json")
    assert "animediffusion.tiny" in str(read_json(old / "report.json"))
