"""Training the GAN baselines: two iterations against the specification, resuming to the same bits, what is refused."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gan_spec
import numpy as np
import pytest
import torch
from gan_toys import CASES, judge, tiny_config, tiny_vgg, train_tiny
from torch import Tensor

from baselines.gan import training
from baselines.gan.config import Variant
from baselines.gan.discriminator import build_discriminator
from baselines.gan.generator import Generator
from baselines.gan.losses import generator_losses
from baselines.gan.training import PHASE, jittered, make_batch
from baselines.gan.vgg import LEVELS
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.evaluation.cost import parameter_count
from benchmark.methods.checkpoints import load_tensors, read_info
from benchmark.methods.interface import get_method
from benchmark.training.batches import Batch, Batcher
from benchmark.training.loop import Phase
from benchmark.training.session import TrainingSession
from benchmark.training.steps import Order

assert judge  # a fixture
WITH_VGG = {"loss": {}}


def rows(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def spec_iterations(method: str, variant: Variant, session: TrainingSession[Any]) -> Iterator[dict[str, Tensor]]:
    """The losses of each iteration, from the same first weights and batches, by the specification alone."""
    config = session.config
    blocks = get_method(method).module.METHOD.blocks[variant]
    first = session.fresh(lambda: Generator(blocks, variant, config.width), derive_seed(config.seed, "weights"))
    second = session.fresh(
        lambda: build_discriminator(variant, config.width), derive_seed(config.seed, "critic weights")
    )
    generator = gan_spec.Generator(method, first.state_dict(), variant)
    critic = gan_spec.Critic(second.state_dict(), variant)
    layers, levels = tiny_vgg(variant).layers.double(), LEVELS[variant]
    adam = gan_spec.Adam(generator.weights(), 1e-4), gan_spec.Adam(critic.weights(), 2e-4)
    order = Order(session.ids, config.batch, derive_seed(config.seed, PHASE))

    for step in range(config.steps):
        batch, _ = make_batch(session, *order.at(step))
        line, reference, target = batch.line.double(), batch.reference.double(), batch.target.double()

        def step_generator(
            line: Tensor = line, reference: Tensor = reference, target: Tensor = target
        ) -> tuple[dict[str, Tensor], Tensor]:
            painted, matched = generator(line, reference)
            found = gan_spec.generator_losses(
                method, variant, critic, lambda x, level: layers[: level + 1](x), levels, painted, matched, line, target
            )  # fmt: skip
            adam[0].step(found["loss"])
            return found, painted.detach()

        if variant == "cao":
            found, painted = step_generator()
            on_fake = (critic(painted, line) ** 2).mean()
            judged = ((critic(target, line) - 1) ** 2).mean() + on_fake
            adam[1].step(judged)
        else:
            painted = generator(line, reference)[0].detach()
            on_real = ((critic(target, line) - 1) ** 2).mean()
            judged = on_real + (critic(painted, line) ** 2).mean()
            adam[1].step(judged)
            found, _ = step_generator()
        yield found | {"discriminator": judged}


def in_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks, batches and judge of training, all in float64."""
    fresh, batcher = TrainingSession.fresh, Batcher.__call__

    def wide(self: Any, ids: Any, *rest: Any) -> Batch:
        batch = batcher(self, ids, *rest)
        return Batch(batch.ids, *(part.double() for part in (batch.target, batch.line, batch.reference)))

    monkeypatch.setattr(TrainingSession, "fresh", lambda self, build, seed: fresh(self, build, seed).double())
    monkeypatch.setattr(Batcher, "__call__", wide)
    monkeypatch.setattr(training, "load_vgg", lambda variant, device: tiny_vgg(variant).double())


@pytest.mark.parametrize(("method", "variant"), CASES)
@pytest.mark.parametrize(("precision", "steps", "tolerance"), [("float32", 1, 1e-4), ("float64", 2, 1e-9)])
@pytest.mark.usefixtures("judge")
def test_the_logged_losses_are_those_of_the_specification(
    tmp_path: Path,
    tiny_dataset: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    variant: Variant,
    precision: str,
    steps: int,
    tolerance: float,
) -> None:
    """Float64 is exact. In float32 the order of additions, which processor and threads decide, changes the losses.

    Two implementations of the published code differ by 1.5e-5 in the first iteration. From the second iteration on,
    Adam turns gradients that are rounding errors into steps of full size: up to 3e-3, so only float64 is compared.
    """
    settings: dict[str, Any] = {"variant": variant, "steps": steps} | WITH_VGG
    config = tiny_config(method, **settings)
    session: TrainingSession[Any] = TrainingSession(method, config, tiny_dataset, Run(tmp_path / "spec", "cpu"))
    expected = list(spec_iterations(method, variant, session))
    if precision == "float64":
        in_float64(monkeypatch)
    train_tiny(tmp_path / "run", tiny_dataset, method, **settings)
    logged = rows(tmp_path / "run")
    assert len(logged) == len(expected) == steps
    for row, found in zip(logged, expected, strict=True):
        values = {name: value.item() for name, value in found.items()}
        assert {name: row[name] for name in values} == pytest.approx(values, rel=tolerance)
        assert ("triplet" in row) == (method == "scft" and variant == "cao")


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    leave_traces = Phase.leave_traces

    def interrupt(self: Phase) -> None:
        leave_traces(self)
        if self.step == step:
            os.kill(os.getpid(), signal.SIGINT)  # handled: the next step is finished, then the run stops

    monkeypatch.setattr(Phase, "leave_traces", interrupt)


@pytest.mark.parametrize(("method", "variant", "step"), [("scft", "cao", 1), ("sga", "sga-repository", 2)])
def test_a_stopped_run_goes_on_to_the_same_bits(
    tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch, method: str, variant: str, step: int
) -> None:
    settings: dict[str, Any] = {"variant": variant, "ema_decay": 0.5}
    whole = train_tiny(tmp_path / "whole", tiny_dataset, method, **settings)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_at(patch, step)
        train_tiny(tmp_path / "parts", tiny_dataset, method, **settings)
    with pytest.raises(AnibenchError, match="--resume"):
        train_tiny(tmp_path / "parts", tiny_dataset, method, **settings)
    parts = train_tiny(tmp_path / "parts", tiny_dataset, method, resume=True, **settings)
    first, second = load_tensors(whole), load_tensors(parts)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(name.startswith("discriminator.") for name in first)
    assert rows(tmp_path / "whole") == rows(tmp_path / "parts")


def test_the_rate_follows_its_schedule_over_the_steps(tmp_path: Path, tiny_dataset: Dataset) -> None:
    rule = {"learning_rate": 1e-3, "schedule": "cosine", "warmup": 0.0, "floor": 0.0}
    train_tiny(tmp_path / "run", tiny_dataset, "sga", steps=3, generator=rule)
    assert [row["learning_rate"] for row in rows(tmp_path / "run")] == pytest.approx([1e-3, 5e-4, 0.0])


def test_a_run_leaves_what_every_method_leaves(tmp_path: Path, make_dataset: Any) -> None:
    data = make_dataset(tmp_path / "faces", train=12, test=1)
    runtime = {"samples_every": 2, "validation_samples": 1}
    checkpoint = train_tiny(tmp_path / "run", data, "scft", runtime=runtime, budget={"images": 7})
    info = read_info(checkpoint)
    assert (info.method, info.phase, info.step, info.images_seen) == ("scft", PHASE, 3, 6), "whole batches of 2"
    assert len(info.training_ids) == 11
    assert sorted(path.name for path in (tmp_path / "run/samples").iterdir()) == [
        "adversarial-step-000000002.png", "adversarial-step-000000003.png",
    ]  # fmt: skip
    told = [row for row in rows(tmp_path / "run") if row.get("kind") == "validation"]
    assert [row["step"] for row in told] == [2, 3]
    assert (tmp_path / "run/loss.png").exists()
    config, method = tiny_config("scft"), get_method("scft")
    assert parameter_count(checkpoint, method.training_only) == method.module.parameters(config), "no critic"


@pytest.mark.parametrize("variant", ["cao", "sga-repository"])
def test_the_generators_step_leaves_critic_and_judge_without_gradients(
    tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    seen: list[bool] = []
    critics: list[torch.nn.Module] = []
    build = training.build_networks

    def build_and_keep(*arguments: Any) -> dict[str, torch.nn.Module]:
        networks = build(*arguments)
        critics.append(networks["discriminator"])
        return networks

    def spy(*tensors: Any, **settings: Any) -> dict[str, Tensor]:
        found = generator_losses(*tensors, **settings)
        (critic,) = critics
        weights = [p for p in critic.parameters() if p.requires_grad]
        gradients = torch.autograd.grad(found["loss"], weights, retain_graph=True, allow_unused=True)
        seen.append(all(gradient is None for gradient in gradients))
        learning = {name for name, p in critic.named_parameters() if p.requires_grad}
        assert not any(name.endswith(("weight_u", "weight_v")) for name in learning), "frozen for good"
        assert len(learning) > 10
        return found

    monkeypatch.setattr(training, "build_networks", build_and_keep)
    monkeypatch.setattr(training.losses, "generator_losses", spy)
    train_tiny(tmp_path / "run", tiny_dataset, "sga", variant=variant, steps=2)
    assert seen == [True, True]


@pytest.mark.parametrize(("variant", "generator", "critic"), [("cao", 1, 3), ("sga-repository", 2, 3)])
def test_batch_statistics_move_as_often_as_in_the_published_code(
    tmp_path: Path, tiny_dataset: Dataset, variant: str, generator: int, critic: int
) -> None:
    kept = load_tensors(train_tiny(tmp_path / "run", tiny_dataset, "sga", variant=variant, steps=3))
    counts = {name: int(value) for name, value in kept.items() if name.endswith("num_batches_tracked")}
    of_critic = {value for name, value in counts.items() if name.startswith("discriminator.")}
    of_generator = {value for name, value in counts.items() if not name.startswith("discriminator.")}
    assert (of_generator, of_critic) == ({3 * generator}, {3 * critic})


def test_a_lost_loss_stops_the_run_and_names_the_samples(
    tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    batcher = Batcher.__call__
    victim = tiny_dataset.ids("train")[2]

    def poison(self: Any, ids: Any, *rest: Any) -> Any:
        batch = batcher(self, ids, *rest)
        if victim in ids:
            batch.target[list(ids).index(victim)] = float("nan")
        return batch

    monkeypatch.setattr(Batcher, "__call__", poison)
    with pytest.raises(AnibenchError, match=rf"adversarial step \d is nan; samples: .*{victim}"):
        train_tiny(tmp_path / "run", tiny_dataset, "scft")


def test_jitter_is_less_than_a_level_cut_as_bytes_are_and_follows_from_the_seed() -> None:
    color = torch.arange(256.0).view(1, 1, 16, 16).expand(2, 3, 16, 16)
    noisy = jittered(color, [1, 2])
    assert torch.equal(noisy, jittered(color, [1, 2]))
    assert not torch.equal(noisy[0], noisy[1])
    assert torch.equal(noisy, noisy.round())
    assert (noisy - color).unique().tolist() == [-1, 0]
    assert noisy[:, :, 0, 0].unique().tolist() == [0], "-0.5 is cut to 0"
    bytes_of = (color.numpy() + np.float32(0.99)).astype(np.uint8)
    assert np.array_equal(bytes_of, (color + 0.99).trunc().numpy().astype(np.uint8))


def test_the_repositorys_jitter_is_in_target_and_reference(tmp_path: Path, tiny_dataset: Dataset) -> None:
    batches = {}
    for variant in ("cao", "sga-repository"):
        config = tiny_config("sga", variant=variant, warp=False)
        session: TrainingSession[Any] = TrainingSession("sga", config, tiny_dataset, Run(tmp_path / variant, "cpu"))
        batches[variant], _ = make_batch(session, 0, session.ids[:2])
    clean, noisy = batches["cao"], batches["sga-repository"]
    assert torch.equal(noisy.target, noisy.reference)
    assert not torch.equal(noisy.target, clean.target)
    assert torch.equal(noisy.line, clean.line)
    assert (noisy.target - clean.target).abs().max() < 1.5 / 127.5


def test_the_jittered_colours_are_augmented(tmp_path: Path, tiny_dataset: Dataset) -> None:
    augment = {"mirror": True, "border": "mirror"}
    config = tiny_config("sga", variant="sga-repository", augment=augment)
    session: TrainingSession[Any] = TrainingSession("sga", config, tiny_dataset, Run(tmp_path / "run", "cpu"))
    epochs = [make_batch(session, epoch, session.ids[:2])[0] for epoch in range(8)]
    plain = session.batcher(session.ids[:2], None)
    turned = 0
    for batch in epochs:
        assert (batch.reference.amax((1, 2, 3)) > -1).all(), "no black border"
        for target, line, color, drawn in zip(batch.target, batch.line, plain.target, plain.line, strict=True):
            mirrored = torch.equal(line, drawn.flip(-1))
            turned += mirrored
            assert mirrored or torch.equal(line, drawn)
            assert 0 < (target - (color.flip(-1) if mirrored else color)).abs().max() < 1.5 / 127.5
    assert 0 < turned < 16


@pytest.mark.parametrize("method", ["scft", "attention-aware"])
def test_bf16_stays_close_to_float32(tmp_path: Path, tiny_dataset: Dataset, method: str) -> None:
    for precision in ("float32", "bf16"):
        runtime = {"precision": precision, "samples_every": 0}
        train_tiny(tmp_path / precision, tiny_dataset, method, steps=1, runtime=runtime)
    (plain,), (half,) = (rows(tmp_path / precision) for precision in ("float32", "bf16"))
    assert plain["l1"] != half["l1"]
    assert half["l1"] == pytest.approx(plain["l1"], rel=0.05)


@pytest.mark.parametrize("warp", [True, False])
def test_the_papers_triplet_gets_the_places_that_the_warp_makes(
    tmp_path: Path, tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch, warp: bool
) -> None:
    seen: list[Tensor] = []
    triplet = training.losses.triplet_cvpr

    def spy(q: Tensor, k: Tensor, matches: Tensor, margin: float) -> Tensor:
        seen.append(matches)
        assert margin == 12.0
        return triplet(q, k, matches, margin)

    monkeypatch.setattr(training.losses, "triplet_cvpr", spy)
    loss = {"perceptual": 0, "style": 0, "triplet_form": "cvpr"}
    train_tiny(tmp_path / "run", tiny_dataset, "scft", steps=1, loss=loss, warp=warp)
    (matches,) = seen
    assert matches.shape == (2, 16), "4 x 4 tokens at 64 px"
    straight = torch.arange(16).expand(2, -1)
    assert torch.equal(matches, straight) != warp
    assert rows(tmp_path / "run")[0]["triplet"] == pytest.approx(12, rel=0.2), "before learning no key is nearer"
