"""Job arrays for Slurm: valid bash, submitted in order to a stand-in `sbatch`, and a job that runs its step."""

import os
import subprocess
from pathlib import Path

import pytest
from suites import script, step

from benchmark.core.errors import AnibenchError
from benchmark.suites.expand import suite_steps
from benchmark.suites.run import run_step
from benchmark.suites.slurm import job_arrays, write_slurm
from benchmark.suites.suite import load_suite

SBATCH = """#!/bin/bash
number=$(($(cat {home}/count 2>/dev/null || echo 100) + 1))
echo $number > {home}/count
echo "$@" >> {home}/asked
echo $number
"""


def test_steps_that_need_each_other_are_in_different_arrays() -> None:
    arrays = job_arrays(suite_steps(load_suite("table-2-demo"), Path("out"))[0])
    where = {step.name: number for number, array in enumerate(arrays) for step in array.steps}
    for number, array in enumerate(arrays):
        assert len({step.devices for step in array.steps}) == 1
        assert set(array.needs) == {where[need] for step in array.steps for need in step.needs}
        assert all(need < number for need in array.needs)
    assert where["train.phase1"] == where["train.no-tps"], "they are trained side by side"


def test_the_scripts_are_bash_and_are_submitted_in_order(tmp_path: Path) -> None:
    steps = suite_steps(load_suite("table-2-demo", ["trainings.no-tps.gpus=4"]), tmp_path / "o u t")[0]
    command = ["anibench", "run", "table-2-demo", "--set", "seeds=[0, 1]"]
    submit = write_slurm(steps, command, tmp_path / "o u t")
    for path in submit.parent.glob("*.sh"):
        subprocess.run(["bash", "-n", path], check=True)
    (tmp_path / "sbatch").write_text(SBATCH.format(home=tmp_path))
    (tmp_path / "sbatch").chmod(0o755)
    search = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    told = subprocess.run([submit, "--partition=long"], env=search, check=True, capture_output=True, text=True).stdout
    asked = (tmp_path / "asked").read_text().splitlines()
    arrays = job_arrays(steps)
    assert len(asked) == len(arrays) == len(told.splitlines())
    for line, array in zip(asked, arrays, strict=True):
        ids = ":".join(str(101 + need) for need in array.needs)
        assert (f"--dependency=afterany:{ids} " in line) == bool(ids)
        assert "--partition=long" in line
    number = next(k for k, array in enumerate(arrays) if array.steps[0].devices == 4)
    text = (submit.parent / f"array-{number}.sh").read_text()
    assert "#SBATCH --gres=gpu:4" in text
    assert "--devices cuda:0,cuda:1,cuda:2,cuda:3 --step" in text
    assert "--set 'seeds=[0, 1]'" in text


def test_a_job_runs_its_step_once_what_it_needs_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, tmp_path)
    steps = [step(tmp_path, "a"), step(tmp_path, "b", "a")]
    with pytest.raises(AnibenchError, match="b: not run: it needs a"):
        run_step("b", steps, tmp_path, [""], lambda line: None)
    run_step("a", steps, tmp_path, [""], lambda line: None)
    run_step("b", steps, tmp_path, [""], lambda line: None)
    assert (tmp_path / "b").read_text() == "writewrite"
    with pytest.raises(AnibenchError, match="the suite has no step c; its steps are: a, b"):
        run_step("c", steps, tmp_path, [""], lambda line: None)
