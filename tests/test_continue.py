"""The command that an interrupted or killed command names is run, and gives the bytes of an uninterrupted one."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from drawings import write_desk
from tiny_training import TINY, as_toml

import anibench
from animediffusion.config import AnimeDiffusionConfig
from animediffusion.sampling import build_unet
from benchmark.data.shapes import write_dataset
from benchmark.methods.checkpoints import load_tensors
from reports.read.collect import collect

# Runs anibench, and ends itself by a signal once a file that matches the pattern is in its place.
STOPPED = """
import fnmatch, os, sys
pattern, number, *arguments = sys.argv[1:]
replace = os.replace

def stop(source, target, **more):
    replace(source, target, **more)
    if fnmatch.fnmatch(str(target), pattern):
        os.replace = replace
        os.kill(os.getpid(), int(number))

os.replace = stop
sys.argv = ["anibench", *arguments]
import anibench
anibench.main()
"""
SUITE = """
title = "A test."
[datasets.faces]
source = "drawn:faces:6"
detector = "whole"
test = 3
[evaluations.all]
methods = ["line-only", "copy-reference"]
protocols = ["self-ref"]
settings = { resamples = 99 }
"""
GRID = 'protocols = ["self-ref", "self-ref-warped"]\n[axes]\n"sampling.steps" = [3]\n'
RATED = "eval line-only mean-colour --protocol self-ref --set resamples=99 --data faces"
TRAINED = "train animediffusion --config tiny.toml --data faces --name tiny --device cpu"

# Name -> commands before, the command, and the file after which it is stopped.
COMMANDS = {
    "train": ((), TRAINED, "*/state/phase1-step-*"),
    "eval": ((), RATED, "runs/eval/self-ref-v1/mean-colour/outputs/*.png"),
    "matrix": (
        (TRAINED,),
        "eval animediffusion/tiny --matrix grid.toml --set resamples=99 --data faces --device cpu",
        "*/eval/self-ref-v1/*/outputs/*.png",
    ),
    "score": ((), "score faces/test/color --protocol self-ref --name theirs --data faces", "*theirs*.png"),
    "rescore": ((RATED,), "rescore --set resamples=199", "*/eval/self-ref-v1/line-only/scorecard.json"),
    "pairs": ((), "pairs --protocol random-ref --data faces --out pairs", "pairs/*.png"),
    "study": (
        (RATED,),
        "study make --protocol self-ref --pairs 2 --checks 0 --repeats 0 --out study --key key.json",
        "study/pictures/*.png",
    ),
    "build-dataset": (
        (),
        "build-dataset drawn:faces:6 --detector whole --test 3 --workers 1 --out built",
        "built/*.png",
    ),
    "run": ((), "run suite.toml --out table", "*/steps/verify.faces.json"),
    "import-checkpoint": (
        (),
        "import-checkpoint theirs.pth --method animediffusion --config tiny.toml",
        "*/train/animediffusion/theirs/run.json",
    ),
    "fit-xdog": ((), "fit-xdog drawn:3 --out fitted.toml", "*/fit.json"),
    "extract-lines": ((), "extract-lines faces/test/color --out lines", "lines/*.png"),
    "colorize": ((), "colorize drawings --reference face.png --out colored --method line-only", "colored/*.png"),
}


def command(line: str) -> None:
    """Run an anibench command in this process."""
    result = CliRunner().invoke(anibench.main, shlex.split(line.removeprefix("anibench ")))
    assert result.exit_code == 0, result.output


def stopped(line: str, until: str, number: signal.Signals) -> str:
    """Run an anibench command in a process that ends itself by a signal; returns what it told."""
    arguments = [sys.executable, "-c", STOPPED, until, str(int(number)), *shlex.split(line)]
    ended = subprocess.run(arguments, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert ended.returncode in (130, -number), f"the command was not stopped: {ended.stderr}"
    return ended.stderr


def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `folder` with all that the commands read, in place of an earlier one, and work in it."""
    shutil.rmtree(folder, ignore_errors=True)
    write_dataset(write_desk(folder) / "faces")
    (folder / "tiny.toml").write_text(as_toml(TINY))
    (folder / "suite.toml").write_text(SUITE)
    (folder / "grid.toml").write_text(GRID)
    config = AnimeDiffusionConfig.model_validate(TINY)
    torch.manual_seed(0)
    torch.save(build_unet(config).state_dict(), folder / "theirs.pth")
    monkeypatch.chdir(folder)


def results(folder: Path) -> dict[str, object]:
    """Pictures, tables and parameters by their bytes, checkpoints by their tensors; the rest holds times."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.suffix in (".png", ".parquet", ".toml"):
            found[name] = path.read_bytes()
        elif path.suffix == ".safetensors":
            found[name] = {key: tensor.numpy().tobytes() for key, tensor in load_tensors(path).items()}
    return found


def assert_equal(one: dict[str, object], other: dict[str, object], *, random_names: bool = False) -> None:
    assert len(one) == len(other) > len(results(Path("faces")))
    if not random_names:
        assert one.keys() == other.keys()
        assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_after_ctrl_c_gives_the_bytes_of_an_uninterrupted_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, line, until = COMMANDS[name]
    found = []
    for interrupted in (False, True):
        home(tmp_path / "work", monkeypatch)
        for each in before:
            command(each)
        if interrupted:
            line = stopped(line, until, signal.SIGINT).partition("Continue with: ")[2].strip()
        command(line)
        found.append(results(tmp_path / "work"))
    assert_equal(*found, random_names=name == "study")


@pytest.mark.parametrize("name", ["train", "eval"])
def test_a_killed_run_is_listed_with_the_command_that_finishes_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `report` for both, by `eval` for the training, and by `rescore` for the evaluation."""
    _, line, until = COMMANDS[name]
    home(tmp_path / "work", monkeypatch)
    stopped(line, until, signal.SIGKILL)
    others = {"train": "eval animediffusion --protocol self-ref --data faces", "eval": "rescore --set resamples=199"}
    told = [reason for _, reason in collect(Path("runs")).left_out]
    told.append(CliRunner().invoke(anibench.main, shlex.split(others[name])).output)
    (hint,) = {found for each in told for found in re.findall(r"finish it with: (anibench [^)\n]+)", each)}
    command(hint)
    killed = results(tmp_path / "work")
    home(tmp_path / "work", monkeypatch)
    command(line)
    assert_equal(results(tmp_path / "work"), killed)
