"""The network of the learnt detector."""

import torch

from builder.faces.learnt.decode import CHANNELS, STRIDE
from builder.faces.learnt.network import FaceNetwork


def test_maps_have_one_cell_for_eight_pixels_and_are_small() -> None:
    network = FaceNetwork().eval()
    with torch.no_grad():
        maps = network(torch.zeros(2, 3, 96, 160))
    assert maps.shape == (2, CHANNELS, 96 // STRIDE, 160 // STRIDE)
    assert float(torch.sigmoid(maps[:, 0]).max()) < 0.2  # nothing is a face before the training
    assert 2 * sum(each.numel() for each in network.parameters()) < 2_000_000  # bytes as float16


def test_a_shifted_picture_has_shifted_maps() -> None:
    torch.manual_seed(0)
    network = FaceNetwork().eval()
    rgb = torch.zeros(1, 3, 256, 256)
    rgb[..., 96:128, 96:128] = torch.rand(3, 32, 32)
    with torch.no_grad():
        here, there = network(rgb), network(torch.roll(rgb, 32, 3))
    assert torch.allclose(here[..., 12:20, 10:18], there[..., 12:20, 14:22], atol=1e-4)
