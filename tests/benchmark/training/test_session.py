"""A training session: its folder, and held-out samples, which are painted and never trained on."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

import animediffusion.training
from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import train
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_rgb
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.data.near.sketches import decoded, sketches_of, vectors
from benchmark.methods.checkpoints import load_tensors, read_info
from benchmark.scoring.psnr import psnr
from benchmark.training.batches import Batcher
from benchmark.training.pack import Pack, open_pack
from benchmark.training.records import LABEL_WIDTH
from benchmark.training.session import TrainingSession
from benchmark.training.state import Counters

CONFIG = AnimeDiffusionConfig.model_validate(
    {
        "resolution": 16,
        "unet": {"channels": 8, "multipliers": [1, 2], "blocks": 1, "heads": 2, "groups": 4},
        "phase1": {"steps": 7, "batch": 2},
        "phase2": {"steps": 4, "batch": 2, "chain": 2, "start_noise": "gaussian"},
        "sampling": {"steps": 3, "start_noise": "gaussian"},
        "runtime": {"log_every": 2, "state_every": 2, "samples_every": 4, "validation_samples": 2},
    }
)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def held_out_run(tmp_path: Path, make_dataset: Any) -> Any:
    """`held_out_run("name", resume=False)` trains on 18 of 20 samples and validates every 4 steps."""
    data = make_dataset(tmp_path / "twenty", train=20, test=1)

    def go(name: str, *, resume: bool = False) -> tuple[Path, Dataset]:
        return train(CONFIG, data, Run(tmp_path / name, "cpu", resume)), data

    return go


def test_held_out_samples_are_validated_and_never_trained_on(
    held_out_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[list[str]] = []
    batcher = Batcher.__call__

    def spy(self: Batcher, ids: Any, *rest: Any) -> Any:
        if torch.is_grad_enabled():  # samples are painted without gradients
            trained.append(list(ids))
        return batcher(self, ids, *rest)

    monkeypatch.setattr(Batcher, "__call__", spy)
    checkpoint, data = held_out_run("run")
    info = read_info(checkpoint)
    assert len(info.validation_ids) == 2
    assert sorted([*info.training_ids, *info.validation_ids]) == data.ids("train") == sorted(info.sketches)
    stored = decoded(info.sketches[name] for name in data.ids("train"))
    true = vectors(b"".join(sketches_of(data.ids("train"), data.color).values()))
    assert (stored * true).sum(axis=1).min() > 0.99, "the sketches of the pictures at the resolution of the training"
    assert len({sample_id for ids in trained[:7] for sample_id in ids}) == 14, "7 steps of 2 in phase 1"
    assert {sample_id for ids in trained for sample_id in ids} <= set(info.training_ids)

    validations = [row for row in rows(tmp_path / "run") if row.get("kind") == "validation"]
    assert [(row["phase"], row["step"], row["n"]) for row in validations] == [
        ("phase1", 4, 2), ("phase1", 7, 2), ("phase2", 4, 2),
    ]  # fmt: skip
    grid = read_rgb(tmp_path / "run/samples/phase2-step-000000004.png")[:, LABEL_WIDTH:]
    assert grid.shape == (4 * 16 + 3 * 4, 2 * 16 + 4, 3)
    outputs, targets = grid[2 * 20 : 2 * 20 + 16], grid[3 * 20 : 3 * 20 + 16]
    each = [psnr(outputs[:, at : at + 16], targets[:, at : at + 16]) for at in (0, 20)]
    assert validations[-1]["psnr"] == pytest.approx(sum(each) / 2)


@pytest.mark.parametrize("stop_at", [3, 4])
def test_a_stopped_run_validates_on_the_same_held_out_samples(
    held_out_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    whole, _ = held_out_run("whole")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt_at(patch, stop_at)
        held_out_run("parts")
    parts, _ = held_out_run("parts", resume=True)
    first, second = load_tensors(parts), load_tensors(whole)
    assert all(torch.equal(first[name], second[name]) for name in first)
    untimed = [
        [{key: value for key, value in row.items() if key != "seconds"} for row in rows(tmp_path / name)]
        for name in ("whole", "parts")
    ]
    assert untimed[0] == untimed[1]


def interrupt_at(patch: pytest.MonkeyPatch, stop_at: int) -> None:
    """Send SIGINT within step `stop_at` of phase 1."""
    take_step = animediffusion.training.take_step
    taken: list[int] = []

    def interrupt(*arguments: Any) -> None:
        take_step(*arguments)
        taken.append(len(taken) + 1)
        if taken[-1] == stop_at:
            os.kill(os.getpid(), signal.SIGINT)

    patch.setattr(animediffusion.training, "take_step", interrupt)


def test_a_folder_that_holds_a_run_needs_resume(tmp_path: Path, tiny_dataset: Dataset) -> None:
    state = tmp_path / "run/state/phase1-step-000000002.safetensors"
    session = TrainingSession("animediffusion", CONFIG, tiny_dataset, Run(tmp_path / "run", "cpu"))
    session.check_folder()
    state.parent.mkdir(parents=True)
    state.write_bytes(b"damaged")
    with pytest.raises(AnibenchError, match=r"run already holds a run; continue it with --resume"):
        session.check_folder()
    TrainingSession("animediffusion", CONFIG, tiny_dataset, Run(tmp_path / "run", "cpu", True)).check_folder()


def test_weights_follow_from_the_seed_and_leave_torchs_generator_alone(tmp_path: Path, tiny_dataset: Dataset) -> None:
    session = TrainingSession("animediffusion", CONFIG, tiny_dataset, Run(tmp_path / "run", "cpu"))
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second, other = (session.fresh(lambda: torch.nn.Linear(3, 3), seed).weight for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_the_pack_is_opened_once_for_batches_and_sketches(
    tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Pack] = []

    def spy(data: Dataset, split: str, resolution: int) -> Pack:
        opened.append(open_pack(data, split, resolution))
        return opened[-1]

    monkeypatch.setattr("benchmark.training.session.open_pack", spy)
    session = TrainingSession("animediffusion", CONFIG, tiny_dataset, Run(tmp_path / "run", "cpu"))
    path = session.write_checkpoint("phase1", Counters(step=1), {"weight": torch.ones(1)})
    assert read_info(path).sketches.keys() == set(session.ids)
    assert session.batcher.pack is opened[0]
    assert len(opened) == 1


def test_warp_seeds_are_derived_from_the_samples_seeds(tmp_path: Path, tiny_dataset: Dataset) -> None:
    run = Run(tmp_path / "run", "cpu")
    seeds = TrainingSession("animediffusion", CONFIG, tiny_dataset, run).warp_seeds([1, 2])
    assert seeds is not None
    assert len(set(seeds)) == 2
    straight = CONFIG.model_copy(update={"warp": False})
    assert TrainingSession("animediffusion", straight, tiny_dataset, run).warp_seeds([1, 2]) is None
