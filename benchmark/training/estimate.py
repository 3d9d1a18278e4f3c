"""Estimate of a training run's FLOPs, memory, disk and time, for all methods.

FLOPs are counted on the networks, without data. Memory, disk and time come from simple models.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmark.core.progress import format_seconds
from benchmark.training.config import RuntimeConfig
from benchmark.training.pack import color_side
from benchmark.training.state import KEEP

FLOAT = 4  # bytes
# Fitted to peaks measured on a CPU at AnimeDiffusion's size: phase 1 takes 2.3, 3.6 and 6.0 GiB for 1, 2 and 4 images.
PROGRAM = 0.3 * 2**30  # bytes of torch's libraries
WORKING = 1.05  # factor on the kept activations, for temporary buffers of the backward pass
SPEEDS = {
    "an A100 as in the paper (its 40 h for phase 1 are 54 TFLOP/s)": 54e12,
    "an H100 in bf16, at 250 TFLOP/s": 250e12,
    "two CPU cores, at 0.1 TFLOP/s": 0.1e12,
}


class PassCost(NamedTuple):
    """Cost of the forward and backward pass of one image."""

    parameters: int
    forward: int  # FLOPs
    both: int  # FLOPs of forward and backward pass
    kept: int  # bytes of activations kept for the backward pass, in float32


class PhaseCost(NamedTuple):
    """Cost of one training phase."""

    steps: int
    batch: int
    flops: int  # of one step, their mean where steps differ
    memory: float  # bytes, on one device


class TrainingCost(NamedTuple):
    """Cost of a training, by the names of its phases in `metrics.jsonl`, and of painting with its weights."""

    phases: Mapping[str, PhaseCost]
    folder: int  # largest size of the run's folder, bytes
    painting: int  # FLOPs of one painted picture


def pass_cost(modules: Iterable[nn.Module], forward: Callable[[], Tensor]) -> PassCost:
    """Count the cost of `forward`, which runs the modules on one image, and of its backward pass.

    Use the meta device, where tensors have shapes but no data.
    """
    parameters = [parameter for module in modules for parameter in module.parameters()]
    own = {parameter.untyped_storage()._cdata for parameter in parameters}
    kept: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage()._cdata not in own:
            kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with FlopCounterMode(display=False) as counter, torch.autograd.graph.saved_tensors_hooks(note, lambda held: held):
        result = forward()
        flops = counter.get_total_flops()
        size = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
        torch.autograd.backward(result.sum())
    return PassCost(sum(parameter.numel() for parameter in parameters), flops, counter.get_total_flops(), size)


def step_memory(parameters: int, copies: float, kept: float) -> float:
    """Bytes of one step: `copies` of the parameters (weights, gradients, moments, ...) and the `kept` activations."""
    return PROGRAM + copies * FLOAT * parameters + WORKING * kept


def folder_bytes(parameters: int, *, averaged: bool, phases: int, runtime: RuntimeConfig) -> int:
    """Largest size of a run's folder in bytes: the states of one phase, a state being written, and checkpoints."""
    state = 3 + averaged  # weights, their average, two moments
    kept = 1 + (runtime.keep_checkpoints if runtime.checkpoint_every else 0)
    return FLOAT * parameters * ((KEEP + 1) * state + phases * kept)


def cost_rows(phases: Mapping[str, PhaseCost], folder: int, samples: int, resolution: int) -> list[tuple[str, str]]:
    """Rows (quantity, value) to print: steps, memory, disk and time of the phases."""
    pack = samples * (3 * color_side(resolution) ** 2 + resolution**2 // 8)
    rows = []
    for name, cost in phases.items():
        rows.append((name, f"{cost.steps:,} steps of {cost.batch} images, {cost.flops / 1e12:.3g} TFLOP each"))
        rows.append((f"{name}, memory", f"about {cost.memory / 2**30:.2g} GiB in one process, in float32"))
    rows.append(("disk, run folder", f"{folder / 2**30:.2g} GiB"))
    rows.append(("disk, packed data", f"{pack / 2**30:.2g} GiB, written once into the dataset's folder"))
    for device, speed in SPEEDS.items():
        times = [f"{name} {format_seconds(cost.steps * cost.flops / speed)}" for name, cost in phases.items()]
        rows.append((f"time, estimate for {device}", ", ".join(times)))
    return rows
