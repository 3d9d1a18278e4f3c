"""The U-Net of AnimeDiffusion (TVCG 2024, section 3.2), layer by layer as in the authors' code.

Module names are the authors', so their state dicts load without the prefix `denoise_fn.`. The optional attention to the
reference is not theirs.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.methods.cbam import Cbam

TIME_PERIOD = 1000.0  # not the usual 10000
PLACE_WAVES = (1, 2, 4, 8)  # half periods of the place code along a side


class UNet(nn.Module):
    """Predicts noise, v or the image from a noisy image, its line drawing and a reference.

    `channels` is the width at full resolution, `multipliers` its factor per level, `blocks` the number of residual
    blocks per level. The blocks of `attention_levels` (0 is the finest) end in self-attention; the bottleneck always
    has it. With `reference_attention` the bottleneck also attends to the reference. The weights of this attention are
    initialised last and its output starts at 0, so the network starts as without it. Sides of the input must be
    multiples of `2 ** (len(multipliers) - 1)`.
    """

    def __init__(
        self,
        *,
        channels: int,
        multipliers: Sequence[int],
        blocks: int,
        heads: int,
        groups: int,
        dropout: float,
        cbam: bool,
        attention_levels: Sequence[int],
        reference_attention: bool,
        in_channels: int = 7,
        out_channels: int = 3,
    ) -> None:
        super().__init__()
        widths = [channels * multiplier for multiplier in multipliers]
        time_width = 4 * channels
        self.channels = channels
        self.side_multiple = 2 ** (len(widths) - 1)

        def block(into: int, out: int, level: int | None, *, cbam: bool = False) -> ResBlock:
            attended = heads if level in attention_levels else 0
            return ResBlock(into, out, time_width, groups=groups, dropout=dropout, cbam=cbam, attention_heads=attended)

        self.time_embedding = nn.Sequential(
            nn.Linear(channels, time_width), nn.SiLU(), nn.Linear(time_width, time_width)
        )
        self.input = nn.Sequential(nn.Conv2d(in_channels, channels, 1))

        self.encoder_block = nn.ModuleList()
        skips = [channels]  # as the authors' list, whose first entry is never used
        width = channels
        for level, level_width in enumerate(widths):
            for _ in range(blocks):
                self.encoder_block.append(block(width, level_width, level))
                width = level_width
                skips.append(width)
            if level < len(widths) - 1:
                self.encoder_block.append(nn.AvgPool2d(2))
                skips.append(width)

        bottom = [block(width, width, None), SelfAttention(width, heads, groups), block(width, width, None)]
        self.bottom_block = nn.ModuleList(bottom)

        self.decoder_block = nn.ModuleList()
        for level, level_width in reversed(list(enumerate(widths))):
            for _ in range(blocks):
                self.decoder_block.append(block(width + skips.pop(), level_width, level, cbam=cbam))
                width = level_width
            if level > 0:
                upward = block(width + skips.pop(), width, level)
                self.decoder_block.append(nn.ModuleList([upward, nn.Upsample(scale_factor=2, mode="nearest")]))

        self.output = nn.Sequential(_norm(groups, width), nn.SiLU(), nn.Conv2d(width, out_channels, 1))
        self.reference_attention = ReferenceAttention(widths, heads, groups) if reference_attention else None

    def forward(self, noisy_and_condition: Tensor, t: Tensor | None) -> Tensor:
        """(n, 7, H, W) = noisy RGB, line, reference RGB in [-1, 1], and int steps `t` (n,) -> prediction (n, 3, H, W).

        `t` None omits the time embedding in all blocks, as the authors' inversion does. It has no default, so every
        caller must pass it. Raises ValueError for sides that are not multiples of `side_multiple`.
        """
        height, width = noisy_and_condition.shape[-2:]
        if height % self.side_multiple or width % self.side_multiple:
            raise ValueError(f"sides must be multiples of {self.side_multiple}, not {height} x {width}")
        embedded = None
        if t is not None:
            waves = time_waves(t, self.channels).to(noisy_and_condition.dtype)
            embedded = self.time_embedding(waves)

        hidden = self.input(noisy_and_condition)
        skips: list[Tensor] = []
        for module in self.encoder_block:
            hidden = module(hidden, embedded) if isinstance(module, ResBlock) else module(hidden)
            skips.append(hidden)

        first, attention, second = self.bottom_block
        hidden = attention(first(hidden, embedded))
        if self.reference_attention is not None:
            hidden = self.reference_attention(hidden, noisy_and_condition[:, 4:])
        hidden = second(hidden, embedded)

        for module in self.decoder_block:
            hidden = torch.cat([hidden, skips.pop()], dim=1)
            if isinstance(module, ResBlock):
                hidden = module(hidden, embedded)
            else:
                upward, upsample = cast(nn.ModuleList, module)
                hidden = upsample(upward(hidden, embedded))
        return cast(Tensor, self.output(hidden))


class ResBlock(nn.Module):
    """Residual block: (norm, SiLU, convolution) twice, with the time embedding between; optional CBAM and attention."""

    def __init__(
        self, into: int, out: int, time_width: int, *, groups: int, dropout: float, cbam: bool, attention_heads: int
    ) -> None:
        super().__init__()
        self.time_emb = nn.Sequential(nn.SiLU(), nn.Linear(time_width, out))
        self.conv1 = nn.Sequential(_norm(groups, into), nn.SiLU(), nn.Conv2d(into, out, 3, padding=1))
        self.attention = nn.Sequential(*([Cbam(out)] if cbam else []))
        self.conv2 = nn.Sequential(
            _norm(groups, out), nn.SiLU(), nn.Dropout(dropout), nn.Conv2d(out, out, 3, padding=1)
        )
        self.skip_connection = nn.Identity() if into == out else nn.Conv2d(into, out, 1)
        self.self_attention = SelfAttention(out, attention_heads, groups) if attention_heads else nn.Identity()

    def forward(self, x: Tensor, embedded: Tensor | None) -> Tensor:
        """(n, into, H, W), embedded time (n, 4C) or None -> (n, out, H, W)."""
        hidden = self.conv1(x)
        if embedded is not None:
            hidden = hidden + self.time_emb(embedded)[:, :, None, None]
        hidden = self.conv2(self.attention(hidden))
        return cast(Tensor, self.self_attention(self.skip_connection(x) + hidden))


class SelfAttention(nn.Module):
    """Multi-head self-attention over pixels with a residual and no output projection.

    The channels are split into query, key and value first, and each of these into heads. The other common order (query,
    key and value in each head) gives other results with the same weights.
    """

    def __init__(self, channels: int, heads: int, groups: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention = nn.Sequential(_norm(groups, channels), nn.Conv1d(channels, 3 * channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(n, C, H, W) -> (n, C, H, W)."""
        n, channels, height, width = x.shape
        tokens = height * width
        projected = self.attention(x.reshape(n, channels, tokens))
        parts = projected.reshape(n, 3, self.heads, channels // self.heads, tokens).transpose(-1, -2)
        query, key, value = parts.unbind(1)  # (n, heads, tokens, C / heads)
        attended = F.scaled_dot_product_attention(query, key, value)
        return x + attended.transpose(-1, -2).reshape(n, channels, height, width)


class ReferenceAttention(nn.Module):
    """Multi-head attention from the pixels of the bottleneck to features of the reference, with a residual. Our own.

    Strided convolutions, as many as the U-Net has poolings, reduce the reference to the bottleneck's size. Queries and
    keys also get a code of their place. The output projection starts at 0.
    """

    def __init__(self, widths: Sequence[int], heads: int, groups: int) -> None:
        """`widths` are the channels of the U-Net's levels, the finest first."""
        super().__init__()
        self.heads = heads
        layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, padding=1)]
        for narrow, wide in pairwise(widths):
            layers += [_norm(1, narrow), nn.SiLU(), nn.Conv2d(narrow, wide, 3, stride=2, padding=1)]
        channels, code = widths[-1], 4 * len(PLACE_WAVES)
        self.encoder = nn.Sequential(*layers, _norm(1, channels))  # one group: it keeps more of a mean colour than many
        self.norm = _norm(groups, channels)
        self.query = nn.Conv2d(channels + code, channels, 1)
        self.key = nn.Conv2d(channels + code, channels, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.output = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(cast(Tensor, self.output.bias))

    def forward(self, x: Tensor, reference: Tensor) -> Tensor:
        """(n, C, h, w), reference (n, 3, H, W) in [-1, 1], larger by the factor of the poolings -> (n, C, h, w)."""
        n, _, height, width = x.shape
        places = place_waves(height, width, x.device).to(x.dtype).expand(n, -1, -1, -1)
        features = self.encoder(reference)
        query = self.query(torch.cat([self.norm(x), places], dim=1))
        key, value = self.key(torch.cat([features, places], dim=1)), self.value(features)
        parts = [part.reshape(n, self.heads, -1, height * width).transpose(-1, -2) for part in (query, key, value)]
        attended = F.scaled_dot_product_attention(*parts)  # (n, heads, h * w, C / heads)
        return x + cast(Tensor, self.output(attended.transpose(-1, -2).reshape(n, -1, height, width)))


def place_waves(height: int, width: int, device: torch.device) -> Tensor:
    """float32 (16, height, width): sines, then cosines, of 1, 2, 4 and 8 half periods along each side."""
    sides = [torch.linspace(0, 1, count, device=device) for count in (height, width)]
    places = torch.meshgrid(*sides, indexing="ij")
    angles = torch.stack([math.pi * waves * place for place in places for waves in PLACE_WAVES])
    return torch.cat([angles.sin(), angles.cos()])


def time_waves(t: Tensor, width: int) -> Tensor:
    """Integer steps (n,) -> float32 (n, width): cosines of `t`, then sines, and a zero if `width` is odd."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half, dtype=torch.float32, device=t.device) * (-math.log(TIME_PERIOD) / half))
    angles = t.float()[:, None] * frequencies
    return F.pad(torch.cat([angles.cos(), angles.sin()], dim=1), (0, width % 2))


def _norm(groups: int, channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(groups, channels, eps=1e-5)
