"""`anibench status`."""

import json
from pathlib import Path

import pytest
from reporting import call
from suites import TOML, script


def test_the_steps_of_a_folder_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    script(monkeypatch, tmp_path)
    call("run", tmp_path / "mine.toml", "--out", tmp_path / "out")
    code, output, _ = call("status", tmp_path / "out", "--json")
    rows = json.loads(output)
    assert code == 0
    assert (rows[0]["step"], rows[0]["state"]) == ("dataset.faces", "failed")
    assert {row["state"] for row in rows[1:]} == {"waiting"}
    assert "dataset.faces" in call("status", tmp_path / "out")[1]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    code, _, error = call("status", tmp_path)
    assert code == 1
    assert "holds no suite; run one with: anibench run SUITE" in error
