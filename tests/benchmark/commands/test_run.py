"""`anibench run`: the list, the plan, and a run to its end."""

import json
from pathlib import Path

import pytest
from reporting import call
from suites import TOML, script

from benchmark.suites.suite import shipped_suites


def test_the_list_says_what_each_gives_and_takes() -> None:
    code, output, _ = call("run", "--list", "--json")
    assert code == 0
    assert [each["name"] for each in json.loads(output)] == list(shipped_suites())
    assert all(each["title"] and each["takes"] for each in json.loads(output))
    assert "quickstart" in call("run", "--list")[1]


def test_the_plan_has_every_step(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    code, output, _ = call("run", tmp_path / "mine.toml", "--dry-run", "--out", tmp_path / "out", "--json")
    assert code == 0
    assert [row["step"] for row in json.loads(output)["steps"]][:3] == ["dataset.faces", "verify.faces", "train.tiny"]
    assert not (tmp_path / "out").exists()


def test_a_failed_step_gives_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(TOML)
    script(monkeypatch, tmp_path)
    code, output, error = call("run", tmp_path / "mine.toml", "--out", tmp_path / "out")
    assert code == 1
    assert "8 steps are not done" in error
    assert "train.tiny: not run: it needs verify.faces" in error
    assert "$ anibench build-dataset drawn:9" in output


def test_a_suite_is_needed() -> None:
    assert call("run")[0] == 2
