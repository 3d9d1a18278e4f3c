"""Augmentation of training batches, which the paper does not have: mirrored samples, other colours, affine references.

The changes of a sample are derived from its seed, so they do not depend on its batch.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from animediffusion.config import AugmentConfig
from benchmark.core.seeds import derive_seed
from benchmark.training.batches import Batch

SHIFT = 0.15  # largest shift of a bent reference, as a share of its side
TURN = math.radians(20)  # largest turn
SCALE = 1.35  # largest enlargement, and the divisor of the smallest
UNBENT = 0.2  # share of references without an affine map
GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601


def augmented(batch: Batch, config: AugmentConfig, seeds: Sequence[int]) -> Batch:
    """The batch with the augmentation of `config`, with one seed per sample."""
    if config.mirror:
        batch = _mirrored(batch, _uniform(batch.target, seeds, "mirror", 1)[:, 0] < 0.5)
    if config.colors > 0:
        gains, gammas, saturation, order = _color_changes(batch.target, config.colors, seeds)
        target = recolored(batch.target, gains, gammas, saturation, order)
        batch = replace(batch, target=target, reference=recolored(batch.reference, gains, gammas, saturation, order))
    if config.bend > 0:
        batch = replace(batch, reference=bent(batch.reference, _placements(batch.target, config.bend, seeds)))
    return batch


def recolored(images: Tensor, gains: Tensor, gammas: Tensor, saturation: Tensor, order: Tensor) -> Tensor:
    """Images (n, 3, H, W) in [-1, 1] with changed colours.

    Applies in this order: channel `order` (n, 3), `saturation` (n, 1), the exponents `gammas` (n, 1), `gains` (n, 3).
    """
    unit = torch.stack([image[channels] for image, channels in zip(images, order, strict=True)]) * 0.5 + 0.5
    grey = (unit * unit.new_tensor(GREY)[:, None, None]).sum(1, keepdim=True)
    unit = torch.lerp(grey, unit, saturation[..., None, None]).clamp(0, 1)
    return (unit ** gammas[..., None, None] * gains[..., None, None]).clamp(0, 1) * 2 - 1


def bent(images: Tensor, placements: Tensor) -> Tensor:
    """Images (n, 3, H, W) under affine maps (n, 2, 3) from output to input positions in [-1, 1]; reflected borders."""
    grid = F.affine_grid(placements, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _mirrored(batch: Batch, chosen: Tensor) -> Batch:
    """The batch with the `chosen` samples (n,) mirrored: target, line and reference."""
    parts = (batch.target, batch.line, batch.reference)
    target, line, reference = (torch.where(chosen[:, None, None, None], part.flip(-1), part) for part in parts)
    return replace(batch, target=target, line=line, reference=reference)


def _color_changes(like: Tensor, strength: float, seeds: Sequence[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gains (n, 3), gammas (n, 1), saturation (n, 1) and channel order (n, 3) of each sample."""
    draws = _uniform(like, seeds, "colors", 9)
    gains = 1 - 0.3 * strength * draws[:, :3]
    gammas = torch.exp(strength * (1.2 * draws[:, 3:4] - 0.5))
    saturation = 1 + strength * (0.8 * draws[:, 4:5] - 0.6)
    order = torch.where(draws[:, 5:6] < 0.5 * strength, draws[:, 6:9].argsort(1), torch.arange(3, device=like.device))
    return gains, gammas, saturation, order


def _placements(like: Tensor, strength: float, seeds: Sequence[int]) -> Tensor:
    """Affine maps (n, 2, 3): mirror, turn, scale and shift; the identity for a share of `UNBENT`."""
    draws = _uniform(like, seeds, "bend", 6)
    signed = strength * (2 * draws - 1)
    angle, size, shift = TURN * signed[:, 0], SCALE ** signed[:, 1], 2 * SHIFT * signed[:, 2:4]
    side = torch.where(draws[:, 4] < 0.5 * strength, -1.0, 1.0)
    cos, sin = angle.cos() / size, angle.sin() / size
    maps = torch.stack([cos * side, -sin, shift[:, 0], sin * side, cos, shift[:, 1]], 1).view(-1, 2, 3)
    identity = torch.eye(2, 3, device=like.device).expand_as(maps)
    return torch.where(draws[:, 5, None, None] < UNBENT, identity, maps)


def _uniform(like: Tensor, seeds: Sequence[int], purpose: str, count: int) -> Tensor:
    """`count` uniform numbers in [0, 1) for each sample, from its seed, on the device of `like`."""
    generators = [torch.Generator().manual_seed(derive_seed(seed, purpose)) for seed in seeds]
    return torch.stack([torch.rand(count, generator=generator) for generator in generators]).to(like.device)
