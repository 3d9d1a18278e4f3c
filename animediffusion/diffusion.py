"""Gaussian diffusion as plain functions on tensors: schedule, noising, DDPM, DDIM and its inversion (section 3.1).

Images are float (n, 3, H, W) in [-1, 1]; a time step is an integer in [0, T). gamma is the paper's alpha-bar.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

Denoise = Callable[[Tensor, Tensor | None], Tensor]
"""noisy (n, 3, H, W) and steps (n,), or None to leave the step out -> prediction (n, 3, H, W)."""

Network = Callable[[Tensor, Tensor | None], Tensor]
"""The same with line and reference as further channels: (n, 7, H, W) and steps -> prediction (n, 3, H, W)."""

Draw = Callable[[], Tensor]
"""Gives the next standard normal noise (n, 3, H, W) of a chain."""

Grid = Literal["published", "trailing"]

Prediction = Literal["noise", "v", "image"]
"""The predicted quantity. v = sqrt(gamma) noise - sqrt(1 - gamma) image (arXiv 2202.00512)."""

MIN_SNR_LIMIT = 5.0  # the gamma of arXiv 2303.09556, section 3.4


@dataclass(frozen=True)
class Schedule:
    """Per-step constants, each (T,) on the CPU, named as the buffers of the authors' checkpoints.

    `prediction` is the quantity that the network predicts at a step; every function of this module reads it here.
    """

    gammas: Tensor
    sqrt_reciprocal_gammas: Tensor
    sqrt_reciprocal_gammas_m1: Tensor
    posterior_variance: Tensor
    posterior_log_variance: Tensor
    posterior_mean_coef1: Tensor
    posterior_mean_coef2: Tensor
    prediction: Prediction = "noise"

    @property
    def steps(self) -> int:
        """T, the number of steps."""
        return len(self.gammas)

    @cached_property
    def gamma(self) -> list[float]:
        """gamma per step as Python floats, so that a sampling chain does not wait for the device."""
        values: list[float] = self.gammas.tolist()
        return values


def make_schedule(steps: int, dtype: torch.dtype = torch.float32, prediction: Prediction = "noise") -> Schedule:
    """beta rises linearly from 1e-6 to 1e-2 (at T = 1000; scaled by 1000 / T otherwise).

    The authors compute in float32: their first posterior coefficient is 0.98690 instead of 1, so the last DDPM step
    darkens the image by 1.3 %. float64 gives the exact values.
    """
    scale = 1000.0 / steps
    betas = torch.linspace(1e-6 * scale, 1e-2 * scale, steps, dtype=dtype)
    alphas = 1.0 - betas
    gammas = torch.cumprod(alphas, dim=0)
    previous = torch.cat([torch.ones(1, dtype=dtype), gammas[:-1]])
    variance = betas * (1.0 - previous) / (1.0 - gammas)
    return Schedule(
        gammas=gammas,
        sqrt_reciprocal_gammas=torch.sqrt(1.0 / gammas),
        sqrt_reciprocal_gammas_m1=torch.sqrt(1.0 / gammas - 1.0),
        posterior_variance=variance,
        posterior_log_variance=torch.log(variance.clamp(min=1e-20)),
        posterior_mean_coef1=betas * torch.sqrt(previous) / (1.0 - gammas),
        posterior_mean_coef2=(1.0 - previous) * torch.sqrt(alphas) / (1.0 - gammas),
        prediction=prediction,
    )


def ddim_times(schedule_steps: int, count: int, grid: Grid = "published") -> list[int]:
    """The steps of a DDIM chain, in rising order. Raises ValueError for a `count` outside 1..`schedule_steps`.

    `published`: the first `count` of 1 + multiples of T // count, such as 1, 101, ..., 901 for T = 1000 and 10. The
    last trained steps are not used; a count that does not divide T ends earlier, and count = 1 gives step 1 alone. The
    authors' code fails at count = T; here steps past the end are left out, which gives 1 .. T - 1. `trailing` (arXiv
    2305.08891): evenly spaced down from T - 1, the last trained step.
    """
    if not 1 <= count <= schedule_steps:
        raise ValueError(f"a chain takes 1 to {schedule_steps} steps, not {count}")
    if grid == "trailing":
        return [(i + 1) * schedule_steps // count - 1 for i in range(count)]
    times = range(1, schedule_steps + 1, schedule_steps // count)[:count]
    return [t for t in times if t < schedule_steps]


def add_noise(schedule: Schedule, clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """q(x_t | x_0): sqrt(gamma_t) clean + sqrt(1 - gamma_t) noise, with one step `t` (n,) per image."""
    gamma = _gamma_of(schedule, clean, t)
    return gamma.sqrt() * clean + (1.0 - gamma).sqrt() * noise


def training_target(schedule: Schedule, clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """The training target (noise, v or the image) of `clean` with `noise` at the steps `t` (n,)."""
    if schedule.prediction == "noise":
        return noise
    if schedule.prediction == "image":
        return clean
    gamma = _gamma_of(schedule, clean, t)
    return gamma.sqrt() * noise - (1.0 - gamma).sqrt() * clean


def min_snr_weights(schedule: Schedule, t: Tensor) -> Tensor:
    """Weights (n,) of the squared errors at the steps `t` (n,), arXiv 2303.09556, section 3.4 and appendix 7.1.

    The weight of the image's error is min(SNR, 5), with SNR = gamma / (1 - gamma). The errors of noise and of v are SNR
    and SNR + 1 times that of the image, so their weights are divided by these factors.
    """
    gamma = schedule.gammas.to(t.device)[t]
    snr = gamma / (1.0 - gamma)
    divisor = {"noise": snr, "v": snr + 1.0, "image": torch.ones_like(snr)}[schedule.prediction]
    return snr.clamp(max=MIN_SNR_LIMIT) / divisor


def predict_clean(schedule: Schedule, noisy: Tensor, predicted: Tensor, t: int, *, scale: float = 1.0) -> Tensor:
    """The clean image that the network's prediction implies at step `t`, clamped to [-1, 1], times `scale`.

    Clamped values pass no gradient. Only predicted noise needs a division, by sqrt(gamma), which is 0.08 at the last
    step. Clamping before the division saves a pass over the image.
    """
    root, rest = math.sqrt(schedule.gamma[t]), math.sqrt(1.0 - schedule.gamma[t])
    if schedule.prediction == "noise":
        return torch.sub(noisy, predicted, alpha=rest).clamp(-root, root).mul_(scale / root)
    clean = predicted if schedule.prediction == "image" else torch.sub(noisy * root, predicted, alpha=rest)
    return clean.clamp(-1.0, 1.0).mul_(scale)


def predict_noise(schedule: Schedule, noisy: Tensor, predicted: Tensor, t: int) -> Tensor:
    """The noise that the network's prediction implies at step `t`.

    Only a predicted image needs a division, by sqrt(1 - gamma), which is 0.001 at step 0. It is not clamped first.
    """
    root, rest = math.sqrt(schedule.gamma[t]), math.sqrt(1.0 - schedule.gamma[t])
    if schedule.prediction == "noise":
        return predicted
    if schedule.prediction == "v":
        return torch.add(noisy * rest, predicted, alpha=root)
    return torch.sub(noisy, predicted, alpha=root) / rest


def ddpm_step(schedule: Schedule, noisy: Tensor, predicted: Tensor, t: int, eta: float, draw: Draw) -> Tensor:
    """x_t -> x_(t-1) of the full chain: posterior mean plus `eta` times its standard deviation, none at t = 0."""
    if schedule.prediction == "noise":  # with the published buffers
        root, rest = schedule.sqrt_reciprocal_gammas[t].item(), schedule.sqrt_reciprocal_gammas_m1[t].item()
        clean = torch.sub(noisy * root, predicted, alpha=rest).clamp(-1.0, 1.0)
    else:
        clean = predict_clean(schedule, noisy, predicted, t)
    mean = clean * schedule.posterior_mean_coef1[t].item() + noisy * schedule.posterior_mean_coef2[t].item()
    if t == 0 or eta == 0:
        return mean
    return torch.add(mean, draw(), alpha=eta * math.exp(0.5 * schedule.posterior_log_variance[t].item()))


def ddim_step(
    schedule: Schedule, noisy: Tensor, predicted: Tensor, t: int, previous: int, eta: float, draw: Draw
) -> Tensor:
    """x_t -> x_previous (arXiv 2010.02502, eq. 12). The noise is not recomputed from the clamped image."""
    gamma, gamma_previous = schedule.gamma[t], schedule.gamma[previous]
    sigma = eta * math.sqrt((1 - gamma_previous) / (1 - gamma) * max(0.0, 1 - gamma / gamma_previous))
    direction = math.sqrt(max(0.0, 1 - gamma_previous - sigma**2))
    clean = predict_clean(schedule, noisy, predicted, t, scale=math.sqrt(gamma_previous))
    result = torch.add(clean, predict_noise(schedule, noisy, predicted, t), alpha=direction)
    return torch.add(result, draw(), alpha=sigma) if eta > 0 else result


def ddim_sample(
    denoise: Denoise,
    start: Tensor,
    schedule: Schedule,
    times: Sequence[int],
    *,
    eta: float,
    draw: Draw,
    checkpointed: bool = False,
) -> Tensor:
    """Denoise `start` (n, 3, H, W) along `times` to an image. The last update ends at gamma_0, as published, not at 1.

    With `eta` > 0 noise is added at each step, including the last (about 9.6e-4 at eta = 1). `checkpointed` keeps only
    the input of each step and calls the network again in the backward pass: ten calls in the memory of one.
    """

    def step(noisy: Tensor, t: int, previous: int) -> Tensor:
        predicted = denoise(noisy, _filled(noisy, t))
        return ddim_step(schedule, noisy, predicted, t, previous, eta, draw)

    noisy = start
    for i in reversed(range(len(times))):
        t, previous = times[i], times[i - 1] if i > 0 else 0
        if checkpointed and eta == 0:
            noisy = checkpoint(step, noisy, t, previous, use_reentrant=False)
        elif checkpointed:  # noise is drawn outside the checkpoint, which runs its function twice
            predicted = checkpoint(denoise, noisy, _filled(noisy, t), use_reentrant=False)
            noisy = ddim_step(schedule, noisy, predicted, t, previous, eta, draw)
        else:
            noisy = step(noisy, t, previous)
    return noisy


def ddpm_sample(denoise: Denoise, start: Tensor, schedule: Schedule, *, eta: float, draw: Draw) -> Tensor:
    """Denoise `start` along all T steps: the sampler of the paper's row without phase 2."""
    noisy = start
    for t in reversed(range(schedule.steps)):
        noisy = ddpm_step(schedule, noisy, denoise(noisy, _filled(noisy, t)), t, eta, draw)
    return noisy


@torch.no_grad()
def invert(
    denoise: Denoise,
    clean: Tensor,
    schedule: Schedule,
    times: Sequence[int],
    *,
    first_noise: Tensor | None,
    pass_time: bool = True,
) -> Tensor:
    """Invert `clean` along `times` to the noise from which the DDIM chain leads back to it (section 3.4).

    The first update, to times[0], adds `first_noise`, as the authors' code does; for None the noise is predicted at
    step 0 (equation 13). `pass_time` False omits the step in each network call, as the authors' code does with a
    condition.
    """

    def predict(noisy: Tensor, t: int) -> Tensor:
        return denoise(noisy, _filled(noisy, t) if pass_time else None)

    if first_noise is None:
        first_noise = predict_noise(schedule, clean, predict(clean, 0), 0)
    first = schedule.gamma[times[0]]
    noisy = torch.add(clean * math.sqrt(first), first_noise, alpha=math.sqrt(1 - first))
    for t, following in pairwise(times):
        gamma, predicted = schedule.gamma[following], predict(noisy, t)
        kept = predict_clean(schedule, noisy, predicted, t, scale=math.sqrt(gamma))
        noisy = torch.add(kept, predict_noise(schedule, noisy, predicted, t), alpha=math.sqrt(1 - gamma))
    return noisy


class NoiseStream:
    """Standard normal noise with one generator per image, so that the noise of an image does not depend on its batch.

    It is drawn on the CPU by default, so the same seeds give the same noise on all devices.
    """

    def __init__(
        self, seeds: Sequence[int], shape: Sequence[int], device: torch.device | str = "cpu", draw_on: str = "cpu"
    ) -> None:
        self.shape, self.device = tuple(shape), torch.device(device)
        self.generators = [torch.Generator(draw_on).manual_seed(seed) for seed in seeds]

    def __call__(self) -> Tensor:
        """The next noise, float32 (n, *shape) on the device."""
        noises = [torch.randn(self.shape, generator=g, device=g.device) for g in self.generators]
        return torch.stack(noises).to(self.device, non_blocking=True)


def _gamma_of(schedule: Schedule, images: Tensor, t: Tensor) -> Tensor:
    """gamma at the steps `t` (n,), in the type of `images` and on their device, as (n, 1, 1, 1)."""
    return schedule.gammas.to(images.device)[t].to(images.dtype)[:, None, None, None]


def _filled(images: Tensor, t: int) -> Tensor:
    return torch.full((len(images),), t, dtype=torch.int64, device=images.device)
