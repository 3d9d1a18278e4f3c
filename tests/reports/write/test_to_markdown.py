"""Markdown escapes names of users."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from reporting import rows_of, written

import anibench
from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset

pytestmark = pytest.mark.usefixtures("no_weights")


def test_names_of_users_stay_text(data: Dataset, tmp_path: Path) -> None:
    name = "<b>x|y</b> *z* [l](http://e.vil) `c`"
    runs = tmp_path / "runs"
    arguments = ["score", data.root / "test/color", "--protocol", "self-ref", "--name", "odd"]
    arguments += ["--data", data.root, "--runs", runs]
    result = CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    card = runs / "eval/self-ref-v1/odd/scorecard.json"
    for path, field in ((card, "data"), (card.with_name("config.json"), "dataset")):
        content = read_json(path)
        content[field]["name"] = name
        write_json(path, content)
    text = written(runs)
    assert "odd (external)" in rows_of(text, "self-ref, version 1")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "*z* [l](http://e.vil)" in html
    assert "<b>" not in html
    assert "<em>z</em>" not in html
    assert ">l</a>" not in html
