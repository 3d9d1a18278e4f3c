"""The generator of the three GAN baselines: two encoders, attention between their tokens, residual blocks, decoder.

SCFT (Lee et al., CVPR 2020), SGA (Li et al., ECCV 2022) and the attention-aware model (Cao et al., ICME 2023) as in the
code of Cao et al.; the first two also as in SGA's repository. Module names are the published ones.
"""

from collections import OrderedDict
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.gan.attention import SLOPE, ScftAttention, StopGradientAttention
from baselines.gan.config import Blocks, Variant
from benchmark.methods.cbam import Cbam

MULTIPLIERS = (1, 1, 2, 2, 4, 4, 8, 8, 16, 16)  # encoder channels / width; layers 3, 5, 7 and 9 have stride 2
TOKEN = sum(MULTIPLIERS)  # token channels / width: 62, or 992 channels at width 16
# Decoder layers: channels in / width, channels out / width, and the feature of the line encoder that is concatenated
# (from 0).
DECODER = (
    (2 * TOKEN, 16, None), (32, 16, 8),
    (24, 8, 7), (16, 8, 6),
    (12, 4, 5), (8, 4, 4),
    (6, 2, 3), (4, 2, 2),
    (3, 1, 1), (2, 1, 0),
)  # fmt: skip


class Names(NamedTuple):
    """Module names in which the published codes differ."""

    encoder: str
    decoder: str
    residual: str
    cross: str
    itself: str


NAMES: dict[Variant, Names] = {
    "cao": Names("conv_{}", "unet_decoder", "res_block", "gcn_cross", "gcn_self"),
    "sga-repository": Names("layer{}", "decoder", "res_model", "gcn3", "gcn4"),
}


class Generator(nn.Module):
    """Line and reference -> picture."""

    def __init__(self, blocks: Blocks, variant: Variant, width: int) -> None:
        super().__init__()
        names, tokens = NAMES[variant], TOKEN * width
        self.repository = variant == "sga-repository"
        self.encoder_sketch = Encoder(1, width, blocks, variant)
        self.encoder_reference = Encoder(3, width, blocks, variant)
        attention: nn.Module
        if blocks.attention == "scft":
            self.attention_name, attention = "scft", ScftAttention(tokens)
        else:
            self.attention_name = "gnn"
            attention = StopGradientAttention(tokens, names.cross, names.itself)
        self.names = names
        self.add_module(self.attention_name, attention)
        self.add_module(names.residual, RepositoryResidual(tokens) if self.repository else CaoResidual(tokens))
        self.add_module(names.decoder, Decoder(width, variant))

    def forward(self, line: Tensor, reference: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor] | None]:
        """Line (n, 1, H, W), reference (n, 3, H, W) -> picture (n, 3, H, W), and SCFT's (q, k, v) or None.

        All in [-1, 1]; sides are multiples of 16.
        """
        skips = self.encoder_sketch(line)
        drawn, colors = coarse(skips), coarse(self.encoder_reference(reference))
        tokens, matched = self.get_submodule(self.attention_name)(as_tokens(drawn), as_tokens(colors))
        attended = tokens.transpose(1, 2).reshape(drawn.shape)
        refined = self.get_submodule(self.names.residual)(attended)
        pair = [refined, attended] if self.repository else [attended, refined]
        painted: Tensor = self.get_submodule(self.names.decoder)(torch.cat(pair, dim=1), skips)
        return painted, matched


class Encoder(nn.Module):
    """Ten convolutions, each with a leaky ReLU and, depending on the method, CBAM and batch norm."""

    def __init__(self, channels: int, width: int, blocks: Blocks, variant: Variant) -> None:
        super().__init__()
        into = channels
        for number, multiplier in enumerate(MULTIPLIERS, start=1):
            out = multiplier * width
            stride = 2 if number > 1 and number % 2 else 1
            parts: list[nn.Module] = [nn.Conv2d(into, out, 3, stride, 1)]
            if blocks.cbam:
                parts.append(Cbam(out, max(1, out // 16)))
            if blocks.norm:
                parts.append(nn.BatchNorm2d(out))
            layer = nn.Sequential(*parts, nn.LeakyReLU(SLOPE, inplace=True))
            self.add_module(NAMES[variant].encoder.format(number), _main(layer) if variant != "cao" else layer)
            into = out

    def forward(self, image: Tensor) -> list[Tensor]:
        """(n, c, H, W) -> the features of all ten layers; the last two are (n, 16 width, H / 16, W / 16)."""
        features = []
        for layer in self.children():
            image = layer(image)
            features.append(image)
        return features


class CaoResidual(nn.Module):
    """Four residual blocks with a ReLU after each sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        for number in range(1, 5):
            self.add_module(f"block_{number}", _residual_body(channels, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.children():
            x = F.relu(block(x) + x)
        return x


class RepositoryResidual(nn.Module):
    """Four residual blocks without a ReLU after the sum, and a skip connection around all of them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main = nn.Sequential(*(_main(_residual_body(channels, bias=True)) for _ in range(4)))

    def forward(self, x: Tensor) -> Tensor:
        hidden = x
        for block in self.main:
            hidden = block(hidden) + hidden
        return hidden + x


class Decoder(nn.Module):
    """Ten convolutions up to the picture's size, with skip connections from the line encoder."""

    def __init__(self, width: int, variant: Variant) -> None:
        super().__init__()
        self.repository = variant == "sga-repository"
        for index, (into, out, _) in enumerate(DECODER):
            norm, act = nn.BatchNorm2d(out * width), nn.LeakyReLU(SLOPE, inplace=True)
            layer = nn.Sequential(nn.Conv2d(into * width, out * width, 3, 1, 1), norm, act)
            if self.repository:
                self.add_module(f"layer{10 - index}", _main(layer))
            else:
                self.add_module(f"dec_{5 - index // 2}_{2 - index % 2}", layer)
        last = nn.Conv2d(width, 3, 3, 1, 1) if self.repository else nn.Conv2d(width, 3, 1)
        self.add_module("last_conv" if self.repository else "fc", last)

    def forward(self, hidden: Tensor, skips: list[Tensor]) -> Tensor:
        """(n, 2 x 62 width, H / 16, W / 16) and the features of the line encoder -> picture (n, 3, H, W) in [-1, 1]."""
        *layers, last = self.children()
        for layer, (_, _, skip) in zip(layers, DECODER, strict=True):
            if skip is not None:
                level = skips[skip]
                if hidden.shape[-2:] == level.shape[-2:]:
                    hidden = torch.cat([hidden, level], dim=1)
                else:
                    hidden = F.interpolate(hidden, scale_factor=2, mode="bilinear", align_corners=True)
                    hidden = torch.cat([level, hidden] if self.repository else [hidden, level], dim=1)
            hidden = layer(hidden)
        return torch.tanh(last(hidden))


def coarse(features: list[Tensor]) -> Tensor:
    """All features, average-pooled to the size of the last and concatenated: (n, 62 width, h, w)."""
    side = features[-1].shape[-2:]
    pooled = [F.avg_pool2d(f, f.shape[-1] // side[-1]) if f.shape[-2:] != side else f for f in features]
    return torch.cat(pooled, dim=1)


def as_tokens(features: Tensor) -> Tensor:
    """Features (n, c, h, w) -> tokens (n, h * w, c)."""
    return features.flatten(2).transpose(1, 2)


def _residual_body(channels: int, *, bias: bool) -> nn.Sequential:
    def conv() -> nn.Conv2d:
        return nn.Conv2d(channels, channels, 3, 1, 1, bias=bias)

    norms = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
    return nn.Sequential(conv(), norms[0], nn.ReLU(inplace=True), conv(), norms[1])


def _main(layer: nn.Module) -> nn.Sequential:
    """`layer` under the name `main`, as in SGA's repository."""
    return nn.Sequential(OrderedDict(main=layer))
