"""The losses of both phases, and the random draws of each sample from its own seed."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from animediffusion.config import Weighting
from animediffusion.diffusion import (
    Denoise,
    Draw,
    NoiseStream,
    Schedule,
    add_noise,
    ddim_sample,
    min_snr_weights,
    training_target,
)
from benchmark.core.seeds import derive_seed


def phase1_loss(
    denoise: Denoise, clean: Tensor, noise: Tensor, t: Tensor, schedule: Schedule, weighting: Weighting
) -> Tensor:
    """Squared error of the prediction (noise, v or image), weighted per step and summed over the batch (section 3.3).

    `clean` and `noise` are (n, 3, H, W); steps `t` (n,) in [0, T).
    """
    predicted = denoise(add_noise(schedule, clean, noise, t), t)
    target = training_target(schedule, clean, noise, t)
    if weighting == "uniform":
        return F.mse_loss(predicted, target, reduction="sum")
    errors = (predicted - target).square().flatten(1).sum(1)
    return (min_snr_weights(schedule, t) * errors).sum()


def phase2_loss(
    denoise: Denoise,
    start: Tensor,
    target: Tensor,
    schedule: Schedule,
    times: Sequence[int],
    *,
    eta: float,
    draw: Draw,
    checkpointed: bool,
) -> Tensor:
    """Squared error of the picture that a DDIM chain paints, summed over the batch (section 3.4).

    The chain leads from the noise `start` (n, 3, H, W) down `times`; the gradient passes through every step.
    """
    painted = ddim_sample(denoise, start, schedule, times, eta=eta, draw=draw, checkpointed=checkpointed)
    return F.mse_loss(painted, target, reduction="sum")


def draw_steps(seeds: Sequence[int], steps: int, device: torch.device) -> Tensor:
    """A uniform random step in [0, steps) for each sample, int64 (n,)."""
    return torch.tensor([derive_seed(seed, "t") % steps for seed in seeds], device=device)


def draw_noise(images: Tensor, seeds: Sequence[int]) -> NoiseStream:
    """A stream of standard normal noise in the shape of `images`, with one generator per sample."""
    device = images.device
    noise_seeds = [derive_seed(seed, "noise") for seed in seeds]
    return NoiseStream(noise_seeds, images.shape[1:], device, "cuda" if device.type == "cuda" else "cpu")


def drop_condition(line: Tensor, reference: Tensor, rate: float, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Line (n, 1, H, W) and reference (n, 3, H, W), both set to 0 for a random share `rate` of the samples."""
    if rate == 0:
        return line, reference
    kept = torch.tensor([derive_seed(seed, "drop") / 2**63 >= rate for seed in seeds], device=line.device)
    kept = kept[:, None, None, None]
    return line * kept, reference * kept
