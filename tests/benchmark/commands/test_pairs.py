"""`anibench pairs`: the files of each pair, and refused names."""

import csv
from pathlib import Path

from click.testing import CliRunner, Result

import anibench
from benchmark.data.dataset import Dataset


def run(*arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, ["pairs", *map(str, arguments)])


def test_the_table_has_a_row_for_each_pair_and_the_command_names_it(tiny_dataset: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "pairs"
    result = run("--protocol", "self-ref", "--data", tiny_dataset.root, "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Wrote 5 pairs to {out / 'pairs.csv'}; instructions: {out / 'README.md'}\n"
    rows = list(csv.DictReader((out / "pairs.csv").open(encoding="utf-8", newline="")))
    assert [row["sample"] for row in rows] == tiny_dataset.ids("test")
    assert all((out / row["line"]).is_file() and (out / row["reference"]).is_file() for row in rows)


def test_an_unknown_protocol_and_a_folder_without_a_dataset_write_nothing(
    tiny_dataset: Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "pairs"
    unknown = run("--protocol", "none", "--data", tiny_dataset.root, "--out", out)
    assert (unknown.exit_code, "protocols: " in unknown.output) == (1, True)
    assert run("--protocol", "self-ref", "--data", tmp_path / "missing", "--out", out).exit_code == 1
    assert not out.exists()
