"""`anibench build-dataset`: options that go together, the resolved recipe, and what is printed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import anibench


def run(*arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, ["build-dataset", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recipe:x.jsonl", "--from", "x", "--detector", "whole"], "recipe:FILE contains every setting"),
        (["recipe:x.jsonl", "--from", "x", "--engine", "ray"], "recipe:FILE contains every setting"),
        (["recipe:x.jsonl"], "needs --from SOURCE"),
        (["drawn:4", "--from", "x"], "options of recipe:FILE only"),
        (["drawn:4", "--partial"], "options of recipe:FILE only"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_dry_run_prints_the_recipe_and_writes_nothing(tmp_path: Path) -> None:
    arguments = ("--out", tmp_path / "out", "--detector", "whole", "--test", 1, "--set", "crop.margin=0.4", "--dry-run")
    recipe = json.loads(run("drawn:4", *arguments).stdout)
    assert (recipe["detect"]["detector"], recipe["crop"]["margin"], recipe["split"]["test"]) == ("whole", 0.4, 1)
    assert not (tmp_path / "out").exists()


def test_counts_and_a_warning_are_printed_and_a_finished_dataset_is_kept(tmp_path: Path) -> None:
    arguments = ("drawn:faces:3", "--test", 1, "--workers", 1, "--out", tmp_path / "out")
    first = run(*arguments)
    assert first.exit_code == 0, first.output
    assert "  2 train, 1 test, fingerprint " in first.stdout
    assert "warning: 1 test samples are too few to compare methods" in first.stderr
    again = json.loads(run(*arguments, "--json").stdout)
    assert (again["was_finished"], again["counts"]["test"], again["out"]) == (True, 1, str(tmp_path / "out"))
