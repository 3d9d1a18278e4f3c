"""Augmentation of training batches, which no published method has: colours, patches, mirroring, affine maps.

The changes of a sample are derived from its seed, so they do not depend on its batch.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.core.seeds import derive_seed
from benchmark.training.batches import Batch
from benchmark.training.config import AugmentConfig

SHIFT = 0.15  # largest shift of a bent reference, as a share of its side
TURN = math.radians(20)  # largest turn
SCALE = 1.35  # largest enlargement, and the divisor of the smallest
UNBENT = 0.2  # share of references without an affine map
LATTICE = 3  # grid points of a random colour map along each channel
PATCHES = 6  # ellipses on a sample
GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601


def changed_colors(colors: Tensor, config: AugmentConfig, seeds: Sequence[int]) -> Tensor:
    """Colours (n, 3, H, W) in 0..255, mirrored and with other colours, before the warp makes the references of them.

    The warp comes last because it is not symmetric: its points lie on one diagonal.
    """
    unit = colors / 255
    if config.mirror:
        unit = _mirrored(unit, seeds)
    if config.colors > 0:
        unit = recolored(unit, *_color_changes(unit, config.colors, seeds))
    if config.palette > 0:
        unit = remapped(unit, _lattices(unit, config.palette, seeds))
    if config.patches > 0:
        draws = _uniform(unit, seeds, "patches", PATCHES * 10).view(-1, PATCHES, 10)
        for patch in draws.unbind(1):
            unit = patched(unit, patch, config.patches)
    return unit * 255


def changed_places(batch: Batch, config: AugmentConfig, seeds: Sequence[int]) -> Batch:
    """The batch of `changed_colors`, with its lines mirrored too, and with bent references."""
    if config.mirror:
        batch = replace(batch, line=_mirrored(batch.line, seeds))
    if config.bend > 0:
        batch = replace(batch, reference=bent(batch.reference, _placements(batch.target, config.bend, seeds)))
    return batch


def recolored(images: Tensor, gains: Tensor, gammas: Tensor, saturation: Tensor, order: Tensor) -> Tensor:
    """Images (n, 3, H, W) in [0, 1] with changed colours.

    Applies in this order: channel `order` (n, 3), `saturation` (n, 1), the exponents `gammas` (n, 1), `gains` (n, 3).
    """
    unit = torch.stack([image[channels] for image, channels in zip(images, order, strict=True)])
    grey = (unit * unit.new_tensor(GREY)[:, None, None]).sum(1, keepdim=True)
    unit = torch.lerp(grey, unit, saturation[..., None, None]).clamp(0, 1)
    return (unit ** gammas[..., None, None] * gains[..., None, None]).clamp(0, 1)


def remapped(images: Tensor, lattices: Tensor) -> Tensor:
    """Images (n, 3, H, W) in [0, 1] under colour maps (n, 3, K, K, K) in [0, 1], interpolated linearly.

    The axes of a map are blue, green and red; its values at the K ** 3 grid points are RGB.
    """
    grid = (images.permute(0, 2, 3, 1) * 2 - 1)[:, None]  # (n, 1, H, W, 3): red, green, blue
    return F.grid_sample(lattices, grid, mode="bilinear", padding_mode="border", align_corners=True)[:, :, 0]


def patched(images: Tensor, draws: Tensor, strength: float) -> Tensor:
    """Images (n, 3, H, W) in [0, 1], each with one ellipse of one colour laid over it, from uniform draws (n, 10).

    Centre, turn, two radii (0.05 to 0.6 of the side), softness of the edge, opacity (up to `strength`) and colour.
    """
    height, width = images.shape[-2:]
    y = torch.linspace(0, 1, height, device=images.device)[:, None]
    x = torch.linspace(0, 1, width, device=images.device)
    left, top, turn, long, short, soft, opacity = draws[:, :7, None, None].unbind(1)
    cos, sin = (math.pi * turn).cos(), (math.pi * turn).sin()
    u, v = (x - left) * cos + (y - top) * sin, (y - top) * cos - (x - left) * sin
    distance = torch.hypot(u / (0.05 * 12**long), v / (0.05 * 12**short))
    mask = torch.sigmoid((1 - distance) / (0.02 + 0.5 * soft**2)) * strength * opacity
    return torch.lerp(images, draws[:, 7:, None, None].expand_as(images), mask[:, None])


def bent(images: Tensor, placements: Tensor) -> Tensor:
    """Images (n, 3, H, W) under affine maps (n, 2, 3) from output to input positions in [-1, 1]; reflected borders."""
    grid = F.affine_grid(placements, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _mirrored(images: Tensor, seeds: Sequence[int]) -> Tensor:
    """Images (n, C, H, W), half of them mirrored, chosen by their seeds."""
    chosen = _uniform(images, seeds, "mirror", 1)[:, 0] < 0.5
    return torch.where(chosen[:, None, None, None], images.flip(-1), images)


def _color_changes(like: Tensor, strength: float, seeds: Sequence[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gains (n, 3), gammas (n, 1), saturation (n, 1) and channel order (n, 3) of each sample."""
    draws = _uniform(like, seeds, "colors", 9)
    gains = 1 - 0.3 * strength * draws[:, :3]
    gammas = torch.exp(strength * (1.2 * draws[:, 3:4] - 0.5))
    saturation = 1 + strength * (0.8 * draws[:, 4:5] - 0.6)
    order = torch.where(draws[:, 5:6] < 0.5 * strength, draws[:, 6:9].argsort(1), torch.arange(3, device=like.device))
    return gains, gammas, saturation, order


def _lattices(like: Tensor, strength: float, seeds: Sequence[int]) -> Tensor:
    """Colour maps (n, 3, K, K, K) of each sample: the identity, moved at each grid point but black; see `remapped`."""
    axis = torch.linspace(0, 1, LATTICE, device=like.device)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    draws = _uniform(like, seeds, "palette", 3 * LATTICE**3).view(-1, 3, LATTICE, LATTICE, LATTICE)
    moves = (1.5 * draws - 0.25).clamp(0, 1)  # a third of the values are 0 or 1: strong colours
    share = strength * _uniform(like, seeds, "palette strength", 1)[:, 0]
    moved = torch.lerp(torch.stack([red, green, blue]).expand_as(moves), moves, share[:, None, None, None, None])
    moved[:, :, 0, 0, 0] = 0  # ink stays black
    return moved


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
