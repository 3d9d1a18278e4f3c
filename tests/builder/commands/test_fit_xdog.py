"""`anibench fit-xdog`: the resolved settings, and those that are refused."""

import json

from click.testing import CliRunner

import anibench


def test_impossible_settings_are_refused() -> None:
    for setting, reason in (("k_min=9", "k_min must be below k_max"), ("objective=best", "objective")):
        result = CliRunner().invoke(anibench.main, ["fit-xdog", "pairs", "--dry-run", "--set", setting])
        assert result.exit_code == 1
        assert reason in result.output


def test_a_dry_run_prints_the_settings() -> None:
    command = ["fit-xdog", "pairs", "--dry-run", "--set", "form=equation-1", "--set", "sigma=0.4"]
    found = json.loads(CliRunner().invoke(anibench.main, command).stdout)
    assert (found["form"], found["sigma"]) == ("equation-1", 0.4)
