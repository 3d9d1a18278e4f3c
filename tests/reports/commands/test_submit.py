"""`anibench submit`: its exit code, and the answer for programs."""

import json
from pathlib import Path

import pytest
from reporting import call

from benchmark.data.dataset import Dataset

pytestmark = pytest.mark.usefixtures("no_weights")


def test_a_complete_submission_passes(submission: Path, data: Dataset) -> None:
    code, text, errors = call("submit", "--check", submission, "--data", data.root)
    assert code == 0, text + errors
    assert "Complete." in text


def test_the_answer_for_programs_lists_every_check(submission: Path) -> None:
    (submission / "submission.toml").unlink()
    code, shown, errors = call("submit", "--check", submission, "--json")
    found = json.loads(shown)
    assert (code, found["complete"], found["findings"][0]["status"]) == (1, False, "missing")
    assert f"1 of {len(found['findings'])} checks of {submission} failed" in errors


def test_full_needs_a_dataset(tmp_path: Path) -> None:
    code, _, errors = call("submit", "--check", tmp_path, "--full")
    assert code == 2
    assert "give --data DIR" in errors
