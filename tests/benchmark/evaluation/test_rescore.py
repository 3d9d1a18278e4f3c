"""`anibench rescore`: new numbers from old pictures, and nothing from pictures that are not those any more."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from toys import Tint, register, write_training_run

import anibench
from benchmark.core.files import read_json, write_json, write_png
from benchmark.data.dataset import Dataset
from benchmark.evaluation import rescore as rescoring

pytestmark = pytest.mark.usefixtures("no_weights")


def command(*arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished evaluation of a toy whose weights are gone."""
    register(monkeypatch, "tint", Tint())
    runs = tmp_path / "runs"
    write_training_run(runs, "tint", "a", ids=tiny_dataset.ids("train"))
    where = ("--data", tiny_dataset.root, "--runs", runs)
    assert command("eval", "tint", "--protocol", "self-ref", *where, "--set", "resamples=99").exit_code == 0
    shutil.rmtree(runs / "train")
    return runs / "eval/self-ref-v1/tint.a"


def kill_a_rescoring(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End `anibench rescore` in the middle."""

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rescoring, "write_card", kill)
        assert command("rescore", "--runs", runs).exit_code == 130


def test_other_settings_give_other_numbers_without_the_model(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, "tint", None)
    before, record = read_json(folder / "scorecard.json"), read_json(folder / "run.json")
    result = command("rescore", "--runs", tmp_path / "runs", "--set", "level=0.5", "--json")
    assert result.exit_code == 0, result.output
    (card,) = json.loads(result.stdout)
    assert card == read_json(folder / "scorecard.json")
    assert card["images"]["psnr"]["mean"] == before["images"]["psnr"]["mean"]
    assert card["images"]["psnr"]["low"] > before["images"]["psnr"]["low"]
    for kept in ("cost", "training", "notes", "outputs", "checkpoint"):
        assert card[kept] == before[kept]
    settings = read_json(folder / "config.json")["settings"]
    assert (settings["level"], settings["resamples"]) == (0.5, 99), "what was not named stays"
    assert read_json(folder / "run.json") == record
    assert read_json(tmp_path / "runs/rescore/run.json")["status"] == "done"


def test_a_card_of_an_older_format_is_made_anew(folder: Path, tmp_path: Path) -> None:
    before = read_json(folder / "scorecard.json")
    write_json(folder / "scorecard.json", before | {"format": 0, "images": {}, "sets": {}})
    assert command("rescore", "--runs", tmp_path / "runs").exit_code == 0
    assert read_json(folder / "scorecard.json") == before


def test_a_kill_in_the_middle_leaves_an_unfinished_run_that_rescoring_mends(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_a_rescoring(tmp_path / "runs", monkeypatch)
    assert read_json(folder / "run.json")["status"] == "running"
    assert command("rescore", "--runs", tmp_path / "runs").exit_code == 0
    assert read_json(folder / "run.json")["status"] == "done"
    assert not (folder / "rescoring.json").exists()


def test_a_run_after_a_killed_rescoring_keeps_its_own_record(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_a_rescoring(tmp_path / "runs", monkeypatch)
    evaluated = read_json(folder / "run.json") | {"id": "another", "status": "done", "command": "anibench eval again"}
    write_json(folder / "run.json", evaluated)
    assert command("rescore", "--runs", tmp_path / "runs").exit_code == 0
    assert read_json(folder / "run.json") == evaluated
    assert not (folder / "rescoring.json").exists()


def test_what_is_not_what_was_scored_is_refused(
    folder: Path, tiny_dataset: Dataset, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    other = make_dataset(tmp_path / "other", seed=4)
    result = command("rescore", "--runs", tmp_path / "runs", "--data", other.root)
    assert result.exit_code == 1
    assert "but the pictures were painted on" in result.output
    before = (folder / "scorecard.json").read_bytes()
    picture = sorted((folder / "outputs").iterdir())[0]
    write_png(picture, tiny_dataset.color(picture.stem))
    result = command("rescore", "--runs", tmp_path / "runs")
    assert result.exit_code == 1
    assert "its pictures were changed" in result.output
    assert (folder / "scorecard.json").read_bytes() == before
    write_json(folder / "run.json", read_json(folder / "run.json") | {"status": "interrupted"})
    assert "the evaluation is interrupted; finish it with" in command("rescore", "--runs", tmp_path / "runs").output
    assert "holds no evaluation" in command("rescore", "--runs", tmp_path / "none").output
