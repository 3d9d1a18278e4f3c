"""Both phases on a tiny network: what reaches the network and the losses, and what is learnt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_training import CHOICES, losses

import animediffusion.training
import benchmark.training.session
from animediffusion.diffusion import ddim_times
from animediffusion.unet import UNet
from benchmark.core.errors import AnibenchError
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.warp import draw_warp
from benchmark.methods.checkpoints import CheckpointInfo, load_tensors, read_info
from benchmark.training.augment import changed_places
from benchmark.training.batches import Batch, Batcher, Warper, normalised
from benchmark.training.config import AugmentConfig
from benchmark.training.loop import Phase

pytestmark = pytest.mark.usefixtures("one_character")


def test_training_learns_the_six_pictures(train_tiny: Any, tmp_path: Path) -> None:
    train_tiny("run", **{"phase1.steps": 80, "phase2.enabled": False, "phase1.optimizer.learning_rate": 4e-3})
    curve = [loss for _, _, loss in losses(tmp_path / "run")]
    assert sum(curve[-20:]) < 0.7 * sum(curve[:20])


@pytest.mark.parametrize("choice", [{}, *CHOICES])
def test_gradient_pieces_change_nothing_but_rounding(train_tiny: Any, choice: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"phase1.steps": 2, "phase2.steps": 1, **choice}
    for phase in ("phase1", "phase2"):  # an epsilon that keeps Adam from blowing up rounding in tiny gradients
        settings |= {f"{phase}.optimizer.epsilon": 1.0, f"{phase}.optimizer.learning_rate": 0.01}
    whole = load_tensors(train_tiny("whole", **settings))
    cut = load_tensors(train_tiny("pieces", **settings, **{"phase1.micro_batch": 1, "phase2.micro_batch": 1}))
    assert max((whole[name] - cut[name]).abs().max().item() for name in whole) < 1e-4


def test_bf16_stays_close_to_float32(train_tiny: Any, tmp_path: Path) -> None:
    short: dict[str, Any] = {"phase1.steps": 2, "phase2.steps": 1}
    for name, settings in (("plain", {}), ("bf16", {"runtime.precision": "bf16"})):
        train_tiny(name, **short, **settings)
    plain, bf16 = ([loss for *_, loss in losses(tmp_path / name)] for name in ("plain", "bf16"))
    assert plain != bf16
    assert plain == pytest.approx(bf16, rel=0.02)


def test_batch_mates_do_not_change_a_samples_chance(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, tiny_dataset: Dataset
) -> None:
    """The same sample in the same epoch gets the same warp, step and noise in batches of 2 and of 3."""
    seen: dict[str, bytes] = {}
    ids: list[str] = []
    batcher, loss = Batcher.__call__, animediffusion.training.phase1_loss

    def spy_batch(self: Batcher, sample_ids: Any, *settings: Any) -> Any:
        ids[:] = sample_ids
        batch = batcher(self, sample_ids, *settings)
        references.update(zip(sample_ids, batch.reference, strict=True))
        return batch

    def spy_loss(denoise: Any, target: Any, noise: Any, t: Any, *settings: Any) -> torch.Tensor:
        for sample_id, parts in zip(ids, zip(noise, t, strict=True), strict=True):
            seen[sample_id] = b"".join(part.numpy().tobytes() for part in (*parts, references[sample_id]))
        return loss(denoise, target, noise, t, *settings)

    monkeypatch.setattr(Batcher, "__call__", spy_batch)
    monkeypatch.setattr(animediffusion.training, "phase1_loss", spy_loss)
    found = []
    for size in (2, 3):
        seen, references = {}, {}
        train_tiny(f"batch{size}", **{"phase1.batch": size, "phase1.steps": 6 // size, "phase2.enabled": False})
        found.append(seen)
    assert found[0] == found[1]
    assert len(found[0]) == 6


def test_references_are_warped_after_the_augmentation_of_their_targets(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warp is not symmetric: a mirrored warp would be another task than that of the tests."""
    seen: list[tuple[Batch, Sequence[int]]] = []

    def spy(batch: Batch, config: AugmentConfig, seeds: Sequence[int]) -> Batch:
        seen.append((batch, seeds))
        return changed_places(batch, config, seeds)

    monkeypatch.setattr(benchmark.training.session, "changed_places", spy)
    settings: dict[str, Any] = {"augment.mirror": True, "augment.palette": 1, "augment.patches": 1, "resolution": 136}
    train_tiny("run", **settings, **{"phase1.steps": 2, "phase2.enabled": False})
    assert len(seen) == 2
    for batch, seeds in seen:
        warps = [draw_warp(derive_seed(seed, "warp")) for seed in seeds]
        side = batch.target.shape[-1]
        warped = Warper(side, side, "cpu")((batch.target + 1) * 127.5, warps)
        assert (normalised(warped) - batch.reference).abs().max() < 1.1 * 2 / 255  # rounded to whole levels


def test_references_of_the_same_character_need_a_dataset_that_names_characters(
    train_tiny: Any, tiny_dataset: Dataset
) -> None:
    tiny_dataset.manifest["character"] = [*"abcdefghijk"][: len(tiny_dataset.manifest)]
    with pytest.raises(AnibenchError, match="has no character with two training samples"):
        train_tiny("run", **{"augment.character": 0.5})


@pytest.mark.parametrize("choice", CHOICES)
def test_each_choice_changes_what_is_learnt(train_tiny: Any, tmp_path: Path, choice: dict[str, Any]) -> None:
    for number, settings in enumerate(({}, *({name: value} for name, value in choice.items()))):
        train_tiny(f"run{number}", **{"phase2.enabled": False}, **settings)
    first = [losses(tmp_path / f"run{number}") for number in range(1 + len(choice))]
    assert all(other != first[0] for other in first[1:])


@pytest.mark.parametrize("start", ["gaussian", "invert-reference", "invert-target"])
@pytest.mark.parametrize("weights", ["phase1", "current"])
def test_a_time_step_reaches_every_network_call(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, start: str, weights: str
) -> None:
    calls: list[torch.Tensor | None] = []
    forward = UNet.forward

    def spy(self: UNet, inputs: torch.Tensor, t: torch.Tensor | None) -> torch.Tensor:
        calls.append(t)
        return forward(self, inputs, t)

    monkeypatch.setattr(UNet, "forward", spy)
    settings: dict[str, Any] = {"phase2.start_noise": start, "phase2.inversion_weights": weights, "phase2.steps": 1}
    settings |= {"phase2.checkpointing": False, "phase1.steps": 1, "sampling.steps": 2}
    train_tiny("run", **settings)
    inversion = 0 if start == "gaussian" else 3  # the network at step 0, then 2 of the 3 updates
    assert len(calls) == 1 + 6 * 2 + inversion + 3 + 6 * 2  # a step, a grid of six; twice
    assert all(t is not None and t.dtype == torch.int64 for t in calls)


def test_omitting_the_time_in_the_inversion_is_a_choice(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    untimed = 0
    forward = UNet.forward

    def spy(self: UNet, inputs: torch.Tensor, t: torch.Tensor | None) -> torch.Tensor:
        nonlocal untimed
        untimed += t is None
        return forward(self, inputs, t)

    monkeypatch.setattr(UNet, "forward", spy)
    settings: dict[str, Any] = {"phase2.start_noise": "invert-target", "phase2.inversion_time": "omit"}
    train_tiny("run", **settings, **{"phase2.inversion_start": "noise", "phase2.steps": 1, "phase1.steps": 1})
    assert untimed == 2


def test_the_checkpoint_holds_the_moving_average(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raw: list[dict[str, torch.Tensor]] = []
    finish = Phase.finish

    def spy(self: Phase) -> Path:
        raw.append({name: tensor.clone() for name, tensor in self.painter.state_dict().items()})
        return finish(self)

    monkeypatch.setattr(Phase, "finish", spy)
    kept = load_tensors(train_tiny("run", **{"ema_decay": 0.9, "phase2.enabled": False}))
    assert kept.keys() == raw[0].keys()
    assert any(not torch.equal(kept[name], raw[0][name]) for name in kept)


def test_phase1_draws_steps_from_the_whole_schedule(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges: set[int] = set()
    draw = animediffusion.training.draw_steps

    def spy(seeds: Any, steps: int, device: torch.device) -> torch.Tensor:
        ranges.add(steps)
        return draw(seeds, steps, device)

    monkeypatch.setattr(animediffusion.training, "draw_steps", spy)
    train_tiny("run", **{"diffusion.steps": 77, "phase1.steps": 1, "phase2.enabled": False})
    assert ranges == {77}


@pytest.mark.parametrize(
    ("start", "weights", "same"),
    [
        ("gaussian", "phase1", False),
        ("invert-reference", "current", False),
        ("invert-reference", "phase1", True),  # algorithm 1: inverted once, before phase 2
    ],
)
def test_phase2_draws_again_in_each_epoch_unless_its_noise_is_inverted_once(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, start: str, weights: str, same: bool
) -> None:
    seeds: list[set[int]] = []
    draw = animediffusion.training.draw_noise

    def spy(images: torch.Tensor, own: Any) -> Any:
        seeds.append(set(own))
        return draw(images, own)

    monkeypatch.setattr(animediffusion.training, "draw_noise", spy)
    settings: dict[str, Any] = {"phase2.start_noise": start, "phase2.inversion_weights": weights}
    train_tiny("run", **settings, **{"phase1.steps": 1, "phase2.batch": 6, "phase2.steps": 2})
    assert [len(each) for each in seeds[-2:]] == [6, 6], "an epoch is one step"
    assert (seeds[-1] == seeds[-2]) is same


@pytest.mark.parametrize("grid", ["published", "trailing"])
def test_a_chain_grows_over_phase_2_on_the_grid_of_each_length(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, grid: Any
) -> None:
    """The chain of the loss and that of the inversion are the same."""
    seen: list[tuple[Sequence[int], Sequence[int]]] = []
    starts: list[Sequence[int]] = []
    begin, loss = animediffusion.training.chain_start, animediffusion.training.phase2_loss

    def spy_start(denoise: Any, source: Any, schedule: Any, times: Sequence[int], *rest: Any) -> torch.Tensor:
        starts.append(times)
        return begin(denoise, source, schedule, times, *rest)

    def spy_loss(denoise: Any, start: Any, target: Any, schedule: Any, times: Any, **options: Any) -> torch.Tensor:
        seen.append((starts[-1], times))
        return loss(denoise, start, target, schedule, times, **options)

    monkeypatch.setattr(animediffusion.training, "chain_start", spy_start)
    monkeypatch.setattr(animediffusion.training, "phase2_loss", spy_loss)
    settings: dict[str, Any] = {"phase2.first_chain": 1, "phase2.grid": grid, "phase2.start_noise": "invert-reference"}
    train_tiny("run", **settings, **{"phase1.steps": 1})
    expected = [ddim_times(1000, length, grid) for length in (1, 1, 2, 3)]
    assert seen == [(times, times) for times in expected]


def test_phase2_goes_on_from_the_counts_of_phase1(train_tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> CheckpointInfo:
        return read_info(path).model_copy(update={"images_seen": 500, "seconds": 1000.0})

    monkeypatch.setattr(animediffusion.training, "read_info", read)
    info = read_info(train_tiny("run", **{"phase1.steps": 1, "phase2.steps": 1}))
    assert info.images_seen == 502
    assert info.seconds >= 1000


@pytest.mark.parametrize("piece", [None, 1])
@pytest.mark.parametrize(
    ("phase", "loss", "scale"), [("phase1", "sum", 1.0), ("phase1", "mean", 1 / 1536), ("phase2", "sum", 1 / 1536)]
)
def test_a_loss_has_its_scale_in_the_gradient(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, phase: str, loss: str, scale: float, piece: int | None
) -> None:
    """The sum over the batch, or its mean over the 3 x 16 x 16 values of 2 pictures; phase 2 has the mean alone."""
    scales: list[float] = []
    function = getattr(animediffusion.training, f"{phase}_loss")

    def spy(*arguments: Any, **options: Any) -> torch.Tensor:
        found: torch.Tensor = function(*arguments, **options)
        found.register_hook(lambda gradient: scales.append(gradient.item()))
        return found

    monkeypatch.setattr(animediffusion.training, f"{phase}_loss", spy)
    settings: dict[str, Any] = {"phase1.loss": loss, f"{phase}.micro_batch": piece}
    train_tiny("run", **settings, **{"phase1.steps": 1, "phase2.steps": 1})
    assert scales == pytest.approx([scale] * (2 if piece else 1), rel=1e-6)


@pytest.mark.parametrize("start", ["gaussian", "invert-reference", "invert-target"])
def test_phase2_compares_with_the_target_and_starts_where_it_is_told(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    batches: list[Any] = []
    sources: list[torch.Tensor | None] = []
    compared: list[torch.Tensor] = []
    batcher, begin, loss = Batcher.__call__, animediffusion.training.chain_start, animediffusion.training.phase2_loss

    def spy_batch(self: Batcher, *rest: Any) -> Any:
        batches.append(batcher(self, *rest))
        return batches[-1]

    def spy_start(denoise: Any, source: Any, *rest: Any) -> torch.Tensor:
        sources.append(source)
        return begin(denoise, source, *rest)

    def spy_loss(denoise: Any, noise: Any, target: Any, *rest: Any, **options: Any) -> torch.Tensor:
        compared.append(target)
        assert compared[-1] is batches[-1].target
        expected = {"gaussian": None, "invert-reference": batches[-1].reference, "invert-target": target}[start]
        assert sources[-1] is expected
        assert not torch.equal(target, batches[-1].reference), "the reference is warped"
        return loss(denoise, noise, target, *rest, **options)

    monkeypatch.setattr(Batcher, "__call__", spy_batch)
    monkeypatch.setattr(animediffusion.training, "chain_start", spy_start)
    monkeypatch.setattr(animediffusion.training, "phase2_loss", spy_loss)
    train_tiny("run", **{"phase2.start_noise": start, "phase2.steps": 2, "phase1.steps": 1})
    assert len(compared) == 2


def test_a_lost_loss_stops_the_run_and_names_the_samples(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    batcher = Batcher.__call__
    victim = tiny_dataset.ids("train")[2]

    def poison(self: Any, ids: Any, *rest: Any) -> Any:
        batch = batcher(self, ids, *rest)
        if victim in ids:
            batch.target[list(ids).index(victim)] = float("nan")
        return batch

    monkeypatch.setattr(Batcher, "__call__", poison)
    with pytest.raises(AnibenchError, match=rf"phase1 step \d is nan; samples: .*{victim}"):
        train_tiny("run")
    for state in (tmp_path / "run/state").glob("*.safetensors"):
        assert all(torch.isfinite(tensor).all() for tensor in load_tensors(state).values())


def test_the_ablation_without_warp_shows_the_target_as_reference(
    train_tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    same: list[bool] = []
    batcher = Batcher.__call__

    def spy(self: Any, *arguments: Any) -> Any:
        batch = batcher(self, *arguments)
        same.append(torch.equal(batch.target, batch.reference))
        return batch

    monkeypatch.setattr(Batcher, "__call__", spy)
    train_tiny("with", **{"phase1.steps": 1, "phase2.enabled": False})
    train_tiny("without", **{"phase1.steps": 1, "phase2.enabled": False, "warp": False})
    assert set(same[: len(same) // 2]) == {False}
    assert set(same[len(same) // 2 :]) == {True}
