"""`anibench methods`: the list of methods, and one line for each rule of the contract."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import anibench
from benchmark.commands.methods import kind_of
from benchmark.methods.contract import RULES
from benchmark.methods.interface import get_method, method_names

MODULE = '''
"""A method of the user's own."""
from benchmark.core.config import Config as BaseConfig

class Config(BaseConfig):
    pass

class Painter:
    def colorize(self, lines, references, seeds):
        {body}

def load(checkpoint, device):
    return Painter()
'''


def test_a_module_in_the_current_folder_is_checked_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [part for part in sys.path if part not in ("", str(tmp_path))])
    Path("good_painter.py").write_text(MODULE.format(body="return references.copy()"))
    (tmp_path / "painters").mkdir()
    Path("painters/bad_painter.py").write_text(MODULE.format(body="references[:] = 0; return references"))
    result = CliRunner().invoke(anibench.main, ["methods", "--check", "good_painter"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [f"ok      {rule.name}" for rule in RULES]
    result = CliRunner().invoke(anibench.main, ["methods", "--check", "painters.bad_painter"])
    assert result.exit_code == 1
    assert "FAILED  inputs unchanged: colorize changed its references; work on a copy" in result.stdout.splitlines()
    result = CliRunner().invoke(anibench.main, ["methods", "--check", "painters.no_painter"])
    assert "cannot be imported: No module named 'painters.no_painter'" in result.output
    Path("empty_painter.py").write_text("")
    result = CliRunner().invoke(anibench.main, ["methods", "--check", "empty_painter"])
    assert "its module has no Config and no load" in result.output
    Path("cheat_painter.py").write_text(MODULE.format(body="return references") + "\nSEES_TARGET = True\n")
    result = CliRunner().invoke(anibench.main, ["methods", "--check", "cheat_painter"])
    assert "only a floor may be given the target" in result.output


def test_methods_are_listed_with_their_kinds() -> None:
    result = CliRunner().invoke(anibench.main, ["methods", "--json"])
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert list(rows) == method_names()
    kinds = {name: rows[name]["kind"] for name in ("animediffusion", "oracle", "external")}
    assert kinds == {"animediffusion": "trainable", "oracle": "floor", "external": "external"}
    assert rows["animediffusion"]["parameters"] == 52_301_251
    assert "external:FILE.toml" in rows["external"]["needs"]
    shown = CliRunner().invoke(anibench.main, ["methods"]).stdout
    assert "52,301,251 parameters" in shown


@pytest.mark.parametrize(
    ("name", "kind"),
    [("line-only", "floor"), ("external", "external"), ("animediffusion", "trainable"), ("prompt-free", "inference")],
)
def test_a_method_without_train_is_of_the_kind_inference(name: str, kind: str) -> None:
    assert kind_of(get_method(name)) == kind


def test_settings_of_the_check_are_refused_without_a_method() -> None:
    result = CliRunner().invoke(anibench.main, ["methods", "--set", "batch=2"])
    assert result.exit_code == 2
    assert "need --check NAME" in result.output


def test_a_dry_run_prints_the_configuration_of_the_check() -> None:
    arguments = ["methods", "--check", "animediffusion", "--preset", "demo", "--set", "unet.heads=2", "--dry-run"]
    result = CliRunner().invoke(anibench.main, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["unet"]["heads"] == 2
