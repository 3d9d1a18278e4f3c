"""One leaderboard from many folders; checks of submissions."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from evaluating import evaluate
from reporting import call

from benchmark.core.files import read_json, write_json, write_text
from benchmark.data.dataset import Dataset
from reports.board.leaderboard import board_document, make_board
from reports.board.submission import TEMPLATE, check_submission
from reports.document import Table

pytestmark = pytest.mark.usefixtures("no_weights")
TINT = "eval/self-ref-v1/tint.a"


def test_a_board_merges_what_fits_and_names_what_does_not(
    evaluated: Path, runs: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    evaluate(make_dataset(tmp_path / "more", seed=7), other, "self-ref")
    card = runs / TINT / "scorecard.json"
    content = read_json(card)
    content["images"]["psnr"]["mean"] += 9
    write_json(card, content)
    board = make_board([evaluated, runs, other])
    refused = dict(board.refused)
    assert "is not that of scores.parquet" in refused[runs / TINT]
    assert "other data: fingerprint" in refused[other / "eval/self-ref-v1/line-only"]
    assert len(refused) == 3
    assert {path for path, _ in board.repeated} >= {runs / "eval/self-ref-v1/line-only"}
    assert sum(len(group.runs) for group in board.groups) == 6
    code, shown, errors = call("leaderboard", evaluated, runs, other, "--out", tmp_path / "board", "--pictures")
    assert code == 1
    assert "not known to be free to show" in errors
    fingerprint = read_json(evaluated / TINT / "scorecard.json")["data"]["fingerprint"]
    arguments = ["leaderboard", evaluated, runs, other, "--out", tmp_path / "board", "--pictures", "--allow"]
    code, shown, errors = call(*arguments, fingerprint[:16])
    assert code == 0
    assert "6 rows" in shown
    assert f"refused: {runs / TINT}" in errors
    page = (tmp_path / "board/index.html").read_text("utf-8")
    assert "data:image/webp" in page
    assert "Refused" in page
    assert page.count("other data: fingerprint") == 1, "one reason, many cards"
    assert len(json.loads((tmp_path / "board/leaderboard.json").read_text())["refused"]) == 3


def test_a_protocol_with_other_rules_under_an_old_name_is_refused(runs: Path) -> None:
    config = runs / TINT / "config.json"
    content = read_json(config)
    content["protocol"]["warp"] = True
    write_json(config, content)
    board = make_board([runs])
    assert any("other rules" in reason for _, reason in board.refused)


@pytest.fixture
def submission(runs: Path, tmp_path: Path) -> Path:
    """A submission that has all it needs."""
    folder = tmp_path / "mine"
    for protocol in ("self-ref-v1", "random-ref-v2"):
        shutil.copytree(runs / "eval" / protocol / "tint.a", folder / "eval" / protocol / "tint.a")
    write_text(folder / "submission.toml", TEMPLATE)
    return folder


def test_a_complete_submission_passes(submission: Path, data: Dataset) -> None:
    code, text, errors = call("submit", "--check", submission, "--data", data.root)
    assert code == 0, text + errors
    assert "Complete." in text


def test_a_board_says_which_rows_a_declaration_is_about(submission: Path, tmp_path: Path) -> None:
    blocks = board_document(make_board([submission]), tmp_path)
    declared = next(block for block in blocks if isinstance(block, Table) and "authors" in block.header)
    assert [[cell.text for cell in row.cells[:3]] for row in declared.rows] == [["my method", "tint.a", "Your Name"]]


def test_numbers_of_sets_are_said_to_be_unchecked(submission: Path) -> None:
    card = submission / "eval/random-ref-v2/tint.a/scorecard.json"
    content = read_json(card)
    content["sets"]["fid"] |= {"value": 1.0, "reason": None}
    write_json(card, content)
    notes = [finding.what for finding in check_submission(submission) if finding.status == "note"]
    assert any(note.startswith("fid: not recomputed") for note in notes)


def spoil(folder: Path) -> dict[str, Callable[[], object]]:
    """What is wrong -> how it came to be."""
    run = folder / TINT

    def change_pair() -> None:
        scores = pd.read_parquet(run / "scores.parquet")
        scores.assign(seed=scores["seed"] // 2).to_parquet(run / "scores.parquet", index=False)

    def swap_pictures() -> None:
        first, second, *_ = sorted((run / "outputs").iterdir())
        first.write_bytes(second.read_bytes())

    return {
        "submission.toml is missing": lambda: (folder / "submission.toml").unlink(),
        "code: String should match": lambda: write_text(
            folder / "submission.toml", TEMPLATE.replace("https://example.org/my-method", "javascript:alert(1)")
        ),
        "saw_test_pictures is true": lambda: write_text(folder / "submission.toml", TEMPLATE.replace("false", "true")),
        "extra: is not known": lambda: write_text(folder / "submission.toml", TEMPLATE + "extra = 1\n"),
        "cannot be read": lambda: next((run / "outputs").iterdir()).unlink(),
        "not those that were scored": swap_pictures,
        "the pairs in scores.parquet": change_pair,
        "scorecard.json is missing": lambda: (run / "scorecard.json").unlink(),
    }


@pytest.mark.parametrize("problem", spoil(Path()))
def test_what_is_missing_or_wrong_is_named_and_fails(submission: Path, problem: str) -> None:
    spoil(submission)[problem]()
    code, text, _ = call("submit", "--check", submission)
    assert code == 1
    assert problem in text


def test_a_submission_scored_on_other_data_is_wrong(
    submission: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    make_dataset(tmp_path / "more", seed=7)
    found = check_submission(submission, tmp_path / "more")
    assert sum("other data" in finding.what for finding in found) == 2
