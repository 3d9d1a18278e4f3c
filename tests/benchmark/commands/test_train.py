"""`anibench train`: several processes, and a resume that is refused."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tiny_training import TINY, as_toml, losses

import anibench
from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import train
from animediffusion.training import take_step
from benchmark.core.runs import Run, read_record
from benchmark.data.dataset import Dataset
from benchmark.data.shapes import write_dataset


@pytest.mark.slow
def test_two_processes_of_the_command_give_the_losses_of_one(tmp_path: Path, tiny_dataset: Dataset) -> None:
    train(AnimeDiffusionConfig.model_validate(TINY), tiny_dataset, Run(tmp_path / "one", "cpu"))
    settings = tmp_path / "tiny.toml"
    settings.write_text(as_toml(TINY))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "anibench"]
    command = ["train", "animediffusion", "--data", str(tiny_dataset.root), "--runs", str(tmp_path / "runs")]
    options = ["--config", str(settings), "--device", "cpu", "--name", "two"]
    shown = subprocess.run(
        [*launch, *command, *options], env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("Trained animediffusion") == 1
    folder = tmp_path / "runs/train/animediffusion/two"
    assert read_record(folder).status == "done"
    one, two = losses(tmp_path / "one"), losses(folder)
    assert [row[:2] for row in one] == [row[:2] for row in two]
    assert [row[2] for row in one] == pytest.approx([row[2] for row in two], rel=1e-4)


@pytest.mark.parametrize("method", ["animediffusion", "scft"])
@pytest.mark.parametrize("dry", [["--dry-run"], []])
def test_a_dataset_without_training_samples_is_refused(tmp_path: Path, method: str, dry: list[str]) -> None:
    data = write_dataset(tmp_path / "data", train=0, test=2)
    command = ["train", method, "--data", str(data.root), "--runs", str(tmp_path / "runs"), "--preset", "demo", *dry]
    result = CliRunner().invoke(anibench.main, command)
    assert "has no samples in its train split; build a dataset from more pictures" in result.output
    assert result.exit_code == 1


def test_a_refused_resume_leaves_the_record_of_the_run_alone(
    tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "tiny.toml"
    settings.write_text(as_toml(TINY))
    command = ["train", "animediffusion", "--data", str(tiny_dataset.root), "--runs", str(tmp_path), "--device", "cpu"]
    command += ["--config", str(settings), "--name", "run"]
    steps: list[object] = []

    def stop_early(*arguments: Any) -> None:
        steps.append(arguments)
        if len(steps) > 3:
            raise KeyboardInterrupt
        take_step(*arguments)

    monkeypatch.setattr("animediffusion.training.take_step", stop_early)
    assert CliRunner().invoke(anibench.main, command).exit_code != 0
    monkeypatch.undo()
    folder = tmp_path / "train/animediffusion/run"
    assert list((folder / "state").glob("*"))
    before = [(folder / name).read_bytes() for name in ("config.json", "run.json")]
    refused = CliRunner().invoke(anibench.main, [*command, "--resume", "--set", "phase1.optimizer.learning_rate=0.5"])
    assert "phase1.optimizer.learning_rate was 0.001, is 0.5" in refused.output
    assert [(folder / name).read_bytes() for name in ("config.json", "run.json")] == before
    assert CliRunner().invoke(anibench.main, [*command, "--resume"]).exit_code == 0
