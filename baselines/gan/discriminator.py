"""The critics: four convolutions with spectral norm and one without, on picture and line.

The variant `cao` uses torch's spectral norm, `sga-repository` its own. Module names are the published ones.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import spectral_norm

from baselines.gan.attention import SLOPE
from baselines.gan.config import Variant


def build_discriminator(variant: Variant, width: int) -> nn.Module:
    """The critic of a variant: picture (n, 3, H, W), line (n, 1, H, W) -> scores (n, 1, h, w)."""
    return CaoDiscriminator(width) if variant == "cao" else RepositoryDiscriminator(width)


class CaoDiscriminator(nn.Module):
    """4 x 4 kernels without bias; 13 x 13 scores at 256 px."""

    def __init__(self, width: int) -> None:
        super().__init__()
        into = 4
        for number in range(4):
            out = width * 2**number
            conv = spectral_norm(nn.Conv2d(into, out, 4, 2, 1, bias=False))
            self.add_module(f"layer_{number + 1}", _layer(conv, out))
            into = out
        self.layer_5 = nn.Sequential(nn.Conv2d(into, 1, 4, 1, 0, bias=False))

    def forward(self, picture: Tensor, line: Tensor) -> Tensor:
        hidden = torch.cat([picture, line], dim=1)
        for layer in self.children():
            hidden = layer(hidden)
        return hidden


class RepositoryDiscriminator(nn.Module):
    """3 x 3 kernels with bias; 16 x 16 scores at 256 px."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        into = 4
        for number in range(4):
            out = width * 2**number
            conv = RepositorySpectralNorm(into, out)
            layers.append(nn.Sequential(OrderedDict(main=_layer(conv, out))))
            into = out
        self.main = nn.Sequential(*layers, nn.Conv2d(into, 1, 3, 1, 1))

    def forward(self, picture: Tensor, line: Tensor) -> Tensor:
        scores: Tensor = self.main(torch.cat([picture, line], dim=1))
        return scores


class RepositorySpectralNorm(nn.Module):
    """A 3 x 3 convolution of stride 2 whose kernel is divided by an estimate of its largest singular value.

    Each call makes one power iteration, also in evaluation, so two equal calls differ. The vectors u and v are
    parameters without gradient.
    """

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.module = nn.Conv2d(into, out, 3, 2, 1)
        kernel = self.module.weight
        del self.module.weight
        for name, size in (("weight_u", out), ("weight_v", into * 9)):
            start = F.normalize(torch.randn(size, dtype=kernel.dtype), dim=0, eps=1e-12)
            self.module.register_parameter(name, nn.Parameter(start, requires_grad=False))
        self.module.register_parameter("weight_bar", nn.Parameter(kernel.data))

    def forward(self, x: Tensor) -> Tensor:
        conv = self.module
        u, v, kernel = (conv.get_parameter(f"weight_{name}") for name in ("u", "v", "bar"))
        matrix = kernel.flatten(1)
        with torch.no_grad():
            v.copy_(F.normalize(matrix.T @ u, dim=0, eps=1e-12))
            u.copy_(F.normalize(matrix @ v, dim=0, eps=1e-12))
            fixed_u, fixed_v = u.clone(), v.clone()  # the next call can change u and v before the backward pass
        largest = fixed_u @ (matrix @ fixed_v)
        return F.conv2d(x, kernel / largest, conv.bias, 2, 1)


def _layer(conv: nn.Module, channels: int) -> nn.Sequential:
    return nn.Sequential(conv, nn.BatchNorm2d(channels), nn.LeakyReLU(SLOPE, inplace=True))
