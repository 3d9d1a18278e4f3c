"""The plain form of `animediffusion` and `benchmark.training.batches`, to measure against: the same weights and
results, with contiguous layout, attention written out, constants looked up at every step, one picture at a time.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor, nn

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.diffusion import Network, Schedule
from animediffusion.sampling import build_unet
from animediffusion.unet import SelfAttention, UNet
from benchmark.data.warp import CORNERS, Warp


class WrittenOutAttention(nn.Module):
    """`SelfAttention` with its matrix of weights in memory."""

    def __init__(self, module: SelfAttention) -> None:
        super().__init__()
        self.heads, self.attention = module.heads, module.attention

    def forward(self, x: Tensor) -> Tensor:
        """(n, C, H, W) -> (n, C, H, W)."""
        n, channels = x.shape[:2]
        projected = self.attention(x.reshape(n, channels, -1))
        width = channels // self.heads
        query, key, value = (part.reshape(n * self.heads, width, -1) for part in projected.chunk(3, dim=1))
        weights = torch.einsum("bct,bcs->bts", query * width**-0.25, key * width**-0.25).softmax(dim=-1)
        return x + torch.einsum("bts,bcs->bct", weights, value).reshape(x.shape)


def plain_unet(config: AnimeDiffusionConfig, weights: nn.Module) -> UNet:
    """The configured network, contiguous, with the weights of `weights`."""
    unet = build_unet(config).to(memory_format=torch.contiguous_format)
    attention = unet.bottom_block[1]
    assert isinstance(attention, SelfAttention)
    unet.bottom_block[1] = WrittenOutAttention(attention)
    unet.load_state_dict(weights.state_dict())
    return unet.to(next(weights.parameters()).device)


def plain_noised(schedule: Schedule, clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """q(x_t | x_0)."""
    gamma = _looked_up(schedule.gammas, t)
    return gamma.sqrt() * clean + (1 - gamma).sqrt() * noise


def plain_ddim(
    unet: Network, line: Tensor, reference: Tensor, start: Tensor, schedule: Schedule, times: Sequence[int], eta: float
) -> list[Tensor]:
    """The pictures after each DDIM step; noise is drawn at every step even where `eta` is 0."""
    noisy, pictures = start, []
    for previous, t in reversed(list(pairwise([0, *times]))):
        steps, previous_steps = _steps(noisy, t), _steps(noisy, previous)
        predicted = unet(torch.cat([noisy, line, reference], dim=1), steps)
        gamma, gamma_previous = _looked_up(schedule.gammas, steps), _looked_up(schedule.gammas, previous_steps)
        clean = ((noisy - (1 - gamma).sqrt() * predicted) / gamma.sqrt()).clamp(-1, 1)
        sigma = eta * ((1 - gamma_previous) / (1 - gamma) * (1 - gamma / gamma_previous)).sqrt()
        direction = (1 - gamma_previous - sigma**2).sqrt() * predicted
        noisy = gamma_previous.sqrt() * clean + direction + sigma * torch.randn_like(noisy)
        pictures.append(noisy)
    return pictures


@torch.no_grad()
def plain_inversion(
    unet: Network, line: Tensor, reference: Tensor, source: Tensor, schedule: Schedule, times: Sequence[int]
) -> Tensor:
    """The noise that leads back to `source`."""
    noisy = source
    for t, following in pairwise([0, *times]):
        steps = _steps(noisy, t)
        predicted = unet(torch.cat([noisy, line, reference], dim=1), steps)
        gamma, gamma_following = (
            _looked_up(schedule.gammas, steps),
            _looked_up(schedule.gammas, _steps(noisy, following)),
        )
        clean = source if t == 0 else ((noisy - (1 - gamma).sqrt() * predicted) / gamma.sqrt()).clamp(-1, 1)
        noisy = gamma_following.sqrt() * clean + (1 - gamma_following).sqrt() * predicted
    return noisy


def plain_optimizer(model: nn.Module, rate: float) -> torch.optim.Optimizer:
    """Adam as PyTorch makes it on a CPU unless told otherwise: a loop over the parameters."""
    return torch.optim.Adam(model.parameters(), lr=rate, foreach=False, fused=False)


def plain_item(color: Path, line: Path, warp: Warp) -> tuple[Tensor, Tensor, Tensor]:
    """Target (3, H, W), line (1, H, W), warped reference (3, H, W) of one sample, decoded and warped anew each time."""
    with Pillow.open(color) as file:
        picture = np.asarray(file.convert("RGB"))
    with Pillow.open(line) as file:
        drawing = np.asarray(file.convert("L"))[..., None]
    parts = (picture, drawing, plain_warp(picture, warp))
    target, drawn, reference = (torch.from_numpy(part.copy()).permute(2, 0, 1).float() / 255 for part in parts)
    return (target - 0.5) / 0.5, (drawn - 0.5) / 0.5, (reference - 0.5) / 0.5


def plain_warp(image: NDArray[np.uint8], warp: Warp) -> NDArray[np.uint8]:
    """The thin-plate spline fitted and evaluated for x and y at every pixel of uint8 (H, W, 3)."""
    height, width = image.shape[:2]
    source = np.array([*CORNERS, (warp.p1, warp.p1), (warp.p2, warp.p2)])
    target = np.array([*CORNERS, *((end, end) for end in warp.targets)])
    basis = np.hstack([np.ones((6, 1)), target])
    between = _radial(np.linalg.norm(target[:, None] - target[None], axis=-1))
    system = np.block([[between, basis], [basis.T, np.zeros((3, 3))]])
    grid = np.stack(np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height)), axis=-1)  # (H, W, 2)
    maps = []
    for axis, side in enumerate((width, height)):
        weights = np.linalg.solve(system, np.append(source[:, axis] - target[:, axis], np.zeros(3)))
        radial = _radial(np.linalg.norm(grid[:, :, None] - target, axis=-1))  # (H, W, 6)
        spline = radial @ weights[:6] + weights[6] + grid @ weights[7:]
        maps.append(((grid[..., axis] + spline) * side).astype(np.float32))
    return np.asarray(cv2.remap(image, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0), np.uint8)


def relative_error(result: Tensor, expected: Tensor) -> float:
    """Relative L2 distance."""
    return float((result - expected).detach().norm() / expected.detach().norm())


def _steps(images: Tensor, t: int) -> Tensor:
    return torch.full((len(images),), t, dtype=torch.int64, device=images.device)


def _looked_up(values: Tensor, steps: Tensor) -> Tensor:
    return values.to(steps.device).gather(0, steps).reshape(-1, 1, 1, 1)


def _radial(r: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(r * r * np.log(r + 1e-6), np.float64)
