"""Training a GAN baseline: generator and critic in turns, in the order of the variant's published code."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from baselines.gan import losses
from baselines.gan.config import CRITIC, MULTIPLE, Blocks, GanConfig, Variant
from baselines.gan.discriminator import build_discriminator
from baselines.gan.estimate import run_bytes, total_steps
from baselines.gan.generator import Generator
from baselines.gan.vgg import Vgg, load_vgg
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.warp import draw_warp
from benchmark.training.batches import Batch
from benchmark.training.compiling import compiled
from benchmark.training.loop import Phase, PhasePlan
from benchmark.training.session import TrainingSession
from benchmark.training.steps import Accelerator, Order, learning_rate, make_optimizer, take_step

PHASE = "adversarial"
TURNS: Mapping[Variant, tuple[str, str]] = {
    "cao": ("generator", "discriminator"),
    "sga-repository": ("discriminator", "generator"),
}
"""Which network is updated first in a step."""
Session = TrainingSession[Any]  # of a GanConfig
Losses = dict[str, Tensor]


def train(name: str, config: GanConfig, blocks: Blocks, data: Dataset, run: Run) -> Path:
    """Train on the train split and return the last checkpoint.

    Raises AnibenchError when the run's folder holds an unfinished run and `run.resume` is not set, when VGG-19's
    weights are needed and missing, when the disk is too small, or when a loss is NaN or infinite; KeyboardInterrupt
    after a clean stop.
    """
    session: Session = TrainingSession(name, config, data, run)
    session.check_folder()
    done = session.finished(PHASE, total_steps(config, len(session.ids)))
    return done or train_adversarial(session, blocks)


def train_adversarial(session: Session, blocks: Blocks) -> Path:
    """Generator and critic in turns, from fresh weights, in the order of the variant's published code."""
    config, accelerator = session.config, session.accelerator
    vgg = load_vgg(config.variant, accelerator.device) if config.loss.uses_vgg else None
    networks = build_networks(session, blocks)
    generator, critic = networks.values()
    paint = compiled(generator) if config.runtime.compile else generator
    settings = {name: getattr(config, name) for name in networks}
    parameters = {name: list(network.parameters()) for name, network in networks.items()}
    optimizers = {name: make_optimizer(settings[name], network) for name, network in networks.items()}
    phase = Phase(session, plan_phase(session, networks, optimizers))

    for step in phase.steps():
        batch, matches = make_batch(session, step.epoch, step.own)
        part = len(step.own) / len(step.ids)  # every loss is a mean over this process's pictures
        rates = {name: learning_rate(settings[name], step.number, phase.plan.steps) for name in networks}
        generator.train()
        critic.train()
        found: dict[str, Losses] = {}
        painted = None
        for turn in TURNS[config.variant]:
            with accelerator.autocast():
                if turn == "generator":
                    painted, tokens = paint(batch.line, batch.reference)
                    found[turn] = generator_losses(critic, vgg, painted, tokens, matches, batch, config)
                    loss = found[turn]["loss"]
                else:  # in the first turn nothing is painted yet
                    judged = paint_apart(paint, batch) if painted is None else painted.detach()
                    loss = critic_loss(critic, judged, batch, real_first=painted is None)
                    found[turn] = {"discriminator": loss}
            accelerator.backward(loss * part)
            take_step(optimizers[turn], parameters[turn], rates[turn], settings[turn].clip, accelerator)
        share_statistics(networks.values(), accelerator)
        logged = found["generator"] | found["discriminator"]
        step.finish(rates["generator"], **{name: loss * part for name, loss in logged.items()})
    return phase.finish()


def build_networks(session: Session, blocks: Blocks) -> dict[str, nn.Module]:
    """Generator and critic on the device, with fresh weights."""
    config = session.config
    seeds = derive_seed(config.seed, "weights"), derive_seed(config.seed, "critic weights")
    return {
        "generator": session.fresh(lambda: Generator(blocks, config.variant, config.width), seeds[0]),
        "discriminator": session.fresh(lambda: build_discriminator(config.variant, config.width), seeds[1]),
    }


def plan_phase(
    session: Session, networks: Mapping[str, nn.Module], optimizers: Mapping[str, torch.optim.Optimizer]
) -> PhasePlan:
    """What the phase trains, and how it paints its samples."""
    config, critic = session.config, networks["discriminator"]
    return PhasePlan(
        name=PHASE,
        order=Order(session.ids, config.batch, derive_seed(config.seed, PHASE), config.shuffle),
        steps=total_steps(config, len(session.ids)),
        modules=networks,
        optimizers=optimizers,
        painter="generator",
        paint=lambda network, batch, _: network(batch.line, batch.reference)[0],
        weights=lambda painter: (
            painter.state_dict() | {f"{CRITIC}{key}": value for key, value in critic.state_dict().items()}
        ),
        disk=run_bytes(config, sum(p.numel() for network in networks.values() for p in network.parameters())),
    )


def generator_losses(
    critic: nn.Module,
    vgg: Vgg | None,
    painted: Tensor,
    tokens: tuple[Tensor, Tensor, Tensor] | None,
    matches: Tensor | None,
    batch: Batch,
    config: GanConfig,
) -> Losses:
    """The weighted sum as `loss`, then each loss in it; neither critic nor VGG-19 gets gradients of its own."""
    weights = config.loss
    with frozen(critic):
        found = {"adversarial": losses.adversarial(critic(painted, batch.line), 1.0)}
    found["l1"] = (painted.float() - batch.target).abs().mean()
    if vgg is not None:
        with torch.no_grad():
            of_target = vgg(batch.target)
        of_painted = vgg(painted)
        if weights.perceptual:
            found["perceptual"] = losses.perceptual(of_painted, of_target)
        if weights.style:
            found["style"] = losses.style(of_painted, of_target, mix=config.variant == "sga-repository")
    triplet, _, margin = config.triplet
    if triplet and tokens is not None:
        q, k, v = tokens
        found["triplet"] = (
            losses.triplet_cao(q, k, v, margin) if matches is None else losses.triplet_cvpr(q, k, matches, margin)
        )
    parts = [loss * (triplet if name == "triplet" else getattr(weights, name)) for name, loss in found.items()]
    return {"loss": torch.stack(parts).sum(), **found}


def critic_loss(critic: nn.Module, painted: Tensor, batch: Batch, *, real_first: bool) -> Tensor:
    """Scores of targets towards 1 and of painted pictures towards 0.

    The order of the two calls is that of the published code: each call moves the critic's batch statistics.
    """
    if real_first:
        on_real = losses.adversarial(critic(batch.target, batch.line), 1.0)
        return on_real + losses.adversarial(critic(painted, batch.line), 0.0)
    on_painted = losses.adversarial(critic(painted, batch.line), 0.0)
    return losses.adversarial(critic(batch.target, batch.line), 1.0) + on_painted


@torch.no_grad()
def paint_apart(paint: Callable[..., Any], batch: Batch) -> Tensor:
    """Pictures for the critic's own turn. The generator is in training mode: its batch statistics count this pass."""
    painted: Tensor = paint(batch.line, batch.reference)[0]
    return painted


def make_batch(session: Session, epoch: int, ids: Sequence[str]) -> tuple[Batch, Tensor | None]:
    """The samples with this epoch's warps, and for each reference token its place in the target where a loss needs it.

    `sga-repository` adds noise to the colours; see `jittered`.
    """
    config = session.config
    seeds = [derive_seed(config.seed, PHASE, epoch, sample_id) for sample_id in ids]
    jitter = partial(jittered, seeds=[derive_seed(seed, "jitter") for seed in seeds])
    batch = session.batch(ids, seeds, jitter if config.variant == "sga-repository" else None)
    if not config.triplet.weight or config.triplet.form == "cao":
        return batch, None
    side, warps = config.resolution // MULTIPLE, session.warp_seeds(seeds)
    if warps is None:
        return batch, torch.arange(side * side, device=session.accelerator.device).expand(len(ids), -1)
    return batch, losses.matches_of(*session.batcher.warper.maps([draw_warp(seed) for seed in warps]), side)


def jittered(colors: Tensor, seeds: Sequence[int]) -> Tensor:
    """Colours 0..255 plus noise of U(-1, 1) per value, truncated to whole levels (code of SGA's authors)."""
    noise = torch.empty(colors.shape)
    for image, seed in zip(noise, seeds, strict=True):
        image.uniform_(-1, 1, generator=torch.Generator().manual_seed(seed))
    return (colors + noise.to(colors.device)).trunc()


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """A context in which the module's own weights get no gradients."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)


def share_statistics(networks: Iterable[nn.Module], accelerator: Accelerator) -> None:
    """Average the batch-norm statistics over all processes, so that all processes hold the same networks."""
    if accelerator.num_processes == 1:
        return
    for network in networks:
        for buffer in network.buffers():
            if buffer.is_floating_point():
                buffer.copy_(accelerator.reduce(buffer, "mean"))
