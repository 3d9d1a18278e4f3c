"""What enters a table: every kind of edited record is left out by name, and costs its own run alone."""

import json
from pathlib import Path
from typing import Any

import cv2
import pandas as pd
import pytest
from click.testing import CliRunner
from toys import Tint, register

import anibench
from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from benchmark.methods.interface import get_method
from benchmark.scoring.outputs import FOLDER
from reports.read.collect import collect

pytestmark = pytest.mark.usefixtures("no_weights")
ROW = "eval/random-ref-v2/tint.a"


def test_an_edited_card_is_left_out_by_name_and_alone(runs: Path) -> None:
    path = runs / ROW / "scorecard.json"
    card = read_json(path)
    card["images"]["line-f1"]["mean"] = 0.987
    write_json(path, card)
    reason = "mean of line-f1 in its score card, 0.987, differs from that of scores.parquet"
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


def test_a_changed_picture_is_left_out(runs: Path) -> None:
    picture = sorted((runs / ROW / FOLDER).glob("*.png"))[0]
    image = cv2.imread(str(picture))
    assert image is not None
    cv2.imwrite(str(picture), 255 - image)
    assert collect(runs).left_out == [(runs / ROW, "its pictures were changed after they were scored")]


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
    assert f"{row}: 5 of 5 pictures, scored again, have another psnr than in scores.parquet" in result.output


@pytest.mark.parametrize(
    ("training", "reason"),
    [
        ({"images_seen": 9_540_496}, "states images_seen 9540496 of the training, but its checkpoint 1234"),
        ({"dataset": "official"}, "states dataset official of the training, but its checkpoint"),
        ({"pictures": 31_696}, "states pictures 31696 of the training, but its checkpoint 6"),
        (None, "states no training, but its checkpoint lists 6 pictures"),
    ],
)
def test_a_training_that_the_checkpoint_does_not_have_is_left_out(
    runs: Path, training: dict[str, Any] | None, reason: str
) -> None:
    path = runs / ROW / "scorecard.json"
    card = read_json(path)
    write_json(path, card | {"training": None if training is None else card["training"] | training})
    assert [(folder, reason in why) for folder, why in collect(runs).left_out] == [(runs / ROW, True)]


def test_a_checkpoint_that_is_not_at_hand_refuses_nothing(runs: Path) -> None:
    path = runs / ROW / "config.json"
    write_json(path, read_json(path) | {"checkpoint": str(runs / "gone.safetensors")})
    path = runs / ROW / "scorecard.json"
    card = read_json(path)
    write_json(path, card | {"training": card["training"] | {"images_seen": 1}})
    assert collect(runs).left_out == []


def test_a_setting_that_the_checkpoint_does_not_have_is_left_out(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "tint", Tint())
    path = runs / ROW / "config.json"
    config = read_json(path)
    key = next(iter(config["method_config"]))
    write_json(path, config | {"method_config": config["method_config"] | {key: "other", "newer": 1}})
    assert collect(runs).left_out == [(runs / ROW, f"its configuration states another {key} than its checkpoint")]
    monkeypatch.setattr(get_method("tint").module, "SETTABLE", (key,), raising=False)
    assert collect(runs).left_out == []
