"""Training a GAN baseline: generator and critic in turns, in the order of the chosen variant's code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from baselines.gan import losses
from baselines.gan.config import MULTIPLE, Blocks, GanConfig
from baselines.gan.discriminator import build_discriminator
from baselines.gan.estimate import run_bytes, total_steps
from baselines.gan.generator import Generator
from baselines.gan.vgg import Vgg, load_vgg
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.warp import draw_warp
from benchmark.evaluation.cost import CRITIC
from benchmark.training.batches import Batch
from benchmark.training.compiling import compiled
from benchmark.training.loop import Phase, PhaseRun
from benchmark.training.session import TrainingSession
from benchmark.training.steps import Accelerator, Order, learning_rate, make_optimizer, share, take_step

PHASE = "adversarial"
Session = TrainingSession[Any]  # of a GanConfig
Losses = dict[str, Tensor]
Backward = Callable[[Tensor], None]


@dataclass(frozen=True)
class Players:
    """The networks of a step, and the judge where its losses count."""

    generator: nn.Module
    discriminator: nn.Module
    vgg: Vgg | None
    paint: Callable[..., Any]  # the generator, compiled where that is wanted


def train(name: str, config: GanConfig, blocks: Blocks, data: Dataset, run: Run) -> Path:
    """Train on the train split and return the last checkpoint.

    Raises AnibenchError when the run's folder holds an unfinished run and `run.resume` is not set, when VGG-19's
    weights are wanted and missing, when the disk is too small, or when a loss is no longer a number; KeyboardInterrupt
    after a clean stop.
    """
    session: Session = TrainingSession(name, config, data, run)
    session.check_folder()
    steps = total_steps(config, len(session.ids))
    done = session.finished(PHASE, steps)
    if done is not None:
        return done
    vgg = load_vgg(config.variant, session.accelerator.device) if config.loss.uses_vgg else None

    seed = derive_seed(config.seed, "weights")
    generator = session.fresh(lambda: Generator(blocks, config.variant, config.width), seed)
    critic = session.fresh(
        lambda: build_discriminator(config.variant, config.width), derive_seed(config.seed, "critic weights")
    )
    players = Players(generator, critic, vgg, compiled(generator) if config.runtime.compile else generator)
    optimizers = {
        "generator": make_optimizer(config.generator, generator),
        "discriminator": make_optimizer(config.discriminator, critic),
    }
    phase = Phase(
        name=PHASE,
        order=Order(session.ids, config.batch, derive_seed(config.seed, PHASE), config.shuffle),
        steps=steps,
        modules={"generator": generator, "discriminator": critic},
        optimizers=optimizers,
        painter="generator",
        paint=lambda network, batch, _: network(batch.line, batch.reference)[0],
        weights=lambda painter: (
            painter.state_dict() | {f"{CRITIC}{key}": value for key, value in critic.state_dict().items()}
        ),
        disk=run_bytes(config, sum(p.numel() for network in (generator, critic) for p in network.parameters())),
    )
    phase_run = PhaseRun(session, phase)
    return phase_run.train(make_update(session, players, optimizers, phase_run))


def make_update(
    session: Session, players: Players, optimizers: Mapping[str, torch.optim.Optimizer], run: PhaseRun
) -> Callable[[int, Sequence[str]], tuple[float, Losses]]:
    """One iteration: both players, once each."""
    config, accelerator = session.config, session.accelerator
    update_both = generator_first if config.variant == "cao" else critic_first
    networks = {"generator": players.generator, "discriminator": players.discriminator}
    parameters = {name: list(network.parameters()) for name, network in networks.items()}

    def update(epoch: int, ids: Sequence[str]) -> tuple[float, Losses]:
        mine = share(ids, accelerator)
        part = len(mine) / len(ids)  # every loss is a mean over the process's own images
        batch, matches = make_batch(session, epoch, mine)
        for network in networks.values():
            network.train()

        def step(name: str, loss: Tensor) -> None:
            settings = getattr(config, name)
            accelerator.backward(loss * part)
            rate = learning_rate(settings, run.step, run.plan.steps)
            take_step(optimizers[name], parameters[name], rate, settings.clip, accelerator)

        found = update_both(players, batch, matches, config, accelerator.autocast, step)
        share_statistics(networks.values(), accelerator)
        rate = learning_rate(config.generator, run.step, run.plan.steps)
        return rate, {name: loss.detach() * part for name, loss in found.items()}

    return update


def generator_first(
    players: Players,
    batch: Batch,
    matches: Tensor | None,
    config: GanConfig,
    autocast: Callable[[], Any],
    step: Callable[[str, Tensor], None],
) -> Losses:
    """Cao's order: a generator step, then a critic step on the same pictures; the critic sees fake, fake, real."""
    critic = players.discriminator
    with autocast():
        painted, tokens = players.paint(batch.line, batch.reference)
        found = generator_losses(players, painted, tokens, matches, batch, config)
    step("generator", found["loss"])
    painted = painted.detach()
    with autocast():
        on_fake = losses.adversarial(critic(painted, batch.line), 0.0)
        found["discriminator"] = losses.adversarial(critic(batch.target, batch.line), 1.0) + on_fake
    step("discriminator", found["discriminator"])
    return found


def critic_first(
    players: Players,
    batch: Batch,
    matches: Tensor | None,
    config: GanConfig,
    autocast: Callable[[], Any],
    step: Callable[[str, Tensor], None],
) -> Losses:
    """SGA's repository: a critic step on pictures of its own, then a generator step that paints them again."""
    critic = players.discriminator
    with autocast():
        with torch.no_grad():  # in training mode: its batch norms count this pass too
            painted, _ = players.paint(batch.line, batch.reference)
        on_real = losses.adversarial(critic(batch.target, batch.line), 1.0)
        judged = on_real + losses.adversarial(critic(painted, batch.line), 0.0)
    step("discriminator", judged)
    with autocast():
        painted, tokens = players.paint(batch.line, batch.reference)
        found = generator_losses(players, painted, tokens, matches, batch, config)
    step("generator", found["loss"])
    return found | {"discriminator": judged}


def generator_losses(
    players: Players,
    painted: Tensor,
    tokens: tuple[Tensor, Tensor, Tensor] | None,
    matches: Tensor | None,
    batch: Batch,
    config: GanConfig,
) -> Losses:
    """Their weighted sum as `loss`, and each that counts; neither critic nor VGG-19 gets gradients of its own."""
    weights = config.loss
    with frozen(players.discriminator):
        found = {"adversarial": losses.adversarial(players.discriminator(painted, batch.line), 1.0)}
    found["l1"] = (painted.float() - batch.target).abs().mean()
    if players.vgg is not None:
        with torch.no_grad():
            truth = players.vgg(batch.target)
        seen = players.vgg(painted)
        if weights.perceptual:
            found["perceptual"] = losses.perceptual(seen, truth)
        if weights.style:
            found["style"] = losses.style(seen, truth, mix=config.variant == "sga-repository")
    triplet, _, margin = config.triplet
    if triplet and tokens is not None:
        q, k, v = tokens
        found["triplet"] = (
            losses.triplet_cao(q, k, v, margin) if matches is None else losses.triplet_cvpr(q, k, matches, margin)
        )
    parts = [loss * (triplet if name == "triplet" else getattr(weights, name)) for name, loss in found.items()]
    return {"loss": torch.stack(parts).sum(), **found}


def make_batch(session: Session, epoch: int, ids: Sequence[str]) -> tuple[Batch, Tensor | None]:
    """The samples with the chance of this epoch; where each reference token came from, if a loss asks for it."""
    config = session.config
    seeds = [derive_seed(config.seed, PHASE, epoch, sample_id) for sample_id in ids]
    warps = [derive_seed(seed, "warp") for seed in seeds] if config.warp else None
    jitter = [derive_seed(seed, "jitter") for seed in seeds] if config.variant == "sga-repository" else None
    batch = session.batcher(ids, warps, jitter)
    if not config.triplet.weight or config.triplet.form == "cao":
        return batch, None
    side = config.resolution // MULTIPLE
    if warps is None:
        return batch, torch.arange(side * side, device=session.accelerator.device).expand(len(ids), -1)
    return batch, losses.matches_of(*session.batcher.warper.maps([draw_warp(seed) for seed in warps]), side)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """No gradients into the module's own weights."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)


def share_statistics(networks: Any, accelerator: Accelerator) -> None:
    """Several processes keep the mean of their batch-norm statistics, so that all hold the same networks."""
    if accelerator.num_processes == 1:
        return
    for network in networks:
        for buffer in network.buffers():
            if buffer.is_floating_point():
                buffer.copy_(accelerator.reduce(buffer, "mean"))
