"""`anibench extract-lines`: the order in which files and options set the parameters."""

import json
from pathlib import Path

from click.testing import CliRunner

import anibench


def test_settings_come_after_the_file_and_native_is_a_setting(tmp_path: Path) -> None:
    (tmp_path / "xdog.toml").write_text("sigma = 0.5\nk = 3.0\n")
    arguments = ["extract-lines", str(tmp_path), "--out", str(tmp_path / "out"), "--dry-run"]
    more = ["--xdog", str(tmp_path / "xdog.toml"), "--native", "--set", "k=2.5"]
    result = CliRunner().invoke(anibench.main, [*arguments, *more])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["sigma"], found["k"], found["native"]) == (0.5, 2.5, True)
    assert json.loads(CliRunner().invoke(anibench.main, arguments).stdout)["native"] is False
    assert not (tmp_path / "out").exists()
