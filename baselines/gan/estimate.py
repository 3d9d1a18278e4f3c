"""Estimate of the training of a GAN baseline: steps, FLOPs, memory and disk."""

from functools import lru_cache

import torch

from baselines.gan import losses
from baselines.gan.config import PHASE, PUBLISHED_EPOCHS, PUBLISHED_STEPS, Blocks, GanConfig
from baselines.gan.discriminator import build_discriminator
from baselines.gan.generator import Generator
from baselines.gan.vgg import build_vgg
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


def total_steps(config: GanConfig, trained: int) -> int:
    """Number of steps on `trained` samples; each step updates generator and critic once.

    Raises AnibenchError for a budget below one step.
    """
    order = Order([""] * trained, config.batch, seed=0)
    if config.budget.images is not None:
        return budget_steps(config.budget.images, {PHASE: (order, 1)})[PHASE]
    if config.steps is not None:
        return config.steps
    if config.epochs is not None:
        return config.epochs * order.steps_per_epoch
    return PUBLISHED_STEPS if config.variant == "cao" else PUBLISHED_EPOCHS * order.steps_per_epoch


@lru_cache(maxsize=4)
def image_cost(config: GanConfig, blocks: Blocks) -> tuple[PassCost, PassCost, PassCost]:
    """Cost of one image in the generator, the critic, and VGG-19 (zero if its losses have weight 0)."""
    side = config.resolution
    with torch.device("meta"):
        generator = Generator(blocks, config.variant, config.width)
        critic = build_discriminator(config.variant, config.width)
        line, color = torch.zeros(1, 1, side, side), torch.zeros(1, 3, side, side)
        painted = torch.zeros(1, 3, side, side, requires_grad=True)
    judged = PassCost(0, 0, 0, 0)
    if config.loss.uses_vgg:
        vgg = build_vgg(config.variant)
        judged = pass_cost([], lambda: losses.perceptual(vgg(painted), vgg(color)))
    return (
        pass_cost([generator], lambda: generator(line, color)[0]),
        pass_cost([critic], lambda: critic(painted, line)),
        judged,
    )


def phase_cost(config: GanConfig, blocks: Blocks, samples: int) -> PhaseCost:
    """Steps, FLOPs and memory of a training on a train split of `samples` samples."""
    trained = samples - held_out_count(samples, config.runtime.validation_samples)
    order = Order([""] * trained, config.batch, seed=0)
    generator, critic, vgg = image_cost(config, blocks)
    flops = generator.both + 3 * critic.both + vgg.both
    if config.variant == "sga-repository":
        flops += generator.forward
    copies = 4 + (config.ema_decay > 0)  # weights, gradients, two moments
    kept = (generator.kept + critic.kept + vgg.kept) * order.size
    memory = step_memory(generator.parameters + critic.parameters, copies, kept)
    return PhaseCost(total_steps(config, trained), order.size, flops * order.size, memory)


def run_bytes(config: GanConfig, parameters: int) -> int:
    """Largest size of the run's folder in bytes."""
    return folder_bytes(parameters, averaged=config.ema_decay > 0, phases=1, runtime=config.runtime)


def estimate(config: GanConfig, blocks: Blocks, samples: int) -> list[tuple[str, str]]:
    """Rows (quantity, value) to print for a training on `samples` samples."""
    generator, critic, vgg = image_cost(config, blocks)
    parameters = generator.parameters + critic.parameters
    vgg_cost = f"{vgg.both / 1e9:.4g} GFLOP a step" if config.loss.uses_vgg else "not used"
    return [
        ("parameters", f"{generator.parameters:,}, and {critic.parameters:,} of the critic"),
        (
            "one image",
            f"{generator.forward / 1e9:.4g} GFLOP forward, {generator.both / 1e9:.4g} with the backward pass",
        ),
        ("one image, VGG-19", vgg_cost),
        *cost_rows(
            {"training": phase_cost(config, blocks, samples)},
            run_bytes(config, parameters),
            samples,
            config.resolution,
        ),
    ]


def cost(config: GanConfig, blocks: Blocks, samples: int) -> TrainingCost:
    """Cost of a training on `samples` samples, in numbers."""
    generator, critic, _ = image_cost(config, blocks)
    phases = {PHASE: phase_cost(config, blocks, samples)}
    return TrainingCost(phases, run_bytes(config, generator.parameters + critic.parameters), generator.forward)
