"""Estimate of the training of AnimeDiffusion: steps, FLOPs, memory and disk."""

from functools import lru_cache

import torch

from animediffusion.config import AnimeDiffusionConfig, Phase1Config, Phase2Config, UNetConfig
from animediffusion.unet import UNet
from benchmark.training.estimate import (
    PassCost,
    PhaseCost,
    TrainingCost,
    cost_rows,
    folder_bytes,
    pass_cost,
    step_memory,
)
from benchmark.training.steps import Order, budget_steps, held_out_count


@lru_cache(maxsize=8)
def network_cost(config: UNetConfig, resolution: int) -> PassCost:
    """Cost of one image in the network."""
    with torch.device("meta"):
        unet = UNet(**config.model_dump())
        inputs, t = torch.zeros(1, 7, resolution, resolution), torch.zeros(1, dtype=torch.int64)
    return pass_cost([unet], lambda: unet(inputs, t))


def phase_steps(config: AnimeDiffusionConfig, trained: int) -> dict[str, int]:
    """Optimiser steps of each phase on `trained` samples.

    `budget.images` is divided by `budget_steps`; raises AnibenchError where it is too small.
    """
    phases: dict[str, Phase1Config | Phase2Config] = {"phase1": config.phase1}
    if config.phase2.enabled:
        phases["phase2"] = config.phase2
    orders = {name: Order([""] * trained, settings.batch, seed=0) for name, settings in phases.items()}
    steps = {
        name: settings.steps or settings.epochs * orders[name].steps_per_epoch for name, settings in phases.items()
    }
    if config.budget.images is None:
        return steps
    return budget_steps(config.budget.images, {name: (orders[name], count) for name, count in steps.items()})


def chain_length(settings: Phase2Config, step: int, steps: int) -> int:
    """DDIM steps of the chain at optimiser step `step`, from 0, of the `steps` of phase 2."""
    first = settings.first_chain or settings.chain
    return first + step * (settings.chain - first + 1) // steps


def phase_cost(config: AnimeDiffusionConfig, settings: Phase1Config | Phase2Config, samples: int) -> PhaseCost:
    """Steps, FLOPs and memory of one phase on a train split of `samples` samples."""
    network = network_cost(config.unet, config.resolution)
    trained = samples - held_out_count(samples, config.runtime.validation_samples)
    order = Order([""] * trained, settings.batch, seed=0)
    steps = phase_steps(config, trained)["phase2" if isinstance(settings, Phase2Config) else "phase1"]
    flops, chained, copies = network.both, 1, 4.0  # copies: weights, gradients, two moments
    if isinstance(settings, Phase2Config):
        calls = sum(chain_length(settings, step, steps) for step in range(steps))
        flops = calls * (network.both + (network.forward if settings.checkpointing else 0)) // steps
        if settings.start_noise != "gaussian":
            flops += network.forward * (calls - steps * (settings.inversion_start == "noise")) // steps
            copies += settings.inversion_weights == "phase1"
        chained = 1 if settings.checkpointing else settings.chain
    copies += config.ema_decay > 0
    images = min(settings.micro_batch or order.size, order.size)
    memory = step_memory(network.parameters, copies, network.kept * chained * images)
    return PhaseCost(steps, order.size, flops * order.size, memory)


def run_bytes(config: AnimeDiffusionConfig, parameters: int) -> int:
    """Largest size of the run's folder in bytes."""
    phases = 1 + config.phase2.enabled
    return folder_bytes(parameters, averaged=config.ema_decay > 0, phases=phases, runtime=config.runtime)


def estimate(config: AnimeDiffusionConfig, samples: int) -> list[tuple[str, str]]:
    """Rows (quantity, value) to print for a training on `samples` samples."""
    network = network_cost(config.unet, config.resolution)
    phases = {"phase 1": phase_cost(config, config.phase1, samples)}
    if config.phase2.enabled:
        phases["phase 2"] = phase_cost(config, config.phase2, samples)
    return [
        ("parameters", f"{network.parameters:,}"),
        ("one image", f"{network.forward / 1e9:.4g} GFLOP forward, {network.both / 1e9:.4g} with the backward pass"),
        *cost_rows(phases, run_bytes(config, network.parameters), samples, config.resolution),
    ]


def cost(config: AnimeDiffusionConfig, samples: int) -> TrainingCost:
    """Cost of a training on `samples` samples, in numbers."""
    network, sampling = network_cost(config.unet, config.resolution), config.sampling
    phases = {"phase1": phase_cost(config, config.phase1, samples)}
    if config.phase2.enabled:
        phases["phase2"] = phase_cost(config, config.phase2, samples)
    calls = config.diffusion.steps if sampling.sampler == "ddpm" else sampling.steps
    if sampling.start_noise != "gaussian":
        calls += sampling.steps - (sampling.inversion_start == "noise")
    passes = 1 if sampling.guidance_scale == 1 else 2
    return TrainingCost(phases, run_bytes(config, network.parameters), network.forward * calls * passes)
