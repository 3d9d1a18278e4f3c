"""Functions for training loops: device, data order, learning rate, gradients, loss log and clean stops.

Nothing here keeps a random state: data orders and seeds are derived from the configuration and the step. A resumed run
therefore needs only weights, optimisers and the step number to give the same result as a run without a stop.
"""

import math
import random
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import torch
from accelerate import Accelerator as Accelerator  # type: ignore[import-untyped]
from accelerate.state import AcceleratorState  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from benchmark.core.errors import AnibenchError
from benchmark.core.seeds import derive_seed
from benchmark.training.config import OptimizerConfig, RuntimeConfig
from benchmark.training.muon import Muon


def make_accelerator(device: str, runtime: RuntimeConfig) -> Accelerator:
    """An Accelerator on `device`; under torchrun or `accelerate launch`, that of one of several processes.

    bf16 falls back to float32 with a warning on a GPU without bf16. Raises AnibenchError if there is no CUDA device.
    """
    precision = runtime.precision
    if device.startswith("cuda"):
        if not torch.cuda.is_available():
            raise AnibenchError("no usable CUDA device was found; use --device cpu")
        if ":" in device:
            torch.cuda.set_device(device)
        if precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
            warnings.warn("this GPU does not support bf16; training in float32", stacklevel=2)
            precision = "float32"
    AcceleratorState._reset_state()  # so a second run in the same process can use another precision
    return Accelerator(cpu=device == "cpu", mixed_precision="bf16" if precision == "bf16" else "no")


def hold_out(ids: Sequence[str], count: int, seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Divide a train split into training samples and `count` held-out samples, at most a tenth of the split.

    The held-out samples are those with the smallest hash of seed and id, so a larger count or more data changes few.
    """
    ranked = sorted(ids, key=lambda sample_id: derive_seed(seed, "validation", sample_id))
    kept = dict.fromkeys(ranked[: held_out_count(len(ids), count)])
    return tuple(sample_id for sample_id in ids if sample_id not in kept), tuple(kept)


def held_out_count(samples: int, wanted: int) -> int:
    """Number of held-out samples: `wanted`, but at most a tenth of `samples`."""
    return min(wanted, samples // 10)


@dataclass(frozen=True)
class Order:
    """The samples of each step. Each epoch has its own order; the incomplete last batch is dropped."""

    ids: Sequence[str]
    batch: int
    seed: int  # derived for the phase
    shuffle: bool = True
    _epoch: dict[int, list[str]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Samples per step: `batch`, or all samples if there are fewer."""
        return min(self.batch, len(self.ids))

    @property
    def steps_per_epoch(self) -> int:
        return len(self.ids) // self.size

    def at(self, step: int) -> tuple[int, list[str]]:
        """Epoch and sample ids of a step (from 0)."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch not in self._epoch:
            order = list(self.ids)
            if self.shuffle:
                random.Random(derive_seed(self.seed, "order", epoch)).shuffle(order)
            self._epoch.clear()
            self._epoch[epoch] = order
        return epoch, self._epoch[epoch][within * self.size : (within + 1) * self.size]


def budget_steps(images: int, phases: Mapping[str, tuple[Order, int]]) -> dict[str, int]:
    """Steps of each phase that together see at most `images` images. `phases` has its order and its usual steps.

    The images are divided in proportion to those that the phases see in their usual steps. Each phase has one step or
    more; the last takes what the others leave. Raises AnibenchError for less than one step of each phase.
    """
    least = sum(order.size for order, _ in phases.values())
    if images < least:
        raise AnibenchError(f"budget.images {images} is less than one step of each phase; give {least} or more")
    usual = sum(order.size * count for order, count in phases.values())
    *earlier, last = phases
    steps = {name: max(1, images * phases[name][1] // usual) for name in earlier}
    left = images - sum(phases[name][0].size * count for name, count in steps.items())
    return steps | {last: left // phases[last][0].size}


def share(items: Sequence[str], accelerator: Accelerator) -> list[str]:
    """The samples of a step that this process trains on; each sample belongs to one process.

    Raises AnibenchError for fewer samples than processes.
    """
    if len(items) < accelerator.num_processes:
        raise AnibenchError(
            f"a batch of {len(items)} samples cannot be divided among {accelerator.num_processes} processes; "
            "use fewer processes or a larger batch"
        )
    return list(items[accelerator.process_index :: accelerator.num_processes])


def pieces(items: Sequence[str], size: int | None) -> list[Sequence[str]]:
    """Split the samples of a step into micro-batches of at most `size`; None: one micro-batch."""
    size = size or max(1, len(items))
    return [items[start : start + size] for start in range(0, len(items), size)]


def learning_rate(config: OptimizerConfig, step: int, total: int) -> float:
    """Learning rate of step `step` (from 0) of `total`: a linear warm-up from `floor`, then constant or cosine."""
    warmup = round(config.warmup * total)
    if step < warmup:
        return config.floor + (config.learning_rate - config.floor) * step / warmup
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - warmup) / max(1, total - 1 - warmup)
    return config.floor + (config.learning_rate - config.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def make_optimizer(config: OptimizerConfig, model: nn.Module) -> torch.optim.Optimizer:
    """The optimiser of all parameters of `model`; Adam and AdamW use the fused kernel if the device has one."""
    parameters = list(model.parameters())
    if config.name == "muon":
        return Muon(parameters, config.learning_rate, config.betas, config.epsilon, config.weight_decay)
    kind = torch.optim.Adam if config.name == "adam" else torch.optim.AdamW
    return kind(
        parameters,
        lr=config.learning_rate,
        betas=config.betas,
        eps=config.epsilon,
        weight_decay=config.weight_decay,
        fused=parameters[0].device.type in ("cpu", "cuda"),
    )


def take_step(
    optimizer: torch.optim.Optimizer,
    parameters: Sequence[nn.Parameter],
    rate: float,
    clip: float | None,
    accelerator: Accelerator,
) -> None:
    """Sum the gradients of all processes, clip them, update the weights at `rate`, and clear the gradients."""
    if accelerator.num_processes > 1:
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad = accelerator.reduce(parameter.grad, reduction="sum")
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def make_average(model: nn.Module, decay: float) -> AveragedModel | None:
    """A moving average of the weights and batch statistics of `model`, or None for a decay of 0."""
    if decay == 0:
        return None
    return AveragedModel(
        model,
        multi_avg_fn=get_ema_multi_avg_fn(decay),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )


class LossLog:
    """Losses that stay on the device until they are read, so that a GPU does not wait at each step."""

    def __init__(self, phase: str) -> None:
        self.phase = phase
        self.waiting: list[tuple[dict[str, object], Sequence[str], Tensor, Sequence[str]]] = []

    def add(self, row: dict[str, object], names: Sequence[str], losses: Tensor, ids: Sequence[str]) -> None:
        """Add one step: its row of metrics, its losses (n,) on the device with their names, and its sample ids."""
        self.waiting.append((row, names, losses.detach(), ids))

    def read(self) -> list[dict[str, object]]:
        """The rows added since the last call, with their losses.

        Raises AnibenchError that names the samples of a step with a NaN or infinite loss. Call this before a state or
        checkpoint is saved, so that diverged weights are not saved.
        """
        values = torch.stack([losses for _, _, losses, _ in self.waiting]).tolist() if self.waiting else []
        rows: list[dict[str, object]] = []
        for (row, names, _, ids), losses in zip(self.waiting, values, strict=True):
            for name, loss in zip(names, losses, strict=True):
                if not math.isfinite(loss):
                    what = "loss" if name == "loss" else f"{name} loss"
                    raise AnibenchError(
                        f"the {what} of {self.phase} step {row['step']} is {loss}; samples: {', '.join(ids)}. Check "
                        "these pictures or lower the learning rate; --resume continues from the last saved state"
                    )
            rows.append({**row, **dict(zip(names, losses, strict=True))})
        self.waiting.clear()
        return rows


class Stop:
    """Whether the user has asked to stop (Ctrl-C or SIGTERM)."""

    asked = False


def stop_agreed(stop: Stop, step: int, every: int, accelerator: Accelerator) -> bool:
    """Whether to stop after `step`. Several processes decide together every `every` steps, so that all stop at once."""
    if accelerator.num_processes == 1:
        return stop.asked
    if step % every:
        return False
    asked = torch.tensor(float(stop.asked), device=accelerator.device)
    return bool(accelerator.reduce(asked, "sum").item())


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """In this context the first Ctrl-C or SIGTERM sets `asked`, so that the step can finish; the second interrupts.

    Does nothing outside the main thread, where Python allows no signal handlers.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(signum: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
