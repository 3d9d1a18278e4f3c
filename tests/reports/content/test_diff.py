"""Differences between runs: settings, scores and intervals."""

import shutil
from pathlib import Path

import pytest
from reporting import call

from benchmark.core.files import read_json
from reports.content.diff import changed, diff_runs

pytestmark = pytest.mark.usefixtures("no_weights")
TINT = "eval/self-ref-v1/tint.a"


def test_a_diff_names_settings_numbers_and_intervals(evaluated: Path) -> None:
    one, two = evaluated / "eval/self-ref-v1/line-only", evaluated / TINT
    run = diff_runs(one, two).runs[0]
    score = next(score for score in run.scores if score.metric == "psnr")
    before, after = (read_json(folder / "scorecard.json")["images"]["psnr"]["mean"] for folder in (one, two))
    assert score.difference == pytest.approx(after - before)
    assert score.low is not None
    assert score.high is not None
    assert score.low <= score.difference <= score.high
    keys = {change.key: (change.before, change.after) for change in run.changes}
    assert keys["label"] == ("line-only", "tint.a")
    assert keys["kind"] == ("floor", "method")


def test_a_diff_of_a_tree_with_itself_is_empty(evaluated: Path, runs: Path) -> None:
    diff = diff_runs(evaluated, runs)
    assert not any(run.changes for run in diff.runs)
    shutil.rmtree(runs / TINT)
    assert diff_runs(evaluated, runs).only_first == (TINT,)
    code, text, _ = call("report", "--diff", evaluated, runs)
    assert code == 0
    assert "## Only in" in text


def test_dotted_keys_lead_to_what_differs() -> None:
    found = list(changed({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1, "c": 5}, "e": 4}))
    assert [(c.key, c.before, c.after) for c in found] == [
        ("a.c", 2, 5), ("d", 3, "(missing)"), ("e", "(missing)", 4),
    ]  # fmt: skip
    found = list(changed({"a": None, "b": {"c": 1}, "d": 2}, {"a": {"x": {"y": True}}, "d": {"z": 3}}))
    assert [(c.key, c.before, c.after) for c in found] == [
        ("a.x.y", "(missing)", True), ("b.c", 1, "(missing)"), ("d", 2, {"z": 3}),
    ], "what only one has is spelled out too"  # fmt: skip
