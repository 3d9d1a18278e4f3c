"""`anibench status`: the state of each step."""

import os
import platform
from dataclasses import replace
from pathlib import Path

import pytest
from suites import script, step

from benchmark.core.files import folder_lock
from benchmark.suites.jobs import begin
from benchmark.suites.records import log_path
from benchmark.suites.run import Runner
from benchmark.suites.status import step_states


def test_each_state_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, tmp_path)
    (tmp_path / "steps").mkdir()
    done, failed = step(tmp_path, "done"), step(tmp_path, "bad", command="fail")
    runs, waits = step(tmp_path, "runs", "done"), step(tmp_path, "waits", "runs")
    Runner([done, failed], tmp_path, ("",), lambda line: None).run()
    begin(runs, [""], {"done": str(step_result(tmp_path))}, tmp_path)
    log_path(tmp_path, "runs").write_text("phase1: 3/9 steps, 1/s, 6 s left\n")
    with folder_lock(tmp_path):
        rows = {row.step: row[1:] for row in step_states([done, failed, runs, waits], tmp_path)}
    assert rows["done"][0] == "done"
    assert rows["bad"] == ("failed", f"Error: it was asked to fail; log: {log_path(tmp_path, 'bad')}")
    assert rows["runs"] == ("running", "phase1: 3/9 steps, 1/s, 6 s left")
    assert rows["waits"] == ("waiting", "needs runs")
    rows = {row.step: row[1:] for row in step_states([done, failed, runs, waits], tmp_path)}
    assert rows["runs"] == ("interrupted", "phase1: 3/9 steps, 1/s, 6 s left"), "its suite was killed"


@pytest.mark.parametrize(
    ("process", "state"),
    [
        ("{own} {here}", "running"),
        ("{own}", "running"),
        (f"{2**22 + 1} {{here}}", "interrupted"),  # Linux gives smaller numbers
        ("1 another-node", "running"),
    ],
)
def test_a_step_that_was_started_alone_runs_while_its_process_does(tmp_path: Path, process: str, state: str) -> None:
    (tmp_path / "steps").mkdir()
    begin(step(tmp_path, "alone"), [""], {}, tmp_path)
    (tmp_path / "steps/alone.pid").write_text(process.format(own=os.getpid(), here=platform.node()))
    assert step_states([step(tmp_path, "alone")], tmp_path)[0].state == state


def test_a_report_without_the_failed_steps_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, tmp_path)
    (tmp_path / "steps").mkdir()
    done, failed = step(tmp_path, "done"), step(tmp_path, "bad", command="fail")
    report = replace(step(tmp_path, "report", "done"), needs=("done", "bad"), tolerant=True)
    Runner([done, failed, report], tmp_path, ("",), lambda line: None).run()
    last = step_states([done, failed, report], tmp_path)[-1]
    assert (last.state, last.detail.partition(", ")[2]) == ("done", "without 1 of 2 results")
    changed = replace(report, settings={"formats": ["html"]})
    assert step_states([done, failed, changed], tmp_path)[-1].state == "waiting"


def step_result(tmp_path: Path) -> str:
    from benchmark.suites.records import read_step

    record = read_step(tmp_path, "done")
    assert record is not None
    assert record.result is not None
    return record.result
