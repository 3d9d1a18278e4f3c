"""CBAM against its formulas, written out."""

import pytest
import torch

from benchmark.methods.cbam import Cbam


def test_channels_are_weighted_first_and_pixels_second() -> None:
    torch.manual_seed(0)
    block, x = Cbam(32).double(), torch.randn(2, 32, 9, 9).double()
    first, second = (block.channel_attention.fc[index].weight for index in (0, 2))

    def squeeze(pooled: torch.Tensor) -> torch.Tensor:
        return (pooled @ first.T).clamp(min=0) @ second.T

    channels = torch.sigmoid(squeeze(x.amax((2, 3))) + squeeze(x.mean((2, 3))))
    weighted = x * channels[:, :, None, None]
    summary = torch.stack([weighted.amax(1), weighted.mean(1)], dim=1)
    pixels = torch.sigmoid(torch.nn.functional.conv2d(summary, block.spatial_attention.conv.weight, padding=3))
    torch.testing.assert_close(block(x), weighted * pixels)


def test_too_few_channels_are_refused() -> None:
    assert Cbam(8, 1).channel_attention.fc[0].out_features == 1
    with pytest.raises(ValueError, match="needs at least 16 channels, not 8"):
        Cbam(8)
