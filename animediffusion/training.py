"""Training AnimeDiffusion: phase 1 predicts noise, phase 2 fine-tunes the whole sampling chain (section 3)."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from animediffusion.config import AnimeDiffusionConfig, Phase1Config, Phase2Config
from animediffusion.diffusion import Network
from animediffusion.estimate import phase_steps, run_bytes
from animediffusion.losses import phase1_loss, phase2_loss
from animediffusion.sampling import build_schedule, build_unet, conditioned, sample
from animediffusion.unet import UNet
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors, read_info
from benchmark.training.batches import Batch
from benchmark.training.compiling import compiled
from benchmark.training.loop import Phase, PhaseRun
from benchmark.training.session import TrainingSession
from benchmark.training.state import Counters
from benchmark.training.steps import Order, learning_rate, make_optimizer, pieces, share, take_step

Session = TrainingSession[AnimeDiffusionConfig]
PieceLoss = Callable[[Network, Batch, Sequence[int]], Tensor]
"""network, batch, one seed per sample -> squared error summed over the batch."""
METHOD = "animediffusion"


def train(config: AnimeDiffusionConfig, data: Dataset, run: Run) -> Path:
    """Train both phases on the train split and return the last checkpoint.

    Raises AnibenchError when the run's folder holds an unfinished run and `run.resume` is not set, when the disk is
    too small, or when the loss is no longer a number; KeyboardInterrupt after a clean stop.
    """
    session = Session(METHOD, config, data, run)
    session.check_folder()
    steps = phase_steps(config, len(session.ids))
    checkpoint = session.finished("phase1", steps["phase1"]) or train_phase1(session)
    if config.phase2.enabled:
        checkpoint = session.finished("phase2", steps["phase2"]) or train_phase2(session, checkpoint)
    return checkpoint


def train_phase1(session: Session) -> Path:
    """Noise prediction from fresh weights."""
    config, schedule = session.config, build_schedule(session.config)
    unet = session.fresh(lambda: build_unet(config), derive_seed(config.seed, "weights"))

    def loss(network: Network, batch: Batch, seeds: Sequence[int]) -> Tensor:
        return phase1_loss(network, batch, schedule, config.phase1, seeds)

    return train_phase(session, "phase1", unet, loss, Counters())


def train_phase2(session: Session, phase1: Path) -> Path:
    """Reconstruction through the sampling chain, from the weights phase 1 left."""
    config, schedule = session.config, build_schedule(session.config)
    settings = config.phase2
    unet = session.fresh(lambda: build_unet(config), 0)
    unet.load_state_dict(load_tensors(phase1))
    frozen: UNet | None = None
    if settings.start_noise != "gaussian" and settings.inversion_weights == "phase1":
        frozen = copy.deepcopy(unet).requires_grad_(False).eval()

    def loss(network: Network, batch: Batch, seeds: Sequence[int]) -> Tensor:
        return phase2_loss(network, frozen or network, batch, schedule, settings, seeds)

    before = read_info(phase1)
    return train_phase(session, "phase2", unet, loss, Counters(images_seen=before.images_seen, seconds=before.seconds))


def train_phase(session: Session, name: str, unet: UNet, piece_loss: PieceLoss, counters: Counters) -> Path:
    """One phase: each step's gradients piece by piece, then one update."""
    config, accelerator = session.config, session.accelerator
    settings: Phase1Config | Phase2Config = config.phase1 if name == "phase1" else config.phase2
    summed = isinstance(settings, Phase1Config) and settings.loss == "sum"  # else a mean over the step's values
    parameters, optimizer = list(unet.parameters()), make_optimizer(settings.optimizer, unet)
    network: Network = compiled(unet) if config.runtime.compile else unet
    run = PhaseRun(session, describe_phase(session, name, settings, unet, optimizer), counters)

    def update(epoch: int, ids: Sequence[str]) -> tuple[float, Mapping[str, Tensor]]:
        rate = learning_rate(settings.optimizer, run.step, run.plan.steps)
        unet.train()
        values = 3 * config.resolution**2 * len(ids)
        error = torch.zeros((), device=accelerator.device)
        for piece in pieces(share(ids, accelerator), settings.micro_batch):
            seeds = [sample_seed(config, name, epoch, sample_id) for sample_id in piece]
            warps = [derive_seed(seed, "warp") for seed in seeds] if config.warp else None
            batch = session.batcher(piece, warps)
            with accelerator.autocast():
                loss = piece_loss(network, batch, seeds)
            accelerator.backward(loss if summed else loss / values)
            error += loss.detach() / values
        take_step(optimizer, parameters, rate, settings.optimizer.clip, accelerator)
        return rate, {"loss": error}

    return run.train(update)


def describe_phase(
    session: Session,
    name: str,
    settings: Phase1Config | Phase2Config,
    unet: UNet,
    optimizer: torch.optim.Optimizer,
) -> Phase:
    """The phase for the plumbing that all methods share."""
    config, schedule = session.config, build_schedule(session.config)

    def paint(network: nn.Module, batch: Batch, seeds: Sequence[int]) -> Tensor:
        denoise = conditioned(network, batch.line, batch.reference, config.sampling.guidance_scale)
        return sample(denoise, batch.reference, schedule, config.sampling, seeds)

    return Phase(
        name=name,
        order=Order(session.ids, settings.batch, derive_seed(config.seed, name), settings.shuffle),
        steps=phase_steps(config, len(session.ids))[name],
        modules={"unet": unet},
        optimizers={"unet": optimizer},
        painter="unet",
        paint=paint,
        weights=lambda painter: painter.state_dict(),
        disk=run_bytes(config, sum(parameter.numel() for parameter in unet.parameters())),
    )


def sample_seed(config: AnimeDiffusionConfig, phase: str, epoch: int, sample_id: str) -> int:
    """The root of all chance of one sample in one epoch.

    Algorithm 1 inverts every image once, before phase 2. Inverting on the fly by the frozen weights gives the same and
    stores nothing, if a sample's chance is the same in every epoch: so it is with that setting.
    """
    phase2 = config.phase2
    once = phase == "phase2" and phase2.start_noise != "gaussian" and phase2.inversion_weights == "phase1"
    return derive_seed(config.seed, phase, 0 if once else epoch, sample_id)
