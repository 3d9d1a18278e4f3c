"""Training batches: samples are copied to the device as bytes, and unpacked, warped and normalised there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from benchmark.core.errors import AnibenchError
from benchmark.core.seeds import derive_seed
from benchmark.data.warp import Warp, draw_warp, warp_tables, warp_weights
from benchmark.training.config import Border
from benchmark.training.pack import Pack

Augment = Callable[[Tensor], Tensor]
"""Colours, float (n, 3, S, S) in 0..255 -> augmented colours of the same shape and range."""


@dataclass(frozen=True)
class Batch:
    """Samples ready for a network: float32 in [-1, 1], white paper is +1."""

    ids: tuple[str, ...]
    target: Tensor  # (n, 3, R, R)
    line: Tensor  # (n, 1, R, R)
    reference: Tensor  # (n, 3, R, R)

    def __len__(self) -> int:
        return len(self.ids)


class Batcher:
    """Makes batches of a pack on one device."""

    def __init__(self, pack: Pack, device: torch.device | str) -> None:
        self.pack, self.device = pack, torch.device(device)
        self.warper = Warper(pack.side, pack.side, self.device)

    def __call__(
        self,
        ids: Sequence[str],
        warp_seeds: Sequence[int] | None,
        augment: Augment | None = None,
        references: Sequence[str] | None = None,
        border: Border = "black",
    ) -> Batch:
        """The samples of `ids` and a reference for each, warped by its seed with this `border`, or unwarped for None.

        The reference is the sample's own colour picture, or that of the sample which `references` names. `augment`
        changes the colours before the warp, so that target and own reference have the same change. Pictures are reduced
        to the pack's resolution last, as in tests. Raises KeyError for an unknown id.
        """
        colors, stored = (self._moved(part) for part in self.pack.gather(ids))
        color = self._prepared(colors, augment)
        lines = unpack_bits(stored, self.pack.resolution) if self.pack.binary else stored[:, None].float()
        reference = color
        if references is not None and list(references) != list(ids):
            reference = self._prepared(self._moved(self.pack.gather(references)[0]), augment)
        if warp_seeds is not None:
            mirrored = [_mirrored(border, seed) for seed in warp_seeds]
            reference = self.warper(reference, [draw_warp(seed) for seed in warp_seeds], mirrored)
        return Batch(tuple(ids), self._reduced(color), normalised(lines), self._reduced(reference))

    def _reduced(self, images: Tensor) -> Tensor:
        """Float (n, 3, S, S) of 0..255 -> (n, 3, R, R) in [-1, 1], means of pixels."""
        factor = self.pack.side // self.pack.resolution
        return normalised(images if factor == 1 else F.avg_pool2d(images, factor))

    def _prepared(self, colors: Tensor, augment: Augment | None) -> Tensor:
        """Bytes (n, S, S, 3) -> float (n, 3, S, S) in 0..255, changed by `augment`."""
        color = colors.permute(0, 3, 1, 2).float()
        return color if augment is None else augment(color)

    def _moved(self, array: NDArray[np.uint8]) -> Tensor:
        tensor = torch.from_numpy(array)
        if self.device.type == "cuda":
            tensor = tensor.pin_memory()
        return tensor.to(self.device, non_blocking=True)


class Warper:
    """The thin-plate-spline warp of `benchmark.data.warp` for a batch. The results agree within one grey level."""

    def __init__(self, height: int, width: int, device: torch.device | str) -> None:
        self.height, self.width, self.device = height, width, torch.device(device)
        moving, fixed = warp_tables(height, width)
        self.moving = torch.from_numpy(moving).to(device)  # (91, H, W)
        self.fixed = torch.from_numpy(fixed.reshape(7, -1)).to(device)  # (7, H * W)
        self.x = torch.linspace(0, 1, width, device=device)
        self.y = torch.linspace(0, 1, height, device=device)[:, None]

    def maps(self, warps: Sequence[Warp]) -> tuple[Tensor, Tensor]:
        """The source coordinates x and y of each output pixel, in pixels: two float32 (n, H, W)."""
        solved, solved_rows = warp_weights(warps)
        weights = torch.from_numpy(solved.astype(np.float32)).to(self.device, non_blocking=True)
        rows = torch.from_numpy(solved_rows).to(self.device, non_blocking=True)
        field = (weights[:, 2:] @ self.fixed).view(-1, self.height, self.width)
        for point in range(2):
            field = torch.addcmul(field, weights[:, point, None, None], self.moving[rows[:, point]])
        return (self.x + field) * self.width, (self.y + field) * self.height

    def __call__(self, images: Tensor, warps: Sequence[Warp], mirrored: Sequence[bool] | None = None) -> Tensor:
        """Warp float images (n, 3, H, W) of 0..255 and round them to whole grey levels, as in 8-bit pictures.

        Outside the picture lies black, as published, or for images that are `mirrored` the picture, mirrored at the
        centres of its outermost pixels.
        """
        map_x, map_y = self.maps(warps)
        grid = torch.stack([map_x * (2 / (self.width - 1)) - 1, map_y * (2 / (self.height - 1)) - 1], dim=-1)
        flags = mirrored or [False] * len(warps)
        if len(set(flags)) == 1:
            warped = _sampled(images, grid, flags[0])
        else:
            warped = torch.empty_like(images)
            for flag in (False, True):
                rows = [row for row, each in enumerate(flags) if each == flag]
                warped[rows] = _sampled(images[rows], grid[rows], flag)
        return warped.round_().clamp_(0, 255)


def _sampled(images: Tensor, grid: Tensor, mirrored: bool) -> Tensor:
    padding = "reflection" if mirrored else "zeros"
    return F.grid_sample(images, grid, mode="bicubic", padding_mode=padding, align_corners=True)


def _mirrored(border: Border, seed: int) -> bool:
    return border == "mirror" or (border == "both" and derive_seed(seed, "border") % 2 == 1)


def unpack_bits(bits: Tensor, side: int) -> Tensor:
    """Packed bits uint8 (n, side * side / 8), most significant first -> float (n, 1, side, side) of 0 and 255."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=bits.device)
    return ((bits[:, :, None] >> shifts) & 1).view(-1, 1, side, side).float() * 255


def normalised(images: Tensor) -> Tensor:
    """0..255 -> float [-1, 1]."""
    return images.float() / 127.5 - 1


def to_uint8(images: Tensor) -> Tensor:
    """[-1, 1] -> uint8, clamped and rounded. The authors' code truncates, which darkens by half a level.

    Raises AnibenchError for NaN and infinite values.
    """
    if not images.isfinite().all():
        raise AnibenchError("the network's output is NaN or infinite: its weights have diverged; train it again")
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
