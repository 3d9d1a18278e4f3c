"""Options that commands share: the arguments they give, JSON for every encoding, and the width of tables."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import anibench
from benchmark.commands.options import config_options, console, device_option, json_option, print_config, print_json
from benchmark.core.config import Config


class Setting(Config):
    folder: Path = Path("a/b")


def test_the_options_arrive_under_their_names(tmp_path: Path) -> None:
    found: dict[str, Any] = {}

    @click.command()
    @config_options
    @device_option
    @json_option
    def command(**values: Any) -> None:
        found.update(values)

    assert CliRunner().invoke(command, []).exit_code == 0
    assert found == {"config_file": None, "settings": (), "dry_run": False, "device": "auto", "as_json": False}
    file = tmp_path / "c.toml"
    assert CliRunner().invoke(command, ["--config", str(file)]).exit_code == 2
    file.touch()
    more = ["--config", str(file), "--set", "a=1", "--set", "b=2", "--dry-run", "--device", "cpu", "--json"]
    assert CliRunner().invoke(command, more).exit_code == 0
    assert found == {
        "config_file": file, "settings": ("a=1", "b=2"), "dry_run": True, "device": "cpu", "as_json": True,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["train", "eval", "score", "rescore", "colorize", "ui"])
def test_a_device_is_checked_before_the_command_does_anything(name: str) -> None:
    command = anibench.main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    result = CliRunner().invoke(command, ["--device", "foo", *(["x"] if name == "train" else [])])
    assert result.exit_code == 2
    assert "Invalid value for '--device': 'foo' is no device; give auto, cpu, cuda, cuda:N or mps" in result.output


@pytest.mark.parametrize(
    ("encoding", "text", "shown"),
    [
        ("utf-8", "漢字", "漢字"),
        ("ascii", "漢字", "\\u6f22\\u5b57"),
        ("utf-8", "a\u202eb", "a\\u202eb"),
        ("utf-8", "\x1b[31m", "\\u001b[31m"),
        ("utf-8", "\udcff", "\\udcff"),
    ],
)
def test_json_is_whole_in_every_encoding_and_cannot_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, encoding: str, text: str, shown: str
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    print_json({"name": text})
    sys.stdout.flush()
    printed = raw.getvalue().decode(encoding)
    assert f'"{shown}"' in printed
    assert json.loads(printed) == {"name": text}


def test_a_configuration_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_config(Setting())
    assert json.loads(capsys.readouterr().out) == {"folder": str(Path("a/b"))}


def test_tables_are_200_columns_wide_without_a_terminal() -> None:
    assert console().width == 200
