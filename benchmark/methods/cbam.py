"""CBAM, convolutional block attention (arXiv 1807.06521), with the module names of the published codes."""

from typing import cast

import torch
from torch import Tensor, nn


class Cbam(nn.Module):
    """Weights per channel, then weights per pixel (arXiv 1807.06521, sections 3.1 and 3.2)."""

    def __init__(self, channels: int, squeezed: int | None = None) -> None:
        """`squeezed` is the hidden width of the channel attention; None means `channels // 16`.

        Raises ValueError when that is 0.
        """
        super().__init__()
        self.channel_attention = _ChannelAttention(channels, channels // 16 if squeezed is None else squeezed)
        self.spatial_attention = _SpatialAttention()

    def forward(self, x: Tensor) -> Tensor:
        """Features (n, C, H, W) -> weighted features of the same shape."""
        x = x * self.channel_attention(x)
        return cast(Tensor, x * self.spatial_attention(x))


class _ChannelAttention(nn.Module):
    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        if squeezed == 0:
            raise ValueError(f"CBAM needs at least 16 channels, not {channels}")
        self.fc = nn.Sequential(
            nn.Linear(channels, squeezed, bias=False), nn.ReLU(), nn.Linear(squeezed, channels, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.sigmoid(self.fc(x.amax(dim=(2, 3))) + self.fc(x.mean(dim=(2, 3))))
        return weight[:, :, None, None]


class _SpatialAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        summary = torch.cat([x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)], dim=1)
        return torch.sigmoid(self.conv(summary))
