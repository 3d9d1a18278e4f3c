"""What enters a table: every kind of edited record is left out by name, and costs its own run alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pandas as pd
import pytest
from click.testing import CliRunner

import anibench
from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from benchmark.results.consistency import scored_pairs
from benchmark.results.eval_config import hash_pairs
from benchmark.scoring.outputs import FOLDER
from reports.read.collect import collect

pytestmark = pytest.mark.usefixtures("no_weights")
ROW = "eval/random-ref-v2/tint.a"
Card = dict[str, Any]


def set_mean(card: Card) -> None:
    card["images"]["line-f1"]["mean"] = 0.987


def set_interval(card: Card) -> None:
    card["images"]["line-f1"] |= {"low": 50.0, "high": -2.0}


def set_line_f1(card: Card) -> None:
    card["images"]["line-f1"] |= {"mean": 7.0, "low": None, "high": None}


def fid(value: float) -> Callable[[Card], None]:
    def change(card: Card) -> None:
        card["sets"]["fid"] |= {"value": value}

    return change


def set_kind(card: Card) -> None:
    card["kind"] = "floor"


def set_slice(card: Card) -> None:
    card["slices"]["sigma-0.3"] = {"line-f1": card["images"]["line-f1"] | {"mean": 0.999, "low": None, "high": None}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_mean, "mean of line-f1 in its score card, 0.987, is not that of scores.parquet"),
        (set_interval, "does not hold its value"),
        (set_line_f1, "mean of line-f1 in its score card, 7.0"),
        (fid(-100.0), "has a fid outside 0 to inf"),
        (fid(float("nan")), "NaN or an infinite number"),
        (fid(float("inf")), "NaN or an infinite number"),
        (set_kind, "name another kind"),
        (set_slice, "outside the values of scores.parquet"),
    ],
)
def test_an_edited_card_is_left_out_by_name_and_alone(runs: Path, change: Callable[[Card], None], reason: str) -> None:
    path = runs / ROW / "scorecard.json"
    card = read_json(path)
    change(card)
    path.write_text(json.dumps(card))
    found = collect(runs)
    assert [folder for folder, _ in found.left_out] == [runs / ROW]
    assert reason in found.left_out[0][1]
    assert len(found.evaluations) == 5
    result = CliRunner().invoke(anibench.main, ["leaderboard", str(runs), "--out", str(runs / "board")])
    assert result.exit_code == 0, result.output
    assert reason in result.stderr


def test_a_kind_against_the_registry_is_left_out(runs: Path) -> None:
    for name, more in (("scorecard.json", {"training": None}), ("config.json", {})):
        write_json(runs / ROW / name, read_json(runs / ROW / name) | {"kind": "floor"} | more)
    assert "no floor is called tint" in collect(runs).left_out[0][1]


def test_a_number_that_is_not_finite_in_any_record_costs_its_run_alone(runs: Path) -> None:
    path = runs / ROW / "config.json"
    path.write_text(json.dumps(read_json(path) | {"method_config": {"rate": float("inf")}}))
    found = collect(runs)
    assert [folder for folder, _ in found.left_out] == [runs / ROW]
    assert len(found.evaluations) == 5


def test_scores_outside_the_range_of_their_metric_are_left_out(runs: Path) -> None:
    """Card and scores edited together: the table contradicts the metric's own bounds."""
    path = runs / ROW / "scores.parquet"
    scores = pd.read_parquet(path)
    scores["line-f1"] = 7.0
    scores.to_parquet(path, index=False)
    assert "line-f1 7, outside 0 to 1" in collect(runs).left_out[0][1]


def test_a_changed_picture_is_left_out(runs: Path) -> None:
    picture = sorted((runs / ROW / FOLDER).glob("*.png"))[0]
    image = cv2.imread(str(picture))
    assert image is not None
    cv2.imwrite(str(picture), 255 - image)
    assert collect(runs).left_out == [(runs / ROW, "its pictures are not those that were scored")]


def test_pairs_that_the_protocol_does_not_give_are_left_out(runs: Path) -> None:
    scores = pd.read_parquet(runs / ROW / "scores.parquet")
    scores["reference"] = scores["sample"]
    scores.to_parquet(runs / ROW / "scores.parquet", index=False)
    pairs = hash_pairs(scored_pairs(scores))
    for name in ("scorecard.json", "config.json"):
        write_json(runs / ROW / name, read_json(runs / ROW / name) | {"pairs": pairs})
    record = read_json(runs / ROW / "run.json")
    write_json(runs / ROW / "run.json", record | {"inputs": record["inputs"] | {"pairs": pairs}})
    assert "its pairs are not those that random-ref-v2 gives" in collect(runs).left_out[0][1]


def forge(folder: Path, gain: float) -> None:
    """Raise the PSNR of every picture in the scores and in the score card alike."""
    scores = pd.read_parquet(folder / "scores.parquet")
    scores["psnr"] += gain
    scores.to_parquet(folder / "scores.parquet", index=False)
    card = read_json(folder / "scorecard.json")
    card["images"]["psnr"] |= {key: card["images"]["psnr"][key] + gain for key in ("mean", "low", "high")}
    write_json(folder / "scorecard.json", card)


@pytest.mark.parametrize("command", ["submit", "leaderboard"])
def test_scores_and_card_forged_together_are_found_by_scoring_again(runs: Path, data: Dataset, command: str) -> None:
    row = runs / "eval/self-ref-v1/tint.a"
    forge(row, 14.0)
    arguments = {
        "submit": ["submit", "--check", str(runs), "--data", str(data.root)],
        "leaderboard": ["leaderboard", str(runs), "--data", str(data.root), "--out", str(runs / "board")],
    }[command]
    result = CliRunner().invoke(anibench.main, arguments)
    assert f"{row}: the psnr of 5 of 5 pictures scored again is not that of scores.parquet" in result.output


def test_a_missing_column_of_identical_pictures_is_named(runs: Path) -> None:
    scores = pd.read_parquet(runs / ROW / "scores.parquet")
    scores.drop(columns="identical").to_parquet(runs / ROW / "scores.parquet", index=False)
    assert "lacks the columns identical" in collect(runs).left_out[0][1]


def test_an_interval_far_narrower_than_the_scores_give_is_left_out(runs: Path) -> None:
    path = runs / "eval/self-ref-v1/tint.a/scorecard.json"
    card = read_json(path)
    mean = card["images"]["psnr"]["mean"]
    card["images"]["psnr"] |= {"low": mean - 1e-3, "high": mean + 1e-3}
    write_json(path, card)
    assert "the interval of psnr in its score card" in collect(runs).left_out[0][1]
