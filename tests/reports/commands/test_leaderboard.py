"""`anibench leaderboard`: the page, the answer for programs, and pictures that may not be shown."""

import json
from pathlib import Path

import pytest
from reporting import call

pytestmark = pytest.mark.usefixtures("no_weights")


def test_the_page_and_the_facts_are_written_and_printed(evaluated: Path, tmp_path: Path) -> None:
    code, shown, _ = call("leaderboard", evaluated, "--out", tmp_path / "board")
    assert code == 0
    assert f"Leaderboard: {tmp_path / 'board/index.html'}, 6 rows in 2 tables" in shown
    facts = json.loads((tmp_path / "board/leaderboard.json").read_text())
    code, shown, _ = call("leaderboard", evaluated, "--out", tmp_path / "board", "--json")
    assert (code, json.loads(shown)) == (0, facts)


def test_folders_are_required_and_pictures_need_a_permission(evaluated: Path, tmp_path: Path) -> None:
    assert call("leaderboard")[0] == 2
    code, _, errors = call("leaderboard", evaluated, "--out", tmp_path / "board", "--pictures")
    assert code == 1
    assert "may contain pictures that you may not show" in errors
