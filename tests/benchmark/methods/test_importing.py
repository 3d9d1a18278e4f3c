"""A foreign checkpoint becomes a run that can be evaluated, marked as trained on nobody knows what."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

import anibench
from animediffusion.config import AnimeDiffusionConfig, UNetConfig
from animediffusion.sampling import build_unet
from benchmark.core.runs import read_record
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors, read_info
from benchmark.results.scorecard import read_card

SMALL = ("--set", "unet.groups=4", "--set", "unet.heads=2", "--set", "sampling.steps=2", "--set", "resolution=32")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    unet = UNetConfig(channels=16, multipliers=(1, 2), blocks=1, groups=4, heads=2)
    torch.manual_seed(0)
    torch.save(build_unet(AnimeDiffusionConfig(unet=unet)).state_dict(), tmp_path / "theirs.pth")
    return tmp_path / "theirs.pth"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])
    return f"{result.exit_code} {result.output}"


def test_an_imported_checkpoint_is_a_run_that_eval_finds(foreign: Path, tiny_dataset: Dataset, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    said = run("import-checkpoint", foreign, "--method", "animediffusion", "--runs", runs, *SMALL)
    assert said.startswith("0 Imported")
    folder = runs / "train/animediffusion/theirs"
    assert (read_record(folder).status, read_record(folder).kind) == ("done", "import-checkpoint")
    checkpoint = folder / "checkpoints/imported-step-000000000.safetensors"
    theirs = torch.load(foreign, weights_only=True)
    ours = load_tensors(checkpoint)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())
    assert read_info(checkpoint).config["unet"]["channels"] == 16

    said = run("eval", "animediffusion", "--protocol", "self-ref", "--data", tiny_dataset.root, "--runs", runs)
    assert said.startswith("0 ")
    card = read_card(runs / "eval/self-ref-v1/animediffusion.theirs")
    assert any("its training data are unknown" in note for note in card.notes)


def test_nothing_is_overwritten_and_nothing_left_behind(foreign: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"no checkpoint")
    assert "broken.pth" in run("import-checkpoint", broken, "--method", "animediffusion", "--runs", runs)
    assert not runs.exists()
    arguments = ("import-checkpoint", foreign, "--method", "animediffusion", "--runs", runs, *SMALL)
    assert run(*arguments).startswith("0 ")
    assert "already holds a run" in run(*arguments)


def test_a_method_that_cannot_take_one_over_says_so(foreign: Path, tmp_path: Path) -> None:
    said = run("import-checkpoint", foreign, "--method", "line-only", "--runs", tmp_path)
    assert said.startswith("1 ")
    assert "line-only cannot import checkpoints" in said
