"""`anibench quickstart`: the suite of that name, with the number of pictures."""

from pathlib import Path

import pytest
from reporting import call

import benchmark.suites.run
from benchmark.suites.steps import Step

ORDER = ["fit-xdog", "build-dataset", "verify-dataset", "train", *["eval"] * 6, "report"]


def test_the_chain_is_a_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Step] = []
    monkeypatch.setattr(benchmark.suites.run, "run_suite", lambda name, suite, steps, *rest: found.extend(steps))
    code, output, _ = call("quickstart", "--out", tmp_path, "--pictures", 9)
    assert code == 0
    assert [step.command for step in found] == ORDER
    assert found[1].arguments[0] == "drawn:9"
    assert f"Report: {tmp_path / 'report.md'}" in output
