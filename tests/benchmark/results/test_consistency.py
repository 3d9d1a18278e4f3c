"""Evaluations whose records contradict each other are refused with the contradiction."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from evaluating import evaluate

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_json
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.results.consistency import Evaluated, read_evaluated, recompute, scored_pairs
from benchmark.results.eval_config import combine_hashes, hash_pairs

Card = dict[str, Any]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Dataset]) -> Path:
    home = tmp_path_factory.mktemp("evaluated")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv("ANIBENCH_WEIGHTS", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        evaluate(make_dataset(home / "faces"), home / "runs", "random-ref", "self-ref", names=("line-only",))
    return home / "runs/eval"


@pytest.fixture
def folder(evaluated: Path, tmp_path: Path) -> Path:
    """A copy of a finished evaluation that a test may change."""
    return Path(shutil.copytree(evaluated / "random-ref-v2/line-only", tmp_path / "line-only"))


def read(folder: Path) -> Evaluated:
    return read_evaluated(folder, read_record(folder))


def refused(folder: Path, reason: str) -> None:
    with pytest.raises(AnibenchError, match=re.escape(reason)):
        read(folder)


def change_scores(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    scores = change(pd.read_parquet(folder / "scores.parquet"))
    scores.to_parquet(folder / "scores.parquet", index=False)
    return scores


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


def kid(**change: object) -> Callable[[Card], None]:
    """KID has no values in scores.parquet: a made score, with one number changed."""
    score = {"value": 0.02, "values": [0.01, 0.03, 0.02], "spread": 0.01, "low": 0.0, "high": 0.04, "level": 0.95}

    def set_kid(card: Card) -> None:
        card["sets"]["kid"] |= {**score, **change, "reason": None}

    return set_kid


def set_kind(card: Card) -> None:
    card["kind"] = "method"


def set_slice(card: Card) -> None:
    card["slices"]["sigma-0.3"] = {"line-f1": card["images"]["line-f1"] | {"mean": 0.999, "low": None, "high": None}}


def test_an_untouched_evaluation_is_read_and_its_card_recomputed(folder: Path) -> None:
    found = read(folder)
    assert found.card == recompute(found.card, found.config, found.scores)
    assert hash_pairs(scored_pairs(found.scores)) == found.card.pairs
    rows = list(zip(found.scores["picture"], found.scores["pixels"], strict=True))
    assert combine_hashes(rows) == combine_hashes(rows[::-1]) == found.card.outputs


def test_a_kid_that_agrees_with_itself_is_read(folder: Path) -> None:
    card = read_json(folder / "scorecard.json")
    kid()(card)
    (folder / "scorecard.json").write_text(json.dumps(card))
    assert read(folder).card.sets["kid"].value == 0.02


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_mean, "mean of line-f1 in its score card, 0.987, differs from that of scores.parquet"),
        (set_interval, "does not contain its value"),
        (set_line_f1, "mean of line-f1 in its score card, 7.0"),
        (fid(-100.0), "has a fid outside 0 to inf"),
        (fid(float("nan")), "NaN or an infinite number"),
        (fid(float("inf")), "NaN or an infinite number"),
        (kid(value=0.01), "kid in its score card, 0.01, is not the mean of its pairings"),
        (kid(values=[0.02]), "has 1 values of kid for 3 pairings"),
        (kid(spread=0.001), "spread of kid in its score card, 0.001, is not that of its pairings"),
        (kid(low=0.015), "kid in its score card, 0.02, is not the middle of its normal interval"),
        (set_kind, "differ in the kind"),
        (set_slice, "outside the values of scores.parquet"),
    ],
)
def test_an_edited_score_card_is_refused(folder: Path, change: Callable[[Card], None], reason: str) -> None:
    card = read_json(folder / "scorecard.json")
    change(card)
    (folder / "scorecard.json").write_text(json.dumps(card))
    refused(folder, reason)


def test_scores_outside_the_range_of_their_metric_are_refused(folder: Path) -> None:
    change_scores(folder, lambda scores: scores.assign(**{"line-f1": 7.0}))
    refused(folder, "line-f1 7, outside 0 to 1")


def test_an_interval_far_narrower_than_the_scores_give_is_refused(evaluated: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(evaluated / "self-ref-v1/line-only", tmp_path / "line-only"))
    card = read_json(folder / "scorecard.json")
    mean = card["images"]["psnr"]["mean"]
    card["images"]["psnr"] |= {"low": mean - 1e-3, "high": mean + 1e-3}
    write_json(folder / "scorecard.json", card)
    refused(folder, "the interval of psnr in its score card")


def test_a_missing_column_is_named(folder: Path) -> None:
    change_scores(folder, lambda scores: scores.drop(columns="identical"))
    refused(folder, "lacks the columns identical")


def test_pairs_that_the_protocol_does_not_give_are_refused(folder: Path) -> None:
    pairs = hash_pairs(scored_pairs(change_scores(folder, lambda scores: scores.assign(reference=scores["sample"]))))
    refused(folder, "the pairs in scores.parquet are not those that its score card names")
    for name in ("scorecard.json", "config.json"):
        write_json(folder / name, read_json(folder / name) | {"pairs": pairs})
    record = read_json(folder / "run.json")
    write_json(folder / "run.json", record | {"inputs": record["inputs"] | {"pairs": pairs}})
    refused(folder, "its pairs are not those that random-ref-v2 gives")


def test_a_part_of_the_split_is_refused(folder: Path) -> None:
    for name, key in (("scorecard.json", "data"), ("config.json", "dataset")):
        content = read_json(folder / name)
        counts = {"counts": content[key]["counts"] | {"test": 579}}
        write_json(folder / name, content | {key: content[key] | counts})
    refused(folder, "its score card has 5 lines, and the split test has 579")


def test_a_metric_that_finds_copies_cannot_be_left_out(folder: Path) -> None:
    change_scores(folder, lambda scores: scores.drop(columns="copy"))
    card = read_json(folder / "scorecard.json")
    copy = card["images"].pop("copy")
    card["slices"] = {}
    write_json(folder / "scorecard.json", card)
    refused(folder, "scores.parquet lacks the column copy, and its score card gives no reason; run anibench rescore")
    card["images"]["copy"] = copy | {"mean": None, "low": None, "high": None, "n": 0, "reason": "no training pictures"}
    write_json(folder / "scorecard.json", card)
    assert "copy" not in read(folder).scores


@pytest.mark.parametrize("label", ["", "\u2020 SCFT", "line only (floor)", "a\nb", "\u202eevil", "a" * 256])
def test_a_label_that_no_command_gives_is_refused(folder: Path, label: str) -> None:
    for name in ("scorecard.json", "config.json"):
        write_json(folder / name, read_json(folder / name) | {"label": label})
    refused(folder, "is not a configuration of an evaluation of this anibench: label")


def test_a_negative_time_is_refused(folder: Path) -> None:
    card = read_json(folder / "scorecard.json")
    card["cost"]["seconds_per_image"] = -1.0
    write_json(folder / "scorecard.json", card)
    refused(folder, "cost.seconds_per_image")
