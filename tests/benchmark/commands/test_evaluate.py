"""`anibench eval` and `anibench score` as they are typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from toys import Tint, register, write_training_run

import anibench
from benchmark.data.dataset import Dataset
from benchmark.methods.interface import method_names

pytestmark = pytest.mark.usefixtures("no_weights")


def anibench_command(*arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])


def test_eval_prints_cards_as_json_and_nothing_else_on_standard_output(tiny_dataset: Dataset, tmp_path: Path) -> None:
    where = ("--data", tiny_dataset.root, "--runs", tmp_path / "runs")
    result = anibench_command("eval", "--protocol", "self-ref", *where, "--json")
    assert result.exit_code == 0, result.output
    cards = json.loads(result.stdout)
    assert [card["label"] for card in cards] == method_names("floor")
    stored = json.loads((tmp_path / "runs/eval/self-ref-v1/line-only/scorecard.json").read_text())
    assert cards[method_names("floor").index("line-only")] == stored


def test_eval_shows_a_table(tiny_dataset: Dataset, tmp_path: Path) -> None:
    where = ("--data", tiny_dataset.root, "--runs", tmp_path / "runs")
    result = anibench_command("eval", "line-only", "--protocol", "random-ref", *where)
    assert result.exit_code == 0
    assert "not computed" in result.stdout
    assert "download https://" in result.stderr


def test_a_failure_is_told_after_the_others_are_done(
    tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, "tint", Tint())
    write_training_run(tmp_path / "runs", "tint", "leaky", ids=tiny_dataset.ids("test"))
    where = ("--data", tiny_dataset.root, "--runs", tmp_path / "runs")
    result = anibench_command("eval", "--protocol", "self-ref", *where)
    assert result.exit_code == 1
    assert "trained on 5 pictures of the test split" in result.stderr
    assert "line-only" in result.stdout


def test_a_setting_with_the_prefix_method_reaches_the_method_whatever_its_name() -> None:
    settings = ("--set", "method.batch=9", "--set", "fid=clean", "--set", "steps=2")
    result = anibench_command("eval", "tint", "--protocol", "self-ref", *settings, "--dry-run")
    shown = json.loads(result.stdout)
    assert shown["method"] == ["batch=9", "steps=2"]
    assert (shown["settings"]["batch"], shown["settings"]["fid"]) == (8, "clean")
    result = anibench_command("eval", "--protocol", "self-ref", "--set", "method.batch=9", "--dry-run")
    assert result.exit_code == 2
    assert "--set method.batch=9: METHOD is missing" in result.stderr


def test_settings_are_resolved_shown_and_checked(tmp_path: Path) -> None:
    result = anibench_command("eval", "--protocol", "self-ref", "--batch", 3, "--set", "fid=clean", "--dry-run")
    shown = json.loads(result.stdout)
    assert (shown["settings"]["batch"], shown["settings"]["fid"]) == (3, "clean")
    assert shown["protocol"]["name"] == "self-ref"
    result = anibench_command("eval", "--protocol", "self-ref", "--set", "bach=3")
    assert result.exit_code == 1
    assert "did you mean batch?" in result.stderr
    result = anibench_command("eval", "--protocol", "self", "--data", tmp_path)
    assert "protocols: cross-ref, random-ref, self-ref, " in result.stderr


def test_score_takes_pictures_made_elsewhere(tiny_dataset: Dataset, tmp_path: Path) -> None:
    where = ("--data", tiny_dataset.root, "--runs", tmp_path / "runs")
    arguments = ("score", tiny_dataset.root / "test/color", "--protocol", "self-ref", "--name", "the-truth", *where)
    result = anibench_command(*arguments, "--json")
    assert result.exit_code == 0, result.output
    (card,) = json.loads(result.stdout)
    assert (card["label"], card["kind"], card["images"]["psnr"]["identical"]) == ("the-truth", "external", 5)
    renamed = ["other" if each == "the-truth" else each for each in arguments[2:]]
    result = anibench_command("score", tiny_dataset.root / "test", *renamed)
    assert result.exit_code == 1
    assert "5 missing" in result.stderr
