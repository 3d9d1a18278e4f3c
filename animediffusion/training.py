"""Training AnimeDiffusion: phase 1 predicts noise, phase 2 fine-tunes the whole sampling chain (section 3)."""

import copy
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from animediffusion.config import AnimeDiffusionConfig, Phase1Config, Phase2Config
from animediffusion.diffusion import Network
from animediffusion.estimate import run_bytes
from animediffusion.losses import phase1_loss, phase2_loss
from animediffusion.session import Session
from animediffusion.unet import UNet
from benchmark.batches import Batch
from benchmark.checkpoints import load_tensors, read_info
from benchmark.compiling import compiled
from benchmark.dataset import Dataset
from benchmark.disk import require_space
from benchmark.progress import progress
from benchmark.runs import Run
from benchmark.seeds import derive_seed
from benchmark.training import (
    LossLog,
    learning_rate,
    make_average,
    make_optimizer,
    pieces,
    share,
    stop_agreed,
    stop_signals,
    take_step,
)
from benchmark.training_records import draw_loss
from benchmark.training_state import Counters, prune, restore_state, save_state

PieceLoss = Callable[[Network, Batch, Sequence[int]], Tensor]
"""network, batch, one seed per sample -> squared error summed over the batch."""


def train(config: AnimeDiffusionConfig, data: Dataset, run: Run) -> Path:
    """Train both phases on the train split and return the last checkpoint.

    Raises AnibenchError when the run's folder holds an unfinished run and `run.resume` is not set, when the disk is
    too small, or when the loss is no longer a number; KeyboardInterrupt after a clean stop.
    """
    session = Session(config, data, run)
    session.check_folder()
    checkpoint = session.finished("phase1", config.phase1) or train_phase1(session)
    if config.phase2.enabled:
        checkpoint = session.finished("phase2", config.phase2) or train_phase2(session, checkpoint)
    return checkpoint


def train_phase1(session: Session) -> Path:
    """Noise prediction from fresh weights."""
    settings = session.config.phase1
    unet = session.fresh_unet(derive_seed(session.config.seed, "weights"))

    def loss(network: Network, batch: Batch, seeds: Sequence[int]) -> Tensor:
        return phase1_loss(network, batch, session.schedule, settings, seeds)

    return PhaseRun(session, "phase1", settings, unet, Counters()).train(loss, summed=settings.loss == "sum")


def train_phase2(session: Session, phase1: Path) -> Path:
    """Reconstruction through the sampling chain, from the weights phase 1 left."""
    settings = session.config.phase2
    unet = session.fresh_unet(0)
    unet.load_state_dict(load_tensors(phase1))
    frozen: UNet | None = None
    if settings.start_noise != "gaussian" and settings.inversion_weights == "phase1":
        frozen = copy.deepcopy(unet).requires_grad_(False).eval()

    def loss(network: Network, batch: Batch, seeds: Sequence[int]) -> Tensor:
        return phase2_loss(network, frozen or network, batch, session.schedule, settings, seeds)

    before = read_info(phase1)
    counters = Counters(images_seen=before.images_seen, seconds=before.seconds)
    return PhaseRun(session, "phase2", settings, unet, counters).train(loss, summed=False)


class PhaseRun:
    """One phase on its way: weights, their average, the optimiser, and how far it is."""

    def __init__(
        self, session: Session, phase: str, settings: Phase1Config | Phase2Config, unet: UNet, counters: Counters
    ) -> None:
        """Start from `counters` and the weights of `unet`, or go on from the newest state in the run's folder."""
        self.session, self.phase, self.settings, self.unet = session, phase, settings, unet
        self.parameters = list(unet.parameters())
        self.average = make_average(unet, session.config.ema_decay)
        self.optimizer = make_optimizer(settings.optimizer, unet)
        self.modules: dict[str, nn.Module] = {"unet": unet}
        if self.average:
            self.modules["average"] = self.average

        needed = run_bytes(session.config, sum(parameter.numel() for parameter in self.parameters))
        require_space(session.run.folder, needed, "training (states, checkpoints)")
        restored = restore_state(session.states, phase, session.identity, self.modules, {"unet": self.optimizer})
        counters = restored or counters
        self.step, self.images_seen = counters.step, counters.images_seen
        self.started = time.monotonic() - counters.seconds
        self.log = LossLog(phase)
        self.leads = session.accelerator.is_main_process
        if self.leads:
            session.metrics.rewind(phase, self.step)

    def train(self, piece_loss: PieceLoss, *, summed: bool) -> Path:
        """Run the phase to its end. `summed` leaves the loss a sum over the step; otherwise it is a mean."""
        session, settings, accelerator = self.session, self.settings, self.session.accelerator
        config, runtime = session.config, session.config.runtime
        order, total = session.order(self.phase, settings), session.total_steps(self.phase, settings)
        network: Network = compiled(self.unet) if runtime.compile else self.unet

        title = f"animediffusion {self.phase}"
        shown = progress(title, total, done=self.step, unit="steps", shown=self.leads)
        with shown as advance, stop_signals() as stop:
            while self.step < total:
                epoch, ids = order.at(self.step)
                rate = learning_rate(settings.optimizer, self.step, total)
                torch.manual_seed(derive_seed(config.seed, self.phase, "step", self.step))  # for dropout

                # Gradients of the step's samples, piece by piece, on this process's share of them.
                self.unet.train()
                values = 3 * config.resolution**2 * len(ids)
                error = torch.zeros((), device=accelerator.device)
                for piece in pieces(share(ids, accelerator), settings.micro_batch):
                    seeds = [session.sample_seed(self.phase, epoch, sample_id) for sample_id in piece]
                    warps = [derive_seed(seed, "warp") for seed in seeds] if config.warp else None
                    batch = session.batcher(piece, warps)
                    with accelerator.autocast():
                        loss = piece_loss(network, batch, seeds)
                    accelerator.backward(loss if summed else loss / values)
                    error += loss.detach() / values

                # Update.
                take_step(self.optimizer, self.parameters, rate, settings.optimizer.clip, accelerator)
                if self.average:
                    self.average.update_parameters(self.unet)
                self.step += 1
                self.images_seen += len(ids)

                # Record.
                row = {"phase": self.phase, "step": self.step, "epoch": epoch, "learning_rate": rate}
                row |= {"images_seen": self.images_seen, "seconds": round(time.monotonic() - self.started, 3)}
                self.log.add(row, cast(Tensor, accelerator.reduce(error, "sum")), ids)
                note = self.flush() if self.step % runtime.log_every == 0 else ""
                advance(1, note)
                if self.step < total:
                    self.leave_traces()
                if stop_agreed(stop, self.step, runtime.log_every, accelerator):
                    self.save_state()
                    if self.leads:
                        print(f"stopped after {self.phase} step {self.step}; the same command with --resume goes on")
                    raise KeyboardInterrupt
        return self.finish()

    def leave_traces(self) -> None:
        """Paint samples, keep weights and save a state where the step is one for it.

        The state comes last: a run that goes on from it has left all that belongs to its step.
        """
        runtime = self.session.config.runtime
        if runtime.samples_every and self.step % runtime.samples_every == 0:
            self.write_pictures()
        if runtime.checkpoint_every and self.step % runtime.checkpoint_every == 0:
            self.save_weights()
            if self.leads:
                prune(self.session.checkpoints, self.phase, runtime.keep_checkpoints)
        if self.step % runtime.state_every == 0:
            self.save_state()

    def finish(self) -> Path:
        """Keep the phase's last weights, by which it is known to be done; its states are no longer needed then."""
        self.write_pictures()
        path = self.save_weights()
        if self.leads:
            prune(self.session.states, self.phase, 0)
        self.session.accelerator.wait_for_everyone()
        return path

    def flush(self) -> str:
        """Write the waiting losses to the metrics; a note for the progress line. Raises AnibenchError for NaN."""
        rows = self.log.read()
        if self.leads:
            self.session.metrics.append(rows)
        return f"loss {rows[-1]['loss']:.4g}" if rows else ""

    def save_state(self) -> None:
        """Save what --resume goes on from."""
        self.flush()
        if self.leads:
            states, identity = self.session.states, self.session.identity
            save_state(states, self.phase, self.counters, identity, self.modules, {"unet": self.optimizer})

    def save_weights(self) -> Path:
        """Keep the weights of this step as a checkpoint."""
        self.flush()
        return self.session.write_checkpoint(self.phase, self.counters, self.result)

    def write_pictures(self) -> None:
        """Paint the fixed pairs, note the PSNR of those kept from training, and draw the loss so far."""
        self.flush()
        if self.leads:
            session = self.session
            decibels = session.write_samples(self.phase, self.step, self.result)
            if decibels is not None:
                row = {"kind": "validation", "phase": self.phase, "step": self.step, "images_seen": self.images_seen}
                session.metrics.append([{**row, "psnr": decibels, "n": len(session.held_out)}])
            draw_loss(session.run.folder / "loss.png", session.metrics.rows())

    @property
    def result(self) -> nn.Module:
        """The weights the phase hands over: their average where there is one."""
        return self.average.module if self.average else self.unet

    @property
    def counters(self) -> Counters:
        return Counters(step=self.step, images_seen=self.images_seen, seconds=time.monotonic() - self.started)
