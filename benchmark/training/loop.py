"""The steps of one training phase: resume, weight average, logs, samples, checkpoints, stops, several processes.

A method's training loop iterates over `Phase.steps` and calls `Step.finish` once per step; see
`animediffusion/training.py` and `baselines/gan/training.py`.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from benchmark.core.disk import require_space
from benchmark.core.progress import progress
from benchmark.core.seeds import derive_seed
from benchmark.core.terminal import tell
from benchmark.training.records import draw_loss
from benchmark.training.session import TrainingSession
from benchmark.training.state import Counters, prune, restore_state, save_state
from benchmark.training.steps import LossLog, Order, Stop, make_average, share, stop_agreed, stop_signals


@dataclass(frozen=True)
class PhasePlan:
    """The networks, optimisers, samples and length of a phase, and how its network paints and is saved."""

    name: str
    order: Order
    steps: int
    modules: Mapping[str, nn.Module]  # all trained networks
    optimizers: Mapping[str, torch.optim.Optimizer]
    painter: str  # key in `modules` of the network that paints; only this network is averaged
    paint: Callable[[nn.Module, Any, Sequence[int]], Tensor]  # painter, batch, seeds -> pictures in [-1, 1]
    weights: Callable[[nn.Module], Mapping[str, Tensor]]  # painter -> tensors of a checkpoint
    disk: int  # largest size of the run's folder, in bytes


@dataclass
class Step:
    """One optimiser step of a phase."""

    number: int  # from 0
    epoch: int
    ids: Sequence[str]  # samples of all processes
    own: Sequence[str]  # samples of this process
    rate: float = 0.0
    losses: Mapping[str, Tensor] | None = None

    def finish(self, rate: float, **losses: Tensor) -> None:
        """Record the learning rate and the losses, `loss` first, as scalars on the device.

        Call this once, after the optimiser step. With several processes each loss is this process's part of the sum.
        """
        self.rate, self.losses = rate, {name: loss.detach() for name, loss in losses.items()}


class Phase:
    """The training state of one phase: weights, their average, optimisers and counters."""

    def __init__(self, session: TrainingSession[Any], plan: PhasePlan, counters: Counters | None = None) -> None:
        """Resume from the newest state in the run's folder, or start from `counters` and the plan's weights.

        Raises AnibenchError when the disk is too small or the state belongs to another configuration or dataset.
        """
        self.session, self.plan, self.name = session, plan, plan.name
        self.painter = plan.modules[plan.painter]
        self.average = make_average(self.painter, session.config.ema_decay)
        self.modules = dict(plan.modules) | ({"average": self.average} if self.average else {})

        require_space(session.run.folder, plan.disk, "training (states, checkpoints)")
        restored = restore_state(session.states, self.name, session.identity, self.modules, plan.optimizers)
        counters = restored or counters or Counters()
        self.step, self.images_seen = counters.step, counters.images_seen
        self.started = time.monotonic() - counters.seconds
        self.log = LossLog(self.name)
        self.leads = session.accelerator.is_main_process
        if self.leads:
            session.metrics.rewind(self.name, self.step)

    def steps(self) -> Iterator[Step]:
        """Yield each remaining step; the loop body trains on it and calls `Step.finish`.

        Between two steps: update the average, log the losses, write samples, checkpoints and states where due.
        Raises KeyboardInterrupt after Ctrl-C or SIGTERM, once the running step is finished and a state is saved, and
        AnibenchError when a loss is NaN or infinite.
        """
        total = self.plan.steps
        if self.leads and self.step:
            tell(f"{self.session.method} {self.name}: continuing after step {self.step:,} of {total:,}")
        shown = progress(f"{self.session.method} {self.name}", total, done=self.step, unit="steps", shown=self.leads)
        with shown as advance, stop_signals() as stop:
            while self.step < total:
                step = self._begin()
                yield step
                advance(1, self._end(step))
                if self.step < total:
                    self.leave_traces()
                self._stop_if_asked(stop)

    def finish(self) -> Path:
        """Write the last checkpoint, which marks the phase as finished; remove its states; return the path."""
        self.write_pictures()
        path = self.save_weights()
        if self.leads:
            prune(self.session.states, self.name, 0)
        self.session.accelerator.wait_for_everyone()
        return path

    def _begin(self) -> Step:
        """The next step. Seeds torch's global generator (used by dropout) for this step."""
        epoch, ids = self.plan.order.at(self.step)
        torch.manual_seed(derive_seed(self.session.config.seed, self.name, "step", self.step))
        return Step(self.step, epoch, ids, share(ids, self.session.accelerator))

    def _end(self, step: Step) -> str:
        """Update the average, count and log the step, and return the text for the progress line."""
        if step.losses is None:
            raise RuntimeError(f"{self.name} step {step.number}: the training loop did not call step.finish")
        if self.average:
            self.average.update_parameters(self.painter)
        self.step += 1
        self.images_seen += len(step.ids)

        row = {"phase": self.name, "step": self.step, "epoch": step.epoch, "learning_rate": step.rate}
        row |= {"images_seen": self.images_seen, "seconds": round(time.monotonic() - self.started, 3)}
        values = cast(Tensor, self.session.accelerator.reduce(torch.stack([*step.losses.values()]), "sum"))
        self.log.add(row, tuple(step.losses), values, step.ids)
        return self.flush() if self.step % self.session.config.runtime.log_every == 0 else ""

    def leave_traces(self) -> None:
        """Write samples, a checkpoint and a state if they are due after this step.

        The state is written last, so a run that resumes from it already has the other files of the step.
        """
        runtime = self.session.config.runtime
        if runtime.samples_every and self.step % runtime.samples_every == 0:
            self.write_pictures()
        if runtime.checkpoint_every and self.step % runtime.checkpoint_every == 0:
            self.save_weights()
            if self.leads:
                prune(self.session.checkpoints, self.name, runtime.keep_checkpoints)
        if self.step % runtime.state_every == 0:
            self.save_state()

    def _stop_if_asked(self, stop: Stop) -> None:
        accelerator, every = self.session.accelerator, self.session.config.runtime.log_every
        if not stop_agreed(stop, self.step, every, accelerator):
            return
        self.save_state()
        if self.leads:
            print(f"stopped after {self.name} step {self.step}; the training state is saved", file=sys.stderr)
        raise KeyboardInterrupt

    def flush(self) -> str:
        """Write the losses not yet read to metrics.jsonl, and return the text for the progress line.

        Raises AnibenchError when a loss is NaN or infinite.
        """
        rows = self.log.read()
        if self.leads:
            self.session.metrics.append(rows)
        return f"loss {rows[-1]['loss']:.4g}" if rows else ""

    def save_state(self) -> None:
        """Write the state that --resume continues from."""
        self.flush()
        if self.leads:
            states, identity = self.session.states, self.session.identity
            save_state(states, self.name, self.counters, identity, self.modules, self.plan.optimizers)

    def save_weights(self) -> Path:
        """Write the weights of this step as a checkpoint."""
        self.flush()
        return self.session.write_checkpoint(self.name, self.counters, self.plan.weights(self.result))

    def write_pictures(self) -> None:
        """Write the sample grid, the validation PSNR and the loss picture."""
        self.flush()
        if self.leads:
            session, painter = self.session, self.result
            painter.eval()
            paint = self.plan.paint
            decibels = session.write_samples(self.name, self.step, lambda batch, seeds: paint(painter, batch, seeds))
            if decibels is not None:
                row = {"kind": "validation", "phase": self.name, "step": self.step, "images_seen": self.images_seen}
                session.metrics.append([{**row, "psnr": decibels, "n": len(session.held_out)}])
            draw_loss(session.run.folder / "loss.png", session.metrics.rows())

    @property
    def result(self) -> nn.Module:
        """The network that a checkpoint saves: the average if the configuration has one."""
        return self.average.module if self.average else self.painter

    @property
    def counters(self) -> Counters:
        return Counters(step=self.step, images_seen=self.images_seen, seconds=time.monotonic() - self.started)
