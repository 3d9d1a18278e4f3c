"""What a training run will take, told before it starts: arithmetic, memory, disk, steps and time.

FLOPs are counted on the network itself, without data. Memory, disk and time are models, and labelled so.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from animediffusion.config import AnimeDiffusionConfig, Phase1Config, Phase2Config, UNetConfig
from animediffusion.unet import UNet
from benchmark.progress import format_seconds
from benchmark.training import Order, held_out_count
from benchmark.training_state import KEEP

FLOAT = 4  # bytes
# Fitted to peaks measured on a CPU at the paper's size: phase 1 takes 2.3, 3.6 and 6.0 GiB for 1, 2 and 4 images.
PROGRAM = 0.3 * 2**30  # bytes of torch itself
WORKING = 1.05  # what the backward pass needs beyond the activations kept for it, as a factor
SPEEDS = {
    "an A100 as in the paper (its 40 h for phase 1 are 54 TFLOP/s)": 54e12,
    "an H100 in bf16, at 250 TFLOP/s": 250e12,
    "two CPU cores, at 0.1 TFLOP/s": 0.1e12,
}


class NetworkCost(NamedTuple):
    """One network and one image."""

    parameters: int
    forward: int  # FLOPs
    both: int  # FLOPs of forward and backward pass
    kept: int  # bytes the backward pass needs from the forward pass, in float32


class PhaseCost(NamedTuple):
    """One phase of a run."""

    steps: int
    batch: int
    flops: int  # of one step
    memory: float  # bytes, on one device


@lru_cache(maxsize=8)
def network_cost(config: UNetConfig, resolution: int) -> NetworkCost:
    """Count one image's pass through the network; tensors on the meta device have shapes and no content."""
    with torch.device("meta"):
        unet = UNet(**config.model_dump())
        inputs, t = torch.zeros(1, 7, resolution, resolution), torch.zeros(1, dtype=torch.int64)
    own = {parameter.untyped_storage()._cdata for parameter in unet.parameters()}
    kept: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage()._cdata not in own:
            kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with FlopCounterMode(display=False) as counter, torch.autograd.graph.saved_tensors_hooks(note, lambda held: held):
        predicted = unet(inputs, t)
        forward = counter.get_total_flops()
        size = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
        predicted.sum().backward()
    parameters = sum(parameter.numel() for parameter in unet.parameters())
    return NetworkCost(parameters, forward, counter.get_total_flops(), size)


def phase_cost(config: AnimeDiffusionConfig, settings: Phase1Config | Phase2Config, samples: int) -> PhaseCost:
    """Steps, FLOPs and memory of one phase on a train split of `samples`."""
    network = network_cost(config.unet, config.resolution)
    trained = samples - held_out_count(samples, config.runtime.validation_samples)
    order = Order([""] * trained, settings.batch, seed=0)
    flops, chained, copies = network.both, 1, 4.0  # copies: weights, gradients, two moments
    if isinstance(settings, Phase2Config):
        flops = settings.chain * (network.both + (network.forward if settings.checkpointing else 0))
        if settings.start_noise != "gaussian":
            flops += network.forward * (settings.chain - (settings.inversion_start == "noise"))
            copies += settings.inversion_weights == "phase1"
        chained = 1 if settings.checkpointing else settings.chain
    copies += config.ema_decay > 0
    images = min(settings.micro_batch or order.size, order.size)
    memory = PROGRAM + copies * FLOAT * network.parameters + WORKING * network.kept * chained * images
    return PhaseCost(settings.steps or settings.epochs * order.steps_per_epoch, order.size, flops * order.size, memory)


def run_bytes(config: AnimeDiffusionConfig, parameters: int) -> int:
    """Bytes of the run's folder at its fullest: states of one phase, one of them being written, and checkpoints."""
    state = 3 + (config.ema_decay > 0)  # weights, their average, two moments
    kept = 1 + (config.runtime.keep_checkpoints if config.runtime.checkpoint_every else 0)
    phases = 1 + config.phase2.enabled
    return FLOAT * parameters * ((KEEP + 1) * state + phases * kept)


def estimate(config: AnimeDiffusionConfig, samples: int) -> list[tuple[str, str]]:
    """Rows (what, value) for people: what training on `samples` samples will take."""
    network = network_cost(config.unet, config.resolution)
    pack = samples * (3 * config.resolution**2 + config.resolution**2 // 8)
    phases = {"phase 1": phase_cost(config, config.phase1, samples)}
    if config.phase2.enabled:
        phases["phase 2"] = phase_cost(config, config.phase2, samples)
    rows = [
        ("parameters", f"{network.parameters:,}"),
        ("one image", f"{network.forward / 1e9:.4g} GFLOP forward, {network.both / 1e9:.4g} with the backward pass"),
    ]
    for name, cost in phases.items():
        rows.append((name, f"{cost.steps:,} steps of {cost.batch} images, {cost.flops / 1e12:.3g} TFLOP each"))
        rows.append((f"{name}, memory", f"about {cost.memory / 2**30:.2g} GiB in one process, in float32"))
    rows.append(("disk, the run", f"{run_bytes(config, network.parameters) / 2**30:.2g} GiB"))
    rows.append(("disk, the data", f"{pack / 2**30:.2g} GiB, packed once beside the dataset"))
    for device, speed in SPEEDS.items():
        times = [f"{name} {format_seconds(cost.steps * cost.flops / speed)}" for name, cost in phases.items()]
        rows.append((f"time, a model for {device}", ", ".join(times)))
    return rows
