"""The adversarial training loop of the GAN baselines, as in the published code of each variant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from baselines.gan import losses
from baselines.gan.config import CRITIC, MULTIPLE, PHASE, Blocks, GanConfig, Variant
from baselines.gan.discriminator import build_discriminator
from baselines.gan.estimate import run_bytes, total_steps
from baselines.gan.generator import Generator
from baselines.gan.vgg import load_vgg
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.warp import draw_warp
from benchmark.training.batches import Batch
from benchmark.training.compiling import compiled
from benchmark.training.loop import Phase, PhasePlan
from benchmark.training.session import TrainingSession
from benchmark.training.steps import Accelerator, Order, learning_rate, make_optimizer, take_step

TURNS: Mapping[Variant, tuple[str, str]] = {
    "cao": ("generator", "discriminator"),
    "sga-repository": ("discriminator", "generator"),
}
"""The order in which a step updates the networks."""
Session = TrainingSession[Any]  # of a GanConfig
Losses = dict[str, Tensor]


def train(name: str, config: GanConfig, blocks: Blocks, data: Dataset, run: Run) -> Path:
    """Train on the train split and return the last checkpoint.

    Raises AnibenchError when the run's folder holds a run and `run.resume` is not set, when the weights of VGG-19 are
    needed and missing, when the disk is too small, or when a loss is NaN or infinite; KeyboardInterrupt after a clean
    stop.
    """
    session: Session = TrainingSession(name, config, data, run)
    session.check_folder()
    done = session.finished(PHASE, total_steps(config, len(session.ids)))
    return done or train_adversarial(session, blocks)


def train_adversarial(session: Session, blocks: Blocks) -> Path:
    """Train generator and critic in turns from fresh weights, and return the last checkpoint."""
    config, accelerator = session.config, session.accelerator
    weights, margin, mix = config.loss_weights, config.triplet.margin, config.variant == "sga-repository"
    vgg = load_vgg(config.variant, accelerator.device) if config.loss.uses_vgg else None
    networks = build_networks(session, blocks)
    generator, critic = networks.values()
    paint = compiled(generator) if config.runtime.compile else generator
    settings = {name: getattr(config, name) for name in networks}
    parameters = {name: list(network.parameters()) for name, network in networks.items()}
    optimizers = {name: make_optimizer(settings[name], network) for name, network in networks.items()}
    phase = Phase(session, plan_phase(session, networks, optimizers))

    for step in phase.steps():
        generator.train()
        critic.train()
        batch, matches = make_batch(session, step.epoch, step.own)
        part = len(step.own) / len(step.ids)  # each loss is a mean over the pictures of this process
        rates = {name: learning_rate(settings[name], step.number, phase.plan.steps) for name in networks}
        found: dict[str, Losses] = {}
        painted = None
        for turn in TURNS[config.variant]:
            with accelerator.autocast():
                if turn == "generator":
                    painted, tokens = paint(batch.line, batch.reference)
                    with frozen(critic):
                        scores = critic(painted, batch.line)
                    found[turn] = losses.generator_losses(
                        scores, painted, batch.target, tokens, matches, vgg, weights=weights, margin=margin, mix=mix
                    )
                    loss = found[turn]["loss"]
                else:  # when the critic is updated first, the pictures are painted for it alone
                    fake = paint_without_gradient(paint, batch) if painted is None else painted.detach()
                    loss = critic_loss(critic, fake, batch.target, batch.line, real_first=painted is None)
                    found[turn] = {"discriminator": loss}
            accelerator.backward(loss * part)
            take_step(optimizers[turn], parameters[turn], rates[turn], settings[turn].clip, accelerator)
        share_statistics(networks.values(), accelerator)
        logged = found["generator"] | found["discriminator"]
        step.finish(rates["generator"], **{name: loss * part for name, loss in logged.items()})
    return phase.finish()


def build_networks(session: Session, blocks: Blocks) -> dict[str, nn.Module]:
    """Generator and critic on the device, initialised from the configured seed."""
    config = session.config
    seeds = derive_seed(config.seed, "weights"), derive_seed(config.seed, "critic weights")
    return {
        "generator": session.fresh(lambda: Generator(blocks, config.variant, config.width), seeds[0]),
        "discriminator": session.fresh(lambda: build_discriminator(config.variant, config.width), seeds[1]),
    }


def plan_phase(
    session: Session, networks: Mapping[str, nn.Module], optimizers: Mapping[str, torch.optim.Optimizer]
) -> PhasePlan:
    """The plan of the phase: networks, optimisers, data order and length; how samples are painted and weights saved."""
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


def critic_loss(critic: nn.Module, painted: Tensor, target: Tensor, line: Tensor, *, real_first: bool) -> Tensor:
    """The critic's loss: scores of targets are drawn to 1, scores of painted pictures to 0.

    The order of the two calls changes the critic's batch statistics; it is that of the published code.
    """
    if real_first:
        on_real = losses.adversarial(critic(target, line), 1.0)
        return on_real + losses.adversarial(critic(painted, line), 0.0)
    on_painted = losses.adversarial(critic(painted, line), 0.0)
    return losses.adversarial(critic(target, line), 1.0) + on_painted


@torch.no_grad()
def paint_without_gradient(paint: Callable[..., Any], batch: Batch) -> Tensor:
    """Pictures (n, 3, H, W) for the critic. The generator is in training mode, so this pass updates its batch norms."""
    painted: Tensor = paint(batch.line, batch.reference)[0]
    return painted


def make_batch(session: Session, epoch: int, ids: Sequence[str]) -> tuple[Batch, Tensor | None]:
    """The samples `ids` with the warps of `epoch`, and the token matches (n, p) if the triplet loss needs them.

    The variant `sga-repository` adds noise to the colours; see `jittered`. See `losses.matches_of` for the matches.
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
    """Colours (n, 3, H, W) of 0..255 plus noise U(-1, 1) per value, truncated to whole levels (SGA's code)."""
    noise = torch.empty(colors.shape)
    for image, seed in zip(noise, seeds, strict=True):
        image.uniform_(-1, 1, generator=torch.Generator().manual_seed(seed))
    return (colors + noise.to(colors.device)).trunc()


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """A context in which the weights of `module` get no gradients."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)


def share_statistics(networks: Iterable[nn.Module], accelerator: Accelerator) -> None:
    """Average the batch-norm statistics over all processes, so that their networks stay equal."""
    if accelerator.num_processes == 1:
        return
    for network in networks:
        for buffer in network.buffers():
            if buffer.is_floating_point():
                buffer.copy_(accelerator.reduce(buffer, "mean"))
