"""The network of the learnt face detector, and its export. Only the training imports this module: it needs torch."""

import torch
from torch import Tensor, nn

from builder.faces.learnt.decode import CHANNELS

WIDTHS = (16, 32, 40, 64, 96)  # channels at strides 2, 4, 8, 16 and 32


def _conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(True))


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class FaceNetwork(nn.Module):
    """RGB (N, 3, H, W) in -1..1, sides divisible by 32 -> maps (N, CHANNELS, H / 8, W / 8); see `decode`.

    A residual network to stride 32 whose features are added up again to stride 8, as in feature pyramids
    (arXiv 1612.03144); the maps are those of CenterNet (arXiv 1904.07850).
    """

    def __init__(self) -> None:
        super().__init__()
        two, four, eight, sixteen, last = WIDTHS
        self.at8 = nn.Sequential(_conv(3, two, 3, 2), _conv(two, four, 3, 2), _conv(four, eight, 3, 2), Residual(eight))
        self.at16 = nn.Sequential(_conv(eight, sixteen, 3, 2), Residual(sixteen), Residual(sixteen))
        self.at32 = nn.Sequential(_conv(sixteen, last, 3, 2), Residual(last), Residual(last))
        self.from32, self.from16, self.from8 = _conv(last, eight, 1), _conv(sixteen, eight, 1), _conv(eight, eight, 1)
        self.mixed = _conv(eight, eight)
        self.head = _conv(eight, eight)
        self.maps = nn.Conv2d(eight, CHANNELS, 1)
        with torch.no_grad():
            self.maps.get_parameter("bias")[0] = -4.0  # faces are rare
        self.larger = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x: Tensor) -> Tensor:
        at8 = self.at8(x)
        at16 = self.at16(at8)
        middle = self.mixed(self.from16(at16) + self.larger(self.from32(self.at32(at16))))
        maps: Tensor = self.maps(self.head(self.from8(at8) + self.larger(middle)))
        return maps
