"""One leaderboard from many folders."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from evaluating import evaluate
from reporting import call

from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from reports.board.leaderboard import board_document, make_board
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
    assert "differs from that of scores.parquet" in refused[runs / TINT]
    assert "other data: fingerprint" in refused[other / "eval/self-ref-v1/line-only"]
    assert len(refused) == 3
    assert {path for path, _ in board.repeated} >= {runs / "eval/self-ref-v1/line-only"}
    assert sum(len(group.runs) for group in board.groups) == 6
    code, shown, errors = call("leaderboard", evaluated, runs, other, "--out", tmp_path / "board", "--pictures")
    assert code == 1
    assert "may contain pictures that you may not show" in errors
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
    config = runs / "eval/random-ref-v2/tint.a/config.json"
    content = read_json(config)
    content["protocol"]["warp"] = True
    write_json(config, content)
    board = make_board([runs])
    assert any("other rules" in reason for _, reason in board.refused)


def test_a_board_says_which_rows_a_declaration_is_about(submission: Path, tmp_path: Path) -> None:
    blocks = board_document(make_board([submission]), tmp_path)
    declared = next(block for block in blocks if isinstance(block, Table) and "authors" in block.header)
    assert [[cell.text for cell in row.cells[:3]] for row in declared.rows] == [["my method", "tint.a", "Your Name"]]


def test_a_method_that_saw_test_pictures_is_refused(evaluated: Path, submission: Path) -> None:
    declared = submission / "submission.toml"
    declared.write_text(declared.read_text().replace("saw_test_pictures = false", "saw_test_pictures = true"))
    (reasons,) = {reason for _, reason in make_board([evaluated, submission]).refused}
    assert reasons.endswith("says that the method saw test pictures")
    declared.write_text("name = 1")
    assert all("submission.toml" in reason for _, reason in make_board([evaluated, submission]).refused)


def test_the_pictures_of_another_method_are_no_second_row(evaluated: Path, runs: Path) -> None:
    renamed = runs / TINT
    for name in ("scorecard.json", "config.json"):
        write_json(renamed / name, read_json(renamed / name) | {"label": "mine", "method": "mine"})
    assert (renamed, evaluated / TINT) in make_board([evaluated, runs]).repeated


def test_intervals_of_another_level_are_refused(evaluated: Path, runs: Path) -> None:
    config = runs / TINT / "config.json"
    content = read_json(config)
    write_json(config, content | {"settings": content["settings"] | {"level": 0.5}})
    assert (runs / TINT, "intervals of 50 %; those of the board are of 95 %") in make_board([evaluated, runs]).refused


def test_scores_of_sets_are_stated_and_not_computed_again(evaluated: Path, tmp_path: Path) -> None:
    board = make_board([evaluated])
    said = "FID: as the score cards state; not computed again."
    assert said not in str(board_document(board, tmp_path))
    group = next(group for group in board.groups if "fid" in group.runs[0].card.sets)
    run = group.runs[0]
    fid = run.card.sets["fid"].model_copy(update={"value": 12.0, "reason": None})
    stated = replace(run, card=run.card.model_copy(update={"sets": run.card.sets | {"fid": fid}}))
    board.groups = [replace(group, runs=(stated, *group.runs[1:]))]
    assert said in str(board_document(board, tmp_path))


def test_other_pictures_under_the_name_of_a_floor_are_refused(evaluated: Path, runs: Path) -> None:
    false = runs / "eval/self-ref-v1/line-only"
    shutil.rmtree(false)
    shutil.copytree(runs / "eval/self-ref-v1/copy-reference", false)
    for name in ("scorecard.json", "config.json"):
        write_json(false / name, read_json(false / name) | {"label": "line-only", "method": "line-only"})
    board = make_board([evaluated, runs])
    (refused,) = board.refused
    assert refused[0] == false
    assert refused[1].startswith("its pictures are not those of the floor line-only in ")
