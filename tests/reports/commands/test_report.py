"""`anibench report`: tables, JSON, and reports on standard output."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from reporting import call

import anibench
from benchmark.core.files import read_json, write_json

pytestmark = pytest.mark.usefixtures("no_weights")


def test_the_command_prints_tables_and_answers_in_json(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "made/report.md"
    result = CliRunner().invoke(anibench.main, ["report", "--runs", str(runs), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.exists()
    assert "tint.a" in result.stdout
    assert "25.47" in result.stdout
    result = CliRunner().invoke(anibench.main, ["report", "--runs", str(runs), "--out", str(out), "--json"])
    answer = json.loads(result.stdout)
    card = read_json(runs / "eval/self-ref-v1/tint.a/scorecard.json")
    assert answer["files"] == [str(out)]
    assert answer["tables"][0]["rows"][0]["card"] == card
    assert answer["tables"][0]["rows"][0]["comparable"] is False
    missing = CliRunner().invoke(anibench.main, ["report", "--runs", str(tmp_path / "none")])
    assert missing.exit_code == 1
    assert "is not a folder of runs" in missing.stderr


@pytest.mark.parametrize("form", ["markdown", "csv", "json"])
def test_a_report_goes_to_standard_output_and_leaves_no_file(
    evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(anibench.main, ["report", "--runs", str(evaluated), "--out", "-", "--format", form])
    assert done.exit_code == 0, done.output
    assert "copy-reference" in done.stdout
    assert "Report:" not in done.stdout
    assert "![" not in done.stdout
    assert not list(tmp_path.iterdir())
    device = CliRunner().invoke(anibench.main, ["report", "--runs", str(evaluated), "--out", os.devnull])
    assert device.exit_code == 0, device.output
    assert Path(os.devnull).is_char_device()
    assert not Path(os.devnull).with_name("null-figures").exists()


def test_few_pictures_make_a_smaller_page(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.content.grids.ROWS", 2)  # enough pairs for the best and the worst
    sizes = {}
    for pictures in ("all", "few", "none"):
        out = tmp_path / f"{pictures}.html"
        assert call("report", "--runs", runs, "--out", out, "--pictures", pictures)[0] == 0
        sizes[pictures] = out.stat().st_size
    assert sizes["all"] > sizes["few"] > sizes["none"]


def test_the_report_of_a_suite_has_the_runs_of_the_suite_alone(runs: Path) -> None:
    def labels() -> list[str]:
        code, output, _ = call("report", "--suite", runs.parent, "--pictures", "none", "--json")
        assert code == 0
        return [row["folder"].rsplit("/", 1)[-1] for table in json.loads(output)["tables"] for row in table["rows"]]

    everything = labels()
    write_json(runs.parent / "suite.json", {"name": "mine", "runs": ["runs/eval/self-ref-v1/tint.a"]})
    assert labels() == ["tint.a"]
    write_json(runs.parent / "suite.json", {"name": "of an earlier version"})
    assert labels() == everything
    assert len(everything) > 1


def test_the_report_of_a_suite_is_in_its_folder(runs: Path) -> None:
    code, output, _ = call("report", "--suite", runs.parent, "--pictures", "none")
    assert code == 0
    assert [(runs.parent / f"report{suffix}").is_file() for suffix in (".md", ".html", ".tex")] == [True] * 3
    assert str(runs.parent / "report.html") in output
