"""Sampling: from line, reference and noise to a picture, and the colorizer of a trained network."""

import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from animediffusion.config import AnimeDiffusionConfig, SamplingConfig
from animediffusion.diffusion import (
    Denoise,
    Draw,
    Network,
    NoiseStream,
    Schedule,
    ddim_sample,
    ddim_times,
    ddpm_sample,
    invert,
    make_schedule,
)
from animediffusion.unet import UNet
from benchmark.methods.resizing import batch_shape, enlarge, inner_size, shrunk
from benchmark.training.batches import normalised, to_uint8


def build_unet(config: AnimeDiffusionConfig) -> UNet:
    """The configured network with initial weights, in channels-last layout."""
    unet = UNet(**config.unet.model_dump())
    return unet.to(memory_format=torch.channels_last)


def build_schedule(config: AnimeDiffusionConfig) -> Schedule:
    """The configured noise schedule."""
    diffusion = config.diffusion
    return make_schedule(diffusion.steps, getattr(torch, diffusion.dtype), diffusion.prediction)


def conditioned(unet: Network, line: Tensor, reference: Tensor, guidance_scale: float = 1.0) -> Denoise:
    """`unet` with a fixed condition: line (n, 1, H, W), reference (n, 3, H, W) in [-1, 1].

    A `guidance_scale` other than 1 extrapolates from the prediction without condition (line and reference 0) to the
    prediction with it.
    """
    blank = torch.zeros_like(torch.cat([line, reference], dim=1)[:, :3])
    held = torch.cat([blank, line, reference], dim=1).contiguous(memory_format=torch.channels_last)

    def denoise(noisy: Tensor, t: Tensor | None) -> Tensor:
        if torch.is_grad_enabled():
            return _called(unet, torch.cat([noisy, line, reference], dim=1), t)
        held[:, :3] = noisy  # without gradients the chain reuses one buffer
        return _called(unet, held, t)

    def guided(noisy: Tensor, t: Tensor | None) -> Tensor:
        free = _called(unet, F.pad(noisy, (0, 0, 0, 0, 0, 4)), t).clone()  # CUDA graphs reuse the buffer
        return torch.lerp(free, denoise(noisy, t), guidance_scale)

    return denoise if guidance_scale == 1 else guided


def sample(
    denoise: Denoise, reference: Tensor, schedule: Schedule, config: SamplingConfig, seeds: Sequence[int]
) -> Tensor:
    """Pictures (n, 3, H, W) in [-1, 1] for references of that shape, with noise from one seed per picture."""
    draw = NoiseStream(seeds, reference.shape[1:], reference.device)
    times = ddim_times(schedule.steps, config.steps, config.grid)
    source = None if config.start_noise == "gaussian" else reference
    start = chain_start(denoise, source, schedule, times, draw, config.inversion_start, config.inversion_time)
    if config.sampler == "ddpm":
        return ddpm_sample(denoise, start, schedule, eta=config.eta, draw=draw)
    return ddim_sample(denoise, start, schedule, times, eta=config.eta, draw=draw)


def chain_start(
    denoise: Denoise,
    source: Tensor | None,
    schedule: Schedule,
    times: Sequence[int],
    draw: Draw,
    first_update: Literal["network", "noise"],
    time: Literal["pass", "omit"],
) -> Tensor:
    """The start noise (n, 3, H, W) of a chain: `source` inverted, or Gaussian noise for None.

    `first_update` is the noise of the inversion's first update: "noise" is random, "network" is predicted at step 0.
    `time` "omit" omits the step in the network calls of the inversion.
    """
    if source is None:
        return draw()
    first_noise = draw() if first_update == "noise" else None
    return invert(denoise, source, schedule, times, first_noise=first_noise, pass_time=time == "pass")


class AnimeDiffusionColorizer:
    """The colorizer of a trained network. Pictures of any size are painted at the trained resolution and enlarged."""

    def __init__(
        self, unet: UNet, config: AnimeDiffusionConfig, device: str, sampling: SamplingConfig | None = None
    ) -> None:
        self.unet = unet.to(device).to(memory_format=torch.channels_last).eval()
        self.config, self.sampling, self.device = config, sampling or config.sampling, device
        self.schedule = build_schedule(config)
        self.network: Network = self.unet
        if self.sampling.compile:
            from benchmark.training.compiling import compiled  # a second to import

            self.network = compiled(self.unet, graphs=True)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the score card: sampler and start noise."""
        s = self.sampling
        start = f"starts from {s.start_noise} noise, sampler {s.sampler}"
        how = f"{start}, {s.steps} steps, eta {s.eta:g}" if s.sampler == "ddim" else f"{start}, eta {s.eta:g}"
        if s.start_noise != "invert-reference":
            return (how,)
        return (how, "in self-reference tests, the start noise contains part of the target")

    @torch.inference_mode()
    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """Lines (n, 1, H, W), references (n, 3, H, W), n seeds, uint8 -> uint8 (n, 3, H, W)."""
        _, height, width = batch_shape(lines, references, seeds)
        full = torch.from_numpy(np.ascontiguousarray(lines)).to(self.device).float()
        size = inner_size(height, width, self.config.resolution, self.unet.side_multiple)
        line = normalised(shrunk(full, size))
        colors = torch.from_numpy(np.ascontiguousarray(references)).to(self.device).float()
        reference = normalised(shrunk(colors, size))
        denoise = conditioned(self.network, line, reference, self.sampling.guidance_scale)
        painted = sample(denoise, reference, self.schedule, self.sampling, seeds)
        if size != (height, width):
            painted = enlarge(painted, line, normalised(full), self.sampling.upsampling)
        result: NDArray[np.uint8] = to_uint8(painted).cpu().numpy()
        return result


def warn_of_other_start(config: AnimeDiffusionConfig, sampling: SamplingConfig, phase: str) -> None:
    """Warn when sampling starts from other noise than phase 2 did, which makes hazy pictures."""
    trained = config.phase2.start_noise
    if phase == "phase2" and sampling.start_noise != trained:
        warnings.warn(
            f"sampling starts from {sampling.start_noise} noise, but phase 2 trained from {trained}, "
            f"which makes the pictures worse (sampling.start_noise)",
            stacklevel=3,
        )


def _called(unet: Network, inputs: Tensor, t: Tensor | None) -> Tensor:
    return unet(inputs, t).float()
