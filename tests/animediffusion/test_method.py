"""AnimeDiffusion as a method: what a training leaves, resuming to the same bits, loading checkpoints, refusals."""

import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tiny_training import CHOICES, losses, rows, same_weights

import animediffusion.training
from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import load, parameters, train, trial
from animediffusion.sampling import build_unet
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_rgb, sha256_file
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors, read_header, read_info, save_checkpoint, save_tensors
from benchmark.training.loop import Phase
from benchmark.training.records import LABEL_WIDTH

GROWING = {"phase2.first_chain": 1}  # chains of 1, 1, 2 and 3 steps

pytestmark = pytest.mark.usefixtures("one_character")


def test_load_gives_the_trained_colorizer_and_refuses_what_is_none(
    train_tiny: Any, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    checkpoint = train_tiny("run", **{"phase1.steps": 1, "phase2.steps": 1})
    lines, references = np.full((1, 1, 256, 256), 255, np.uint8), np.full((1, 3, 256, 256), 90, np.uint8)
    first = load(checkpoint, "cpu").colorize(lines, references, [1])
    assert np.array_equal(first, load(checkpoint, "cpu").colorize(lines, references, [1]))
    with pytest.raises(AnibenchError, match="is missing"):
        load(tmp_path / "none.safetensors", "cpu")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    with pytest.raises(AnibenchError, match=checkpoint.name):
        load(checkpoint, "cpu")
    with pytest.raises(AnibenchError, match="needs a checkpoint"):
        load(None, "cpu")


def test_another_start_than_phase_2_trained_from_is_warned_of(
    train_tiny: Any, tiny_config: Callable[..., AnimeDiffusionConfig]
) -> None:
    quick: dict[str, Any] = {"phase1.steps": 1, "phase2.steps": 1}
    same = train_tiny("same", **quick)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(same, "cpu")
    with pytest.warns(UserWarning, match="starts from invert-reference noise, but phase 2 trained from gaussian"):
        load(same, "cpu", tiny_config(sampling={"start_noise": "invert-reference"}))
    other = train_tiny("other", **quick, **{"phase2.start_noise": "invert-target"})
    with pytest.warns(UserWarning, match="phase 2 trained from invert-target"):
        load(other, "cpu")


def test_parameters_are_counted_without_a_network(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    config = tiny_config()
    assert parameters(config) == sum(weight.numel() for weight in build_unet(config).parameters())


def test_the_steps_of_a_trial_cost_the_same(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    config = tiny_config(**GROWING)
    assert trial(config, 9, 9).phase2 == tiny_config(**{"phase2.steps": 9}).phase2


def test_a_checkpoint_of_another_method_is_refused(train_tiny: Any, tmp_path: Path) -> None:
    checkpoint = train_tiny("run", **{"phase1.steps": 1, "phase2.enabled": False})
    other = tmp_path / "other.safetensors"
    save_checkpoint(other, load_tensors(checkpoint), read_info(checkpoint).model_copy(update={"method": "tint"}))
    with pytest.raises(AnibenchError, match="a checkpoint of tint, not of animediffusion"):
        load(other, "cpu")


def test_a_run_leaves_checkpoints_metrics_samples_and_a_loss_picture(
    train_tiny: Any, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    checkpoint = train_tiny("run", **{"runtime.samples_every": 4, "runtime.checkpoint_every": 2})
    folder = tmp_path / "run"
    assert checkpoint == folder / "checkpoints/phase2-step-000000004.safetensors"
    info = read_info(checkpoint)
    assert (info.method, info.phase, info.step, info.images_seen) == ("animediffusion", "phase2", 4, 22)
    assert info.training_ids == tuple(tiny_dataset.ids("train"))
    assert info.fingerprint == tiny_dataset.fingerprint
    assert info.seconds > 0
    assert [(row["phase"], row["step"]) for row in rows(folder)] == [
        *(("phase1", step) for step in range(1, 8)),
        *(("phase2", step) for step in range(1, 5)),
    ]
    assert [row["epoch"] for row in rows(folder)[:7]] == [0, 0, 0, 1, 1, 1, 2]
    assert sorted(path.name for path in (folder / "samples").iterdir()) == [
        "phase1-step-000000004.png", "phase1-step-000000007.png", "phase2-step-000000004.png",
    ]  # fmt: skip
    grid = read_rgb(folder / "samples/phase2-step-000000004.png")
    assert grid.shape == (4 * 16 + 3 * 4, LABEL_WIDTH + 6 * 16 + 5 * 4, 3)
    assert read_rgb(folder / "loss.png").shape[2] == 3
    assert not list((folder / "state").glob("*"))
    phase1 = sorted(path.name for path in (folder / "checkpoints").glob("phase1*"))
    assert phase1 == [f"phase1-step-00000000{step}.safetensors" for step in (2, 4, 6, 7)]


@pytest.mark.parametrize(
    ("stop_at", "choice"),
    [
        *((("phase1", 3), {}), (("phase1", 4), {}), (("phase2", 1), {}), (("phase2", 2), GROWING)),
        *((("phase1", 3), made) for made in CHOICES),
    ],
)
def test_a_stopped_run_goes_on_to_the_same_bits(
    train_tiny: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stop_at: tuple[str, int],
    choice: dict[str, Any],
) -> None:
    extra = {"ema_decay": 0.9, "unet.dropout": 0.1, **choice}
    whole = train_tiny("whole", **extra)
    leave_traces = Phase.leave_traces

    def interrupt(self: Phase) -> None:
        leave_traces(self)
        if (self.name, self.step) == stop_at:
            os.kill(os.getpid(), signal.SIGINT)  # handled: the next step is finished, then the run stops

    monkeypatch.setattr(Phase, "leave_traces", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train_tiny("parts", **extra)
    with pytest.raises(AnibenchError, match="--resume"):
        train_tiny("parts", **extra)
    monkeypatch.setattr(Phase, "leave_traces", leave_traces)
    capsys.readouterr()
    assert same_weights(train_tiny("parts", resume=True, **extra), whole)
    assert f"animediffusion {stop_at[0]}: continuing after step {stop_at[1]} of" in capsys.readouterr().err
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")


KILLED_RUN = """
import json, os, signal, sys
from pathlib import Path
import safetensors.torch
from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import train
from benchmark.data.dataset import Dataset
from benchmark.core.runs import Run

config, data, folder, write, inside = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:])
save_file, writes = safetensors.torch.save_file, 0

def die(tensors, path, metadata=None):
    global writes
    writes += 1
    if writes < write:
        return save_file(tensors, path, metadata)
    if inside:
        save_file(tensors, path, metadata)
        os.truncate(path, os.path.getsize(path) // 2)
    os.kill(os.getpid(), signal.SIGKILL)

safetensors.torch.save_file = die
train(AnimeDiffusionConfig.model_validate(config), Dataset.open(Path(data)), Run(Path(folder), "cpu"))
"""


@pytest.mark.parametrize(("write", "inside"), [(2, 1), (5, 0)])  # in a state of phase 1; before one of phase 2
def test_a_killed_run_goes_on_to_the_same_bits(
    train_tiny: Any, tiny_config: Any, tmp_path: Path, tiny_dataset: Dataset, write: int, inside: int
) -> None:
    whole = train_tiny("whole")
    arguments = [
        tiny_config().model_dump_json(),
        str(tiny_dataset.root),
        str(tmp_path / "parts"),
        str(write),
        str(inside),
    ]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    killed = subprocess.run([sys.executable, "-c", KILLED_RUN, *arguments], check=False, env=os.environ | threads)
    assert killed.returncode == -signal.SIGKILL
    assert same_weights(train_tiny("parts", resume=True), whole)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert not list((tmp_path / "parts").rglob("*.tmp"))


def test_a_finished_run_is_not_trained_again(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = train_tiny("run")
    monkeypatch.setattr(Phase, "steps", None)
    assert train_tiny("run", resume=True) == checkpoint


def test_resuming_with_other_settings_is_refused_by_name(train_tiny: Any) -> None:
    train_tiny("run", **{"phase2.enabled": False})
    with pytest.raises(AnibenchError, match="phase1.optimizer.learning_rate was 0.001, is 0.5"):
        train_tiny("run", resume=True, **{"phase2.enabled": False, "phase1.optimizer.learning_rate": 0.5})
    train_tiny("run", resume=True, **{"phase2.enabled": False, "runtime.samples_every": 3})  # decides no weight


def test_a_run_of_an_earlier_version_resumes(train_tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """States written before `diffusion.prediction` was a setting lack it: the network predicted noise."""
    whole = train_tiny("whole")
    monkeypatch.setattr(Phase, "finish", lambda self: pytest.fail("killed"))
    with pytest.raises(pytest.fail.Exception):
        train_tiny("parts")
    monkeypatch.undo()
    for path in (tmp_path / "parts/state").glob("*.safetensors"):
        header, tensors = read_header(path), load_tensors(path)
        del header["identity"]["config"]["diffusion"]["prediction"], header["identity"]["config"]["phase1"]["weighting"]
        save_tensors(path, tensors, header)
    assert same_weights(train_tiny("parts", resume=True), whole)
    with pytest.raises(AnibenchError, match=r"diffusion\.prediction was noise, is v"):
        train_tiny("parts", resume=True, **{"diffusion.prediction": "v"})


def test_too_small_a_disk_is_said_before_the_start(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(AnibenchError, match="MiB are free"):
        train_tiny("run")
    assert not (tmp_path / "run/metrics.jsonl").exists()


def test_a_training_starts_from_given_weights_and_its_checkpoint_names_their_samples(
    train_tiny: Any, tmp_path: Path
) -> None:
    """At a rate near 0 the weights stay as given; images seen, samples and SHA-256 enter the record."""
    first = train_tiny("first")
    still = {f"phase{k}.optimizer.{key}": 1e-12 for k in (1, 2) for key in ("learning_rate", "floor")}
    second = train_tiny("second", initial=str(first), **still)
    given, kept = load_tensors(first), load_tensors(second)
    assert all(torch.allclose(given[name], kept[name], atol=1e-9) for name in given)
    before, after = read_info(first), read_info(second)
    assert after.initial == f"{first} (SHA-256 {sha256_file(first)})"
    assert set(before.training_ids) <= set(after.training_ids)
    assert after.images_seen == 2 * before.images_seen
    assert not after.unknown_past
    save_checkpoint(tmp_path / "imported.safetensors", given, before.model_copy(update={"training_ids": ()}))
    assert read_info(train_tiny("later", initial=str(tmp_path / "imported.safetensors"), **still)).unknown_past
    with pytest.raises(AnibenchError, match=r"--init .* has shape .*, expected .*; train with the network"):
        train_tiny("third", initial=str(first), **{"unet.channels": 16})


def test_runs_share_a_first_phase(
    train_tiny: Any, tiny_config: Any, tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy gives the weights of a run that trains both phases; other settings of phase 1 are refused."""
    train_tiny("first", **{"phase2.enabled": False})
    whole = train_tiny("whole")

    def forbidden(session: Any) -> Path:
        raise AssertionError("phase 1 is not trained again")

    monkeypatch.setattr(animediffusion.training, "train_phase1", forbidden)
    run = Run(tmp_path / "shared", "cpu", phase1=tmp_path / "first")
    shared = train(tiny_config(), tiny_dataset, run)
    assert same_weights(shared, whole)
    assert read_info(shared).images_seen == read_info(whole).images_seen
    other = Run(tmp_path / "other", "cpu", phase1=tmp_path / "first")
    with pytest.raises(AnibenchError, match=r"made with other settings \(warp was True, is False\)"):
        train(tiny_config(warp=False), tiny_dataset, other)
    with pytest.raises(AnibenchError, match="the run first has no finished phase 1 of 8 steps"):
        train(tiny_config(**{"phase1.steps": 8}), tiny_dataset, other)
    assert not list((tmp_path / "other").glob("checkpoints/*"))
