"""`anibench fit-xdog`: the files that it writes, and refused settings."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

import anibench
from benchmark.core.config import load_config
from benchmark.core.files import read_rgb
from benchmark.data.xdog import XDoG


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def test_the_command_writes_parameters_numbers_pictures_and_record(folder: Path, tmp_path: Path) -> None:
    runs, quick = tmp_path / "runs", ["--set", "k_steps=8", "--set", "p_steps=64"]
    outputs = []
    for _ in range(2):
        result = run("fit-xdog", folder, "--out", tmp_path / "mine.toml", "--runs", runs, *quick)
        found = runs / "fit-xdog" / "mine"
        names = ("fit.json", "config.json", "objective.png", "sheet.png")
        outputs.append([(tmp_path / "mine.toml").read_bytes(), *((found / name).read_bytes() for name in names)])
    assert outputs[0] == outputs[1], "the same command gives the same bytes"
    assert "fitted: equation-2" in result.output
    assert "mine.toml" in result.output
    record = json.loads((found / "run.json").read_text())
    assert (record["kind"], record["status"], list(record["inputs"])) == ("fit-xdog", "done", ["pairs"])
    fitted = json.loads((found / "fit.json").read_text())
    params = load_config(XDoG, file=tmp_path / "mine.toml")
    assert params.model_dump() == fitted["params"]
    assert "Leave-one-out: k" in (tmp_path / "mine.toml").read_text()
    sheet = read_rgb(found / "sheet.png")
    assert sheet.shape == (4 * 256, 130 + 3 * 256, 3)
    assert read_rgb(found / "objective.png").shape[1] > 1000


def test_json_answers_a_program(folder: Path, tmp_path: Path) -> None:
    out, runs = tmp_path / "x.toml", tmp_path / "runs"
    answer = run("fit-xdog", folder, "--out", out, "--runs", runs, "--json", "--set", "k_steps=6", "--set", "sigma=0.4")
    assert json.loads(answer.stdout)["params"]["sigma"] == 0.4


def test_a_refused_white_page_leaves_no_parameters_and_a_failed_record(folder: Path, tmp_path: Path) -> None:
    settings = ["objective=equation-2", "p_max=0.11", "k_max=1.3", "form=equation-1", "k_steps=6"]
    flags = [flag for setting in settings for flag in ("--set", setting)]
    out, runs = tmp_path / "x.toml", tmp_path / "runs"
    result = CliRunner().invoke(
        anibench.main, ["fit-xdog", str(folder), "--out", str(out), "--runs", str(runs), *flags]
    )
    assert result.exit_code == 1
    assert "white page" in result.output
    assert not out.exists()
    assert json.loads((runs / "fit-xdog" / "x" / "run.json").read_text())["status"] == "failed"
