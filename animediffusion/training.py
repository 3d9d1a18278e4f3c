"""The training loops of AnimeDiffusion: phase 1 predicts noise, v or the image; phase 2 fine-tunes the sampler."""

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from animediffusion.config import AnimeDiffusionConfig, Phase1Config, Phase2Config
from animediffusion.diffusion import Network, ddim_times
from animediffusion.estimate import chain_length, phase_steps, run_bytes
from animediffusion.losses import draw_noise, draw_steps, drop_condition, phase1_loss, phase2_loss
from animediffusion.sampling import build_schedule, build_unet, chain_start, conditioned, sample
from animediffusion.unet import UNet
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import checkpoint_path, load_tensors, read_info
from benchmark.training.batches import Batch
from benchmark.training.compiling import compiled
from benchmark.training.config import AFTER_PHASE1
from benchmark.training.loop import Phase, PhasePlan
from benchmark.training.session import TrainingSession
from benchmark.training.state import Counters, RunIdentity, check_identity
from benchmark.training.steps import Order, learning_rate, make_optimizer, pieces, take_step

Session = TrainingSession[AnimeDiffusionConfig]
METHOD = "animediffusion"


def train(config: AnimeDiffusionConfig, data: Dataset, run: Run) -> Path:
    """Train both phases on the train split and return the last checkpoint.

    With `run.phase1` the first phase is copied from that run. Raises AnibenchError when the run's folder holds a run
    and `run.resume` is not set, when the disk is too small, or when the loss is NaN or infinite; KeyboardInterrupt
    after a clean stop.
    """
    session = Session(METHOD, config, data, run)
    session.check_folder()
    steps = phase_steps(config, len(session.ids))
    if run.phase1 is not None:
        checkpoint = copy_phase1(session, run.phase1, steps["phase1"])
    else:
        checkpoint = session.finished("phase1", steps["phase1"]) or train_phase1(session)
    if config.phase2.enabled:
        checkpoint = session.finished("phase2", steps["phase2"]) or train_phase2(session, checkpoint)
    return checkpoint


def copy_phase1(session: Session, source: Path, steps: int) -> Path:
    """Copy the first phase, of `steps` steps, of the run in `source`, and return its checkpoint in this run.

    Raises AnibenchError where that phase is not finished, or was trained on other data or with other settings than
    those of phase 2 and of the sampler.
    """
    with session.accelerator.main_process_first():
        own = session.finished("phase1", steps)
        if own is not None:
            return own
        path = checkpoint_path(source / "checkpoints", "phase1", steps)
        if not path.exists():
            raise AnibenchError(f"{path} is missing: the run {source.name} has no finished phase 1 of {steps:,} steps")
        info = read_info(path)
        stored = RunIdentity(method=info.method, config=info.config, fingerprint=info.fingerprint)
        check_identity(path, of_phase1(stored), of_phase1(session.identity))
        counters = Counters(step=info.step, images_seen=info.images_seen, seconds=info.seconds)
        return session.write_checkpoint("phase1", counters, load_tensors(path))


def of_phase1(identity: RunIdentity) -> RunIdentity:
    """The identity without the settings that phase 1 does not depend on."""
    config, defaults = (
        {key: value for key, value in tree.items() if key not in AFTER_PHASE1}
        for tree in (identity.config, identity.defaults)
    )
    return identity.model_copy(update={"config": config, "defaults": defaults})


def train_phase1(session: Session) -> Path:
    """Phase 1: train the network to predict noise, v or the image, from random or given weights (3.3)."""
    config, settings, accelerator = session.config, session.config.phase1, session.accelerator
    schedule = build_schedule(config)
    unet = session.fresh(lambda: build_unet(config), derive_seed(config.seed, "weights"))
    network: Network = compiled(unet) if config.runtime.compile else unet
    counters = Counters()
    if session.initial:
        session.initial.load_into(unet)
        before = session.initial.info
        counters = Counters(images_seen=before.images_seen, seconds=before.seconds)
    parameters, optimizer = list(unet.parameters()), make_optimizer(settings.optimizer, unet)
    phase = Phase(session, plan_phase(session, "phase1", settings, unet, optimizer), counters)

    for step in phase.steps():
        unet.train()
        values = 3 * config.resolution**2 * len(step.ids)  # of the pictures of all processes
        error = torch.zeros((), device=accelerator.device)
        for ids in pieces(step.own, settings.micro_batch):
            seeds = [derive_seed(config.seed, "phase1", step.epoch, sample_id) for sample_id in ids]
            batch = session.batch(ids, seeds)
            t, noise = draw_steps(seeds, schedule.steps, accelerator.device), draw_noise(batch.target, seeds)()
            line, reference = drop_condition(batch.line, batch.reference, settings.condition_dropout, seeds)
            with accelerator.autocast():
                denoise = conditioned(network, line, reference)
                loss = phase1_loss(denoise, batch.target, noise, t, schedule, settings.weighting)
            accelerator.backward(loss if settings.loss == "sum" else loss / values)
            error += loss.detach() / values
        rate = learning_rate(settings.optimizer, step.number, phase.plan.steps)
        take_step(optimizer, parameters, rate, settings.optimizer.clip, accelerator)
        step.finish(rate, loss=error)
    return phase.finish()


def train_phase2(session: Session, phase1: Path) -> Path:
    """Phase 2: fine-tune the weights of phase 1 through the DDIM chain on the reconstruction error (section 3.4)."""
    config, settings, accelerator = session.config, session.config.phase2, session.accelerator
    schedule = build_schedule(config)
    unet = session.fresh(lambda: build_unet(config), 0)
    unet.load_state_dict(load_tensors(phase1))
    network: Network = compiled(unet) if config.runtime.compile else unet
    inverter: Network = copy.deepcopy(unet).requires_grad_(False).eval() if inverts_once(settings) else network
    parameters, optimizer = list(unet.parameters()), make_optimizer(settings.optimizer, unet)
    plan, before = plan_phase(session, "phase2", settings, unet, optimizer), read_info(phase1)
    phase = Phase(session, plan, Counters(images_seen=before.images_seen, seconds=before.seconds))

    for step in phase.steps():
        unet.train()
        times = ddim_times(schedule.steps, chain_length(settings, step.number, plan.steps), settings.grid)
        values = 3 * config.resolution**2 * len(step.ids)  # of the pictures of all processes
        error = torch.zeros((), device=accelerator.device)
        for ids in pieces(step.own, settings.micro_batch):
            epoch = 0 if inverts_once(settings) else step.epoch
            seeds = [derive_seed(config.seed, "phase2", epoch, sample_id) for sample_id in ids]
            batch = session.batch(ids, seeds)
            draw = draw_noise(batch.target, seeds)
            source = {"invert-reference": batch.reference, "invert-target": batch.target}.get(settings.start_noise)
            with accelerator.autocast():
                start = chain_start(
                    conditioned(inverter, batch.line, batch.reference), source, schedule, times, draw,
                    settings.inversion_start, settings.inversion_time,
                )  # fmt: skip
                loss = phase2_loss(
                    conditioned(network, batch.line, batch.reference), start, batch.target, schedule, times,
                    eta=settings.eta, draw=draw, checkpointed=settings.checkpointing,
                )  # fmt: skip
            accelerator.backward(loss / values)
            error += loss.detach() / values
        rate = learning_rate(settings.optimizer, step.number, phase.plan.steps)
        take_step(optimizer, parameters, rate, settings.optimizer.clip, accelerator)
        step.finish(rate, loss=error)
    return phase.finish()


def inverts_once(settings: Phase2Config) -> bool:
    """Whether the start noise of a sample is the same in each epoch, inverted with the frozen weights of phase 1.

    Algorithm 1 inverts each image once, before phase 2. Frozen weights with the same seed in each epoch give the same
    start noise for chains of one length, so no inverted image has to be stored.
    """
    return settings.start_noise != "gaussian" and settings.inversion_weights == "phase1"


def plan_phase(
    session: Session,
    name: str,
    settings: Phase1Config | Phase2Config,
    unet: UNet,
    optimizer: torch.optim.Optimizer,
) -> PhasePlan:
    """The plan of a phase: network, optimiser, data order and length; how samples are painted and weights saved."""
    config, schedule = session.config, build_schedule(session.config)

    def paint(network: nn.Module, batch: Batch, seeds: Sequence[int]) -> Tensor:
        denoise = conditioned(network, batch.line, batch.reference, config.sampling.guidance_scale)
        return sample(denoise, batch.reference, schedule, config.sampling, seeds)

    return PhasePlan(
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
