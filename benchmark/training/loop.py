"""One phase of training on its way: whatever a method does in a step, this is what happens around it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from benchmark.core.disk import require_space
from benchmark.core.progress import progress
from benchmark.core.seeds import derive_seed
from benchmark.training.records import draw_loss
from benchmark.training.session import TrainingSession
from benchmark.training.state import Counters, prune, restore_state, save_state
from benchmark.training.steps import LossLog, Order, make_average, stop_agreed, stop_signals

Update = Callable[[int, Sequence[str]], tuple[float, Mapping[str, Tensor]]]
"""epoch, the step's samples -> the learning rate, and the losses by name, `loss` first, on the device.

It updates the weights. With several processes it works on this process's share, and its losses add up to the whole.
"""


@dataclass(frozen=True)
class Phase:
    """What a phase trains, and how its results are used."""

    name: str
    order: Order
    steps: int
    modules: Mapping[str, nn.Module]  # all that learns
    optimizers: Mapping[str, torch.optim.Optimizer]
    painter: str  # the one of `modules` that paints, and is averaged where the configuration wants it
    paint: Callable[[nn.Module, Any, Sequence[int]], Tensor]  # painter, batch, seeds -> pictures in [-1, 1]
    weights: Callable[[nn.Module], Mapping[str, Tensor]]  # painter -> what a checkpoint holds
    disk: int  # bytes of the run's folder at its fullest


class PhaseRun:
    """One phase on its way: weights, their average, the optimisers, and how far it is."""

    def __init__(self, session: TrainingSession[Any], phase: Phase, counters: Counters | None = None) -> None:
        """Start from `counters` and the phase's weights, or go on from the newest state in the run's folder."""
        self.session, self.plan, self.phase = session, phase, phase.name
        self.painter = phase.modules[phase.painter]
        self.average = make_average(self.painter, session.config.ema_decay)
        self.modules = dict(phase.modules) | ({"average": self.average} if self.average else {})

        require_space(session.run.folder, phase.disk, "training (states, checkpoints)")
        restored = restore_state(session.states, self.phase, session.identity, self.modules, phase.optimizers)
        counters = restored or counters or Counters()
        self.step, self.images_seen = counters.step, counters.images_seen
        self.started = time.monotonic() - counters.seconds
        self.log = LossLog(self.phase)
        self.leads = session.accelerator.is_main_process
        if self.leads:
            session.metrics.rewind(self.phase, self.step)

    def train(self, update: Update) -> Path:
        """Run the phase to its end and return its last checkpoint."""
        plan, accelerator, runtime = self.plan, self.session.accelerator, self.session.config.runtime
        title = f"{self.session.method} {self.phase}"
        shown = progress(title, plan.steps, done=self.step, unit="steps", shown=self.leads)
        with shown as advance, stop_signals() as stop:
            while self.step < plan.steps:
                epoch, ids = plan.order.at(self.step)
                torch.manual_seed(derive_seed(self.session.config.seed, self.phase, "step", self.step))  # for dropout
                rate, losses = update(epoch, ids)
                if self.average:
                    self.average.update_parameters(self.painter)
                self.step += 1
                self.images_seen += len(ids)

                row = {"phase": self.phase, "step": self.step, "epoch": epoch, "learning_rate": rate}
                row |= {"images_seen": self.images_seen, "seconds": round(time.monotonic() - self.started, 3)}
                values = cast(Tensor, accelerator.reduce(torch.stack([*losses.values()]).detach(), "sum"))
                self.log.add(row, tuple(losses), values, ids)
                note = self.flush() if self.step % runtime.log_every == 0 else ""
                advance(1, note)
                if self.step < plan.steps:
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
            save_state(states, self.phase, self.counters, identity, self.modules, self.plan.optimizers)

    def save_weights(self) -> Path:
        """Keep the weights of this step as a checkpoint."""
        self.flush()
        return self.session.write_checkpoint(self.phase, self.counters, self.plan.weights(self.result))

    def write_pictures(self) -> None:
        """Paint the fixed pairs, note the PSNR of those kept from training, and draw the losses so far."""
        self.flush()
        if self.leads:
            session, painter = self.session, self.result
            painter.eval()
            paint = self.plan.paint
            decibels = session.write_samples(self.phase, self.step, lambda batch, seeds: paint(painter, batch, seeds))
            if decibels is not None:
                row = {"kind": "validation", "phase": self.phase, "step": self.step, "images_seen": self.images_seen}
                session.metrics.append([{**row, "psnr": decibels, "n": len(session.held_out)}])
            draw_loss(session.run.folder / "loss.png", session.metrics.rows())

    @property
    def result(self) -> nn.Module:
        """The weights the phase hands over: their average where there is one."""
        return self.average.module if self.average else self.painter

    @property
    def counters(self) -> Counters:
        return Counters(step=self.step, images_seen=self.images_seen, seconds=time.monotonic() - self.started)
