"""SeeCoder: encodes a picture as 148 context vectors that replace those of a text encoder (arXiv 2305.16223, 3.2).

A Swin-L backbone, a decoder of its three coarser maps, and a transformer whose 4 global and 144 local learned queries
attend to them. Module names are those of the authors' code and of the published files.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from baselines.prompt_free.sizes import SeeCoderSizes

if TYPE_CHECKING:
    from transformers.models.swin.modeling_swin import SwinBackbone

LEVELS = ("res3", "res4", "res5")  # strides 8, 16, 32
FREQUENCIES = 20  # of the position encoding


class SeeCoder(nn.Module):
    """A picture (1, 3, H, W) in [0, 1], not normalised, at any size -> context (1, queries, width)."""

    def __init__(self, sizes: SeeCoderSizes, *, positions: bool) -> None:
        """`positions` selects the PA variant, whose keys have a position encoding."""
        super().__init__()
        self.imencoder = build_swin(sizes)
        self.imdecoder = Decoder(sizes)
        self.qtransformer = QueryTransformer(sizes, positions=positions)

    def forward(self, image: Tensor) -> Tensor:
        # the decoder attends across the pictures of a batch, so only one picture is allowed
        if image.shape[0] != 1:
            raise ValueError(f"SeeCoder reads one picture at a time, not {image.shape[0]}")
        maps = self.imencoder(image).feature_maps[1:]  # without stride 4
        context: Tensor = self.qtransformer(self.imdecoder(maps))
        return context


def build_swin(sizes: SeeCoderSizes) -> "SwinBackbone":
    """Swin (doi:10.1109/ICCV48922.2021.00986) with a LayerNorm for each of its maps of strides 4, 8, 16 and 32."""
    from transformers import SwinConfig
    from transformers.models.swin.modeling_swin import SwinBackbone

    backbone = SwinBackbone(
        SwinConfig(
            embed_dim=sizes.swin_width,
            depths=list(sizes.swin_depths),
            num_heads=list(sizes.swin_heads),
            window_size=sizes.swin_window,
            out_features=[f"stage{i}" for i in (1, 2, 3, 4)],
        )
    )
    backbone.swin.layernorm = nn.Identity()  # its output is unused, and the published file has no such weights
    return backbone


class Decoder(nn.Module):
    """Brings Swin's maps to one width: six transformer layers over all maps, plus a lateral branch per map."""

    def __init__(self, sizes: SeeCoderSizes) -> None:
        super().__init__()
        width = sizes.width
        channels = {level: sizes.swin_width * 2 ** (i + 1) for i, level in enumerate(LEVELS)}
        self.inproj_layers = nn.ModuleDict(
            {
                name: nn.Sequential(nn.Conv2d(c, width, 1), nn.GroupNorm(sizes.groups, width))
                for name, c in channels.items()
            }
        )
        layers = (DecoderLayer(width, sizes.heads, sizes.decoder_inner) for _ in range(sizes.decoder_layers))
        self.transformer = nn.ModuleDict({"layers": nn.Sequential(*layers)})
        self.level_embed = nn.Parameter(torch.zeros(len(LEVELS), width))
        self.lateral_layers = nn.ModuleDict(
            {name: LateralConv(inner, width, sizes.groups) for name, inner in channels.items()}
        )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps (n, c_i, h_i, w_i) of res3, res4, res5 -> maps (n, width, h_i, w_i) in that order."""
        by_level = dict(zip(LEVELS, maps, strict=True))
        coarse_first = LEVELS[::-1]  # the order of the tokens and of level_embed
        tokens = [
            self.inproj_layers[name](by_level[name]).flatten(2).transpose(1, 2) + self.level_embed[i]
            for i, name in enumerate(coarse_first)
        ]
        x = self.transformer["layers"](torch.cat(tokens, dim=1))  # (n, tokens, width)
        parts = torch.split(x, [part.shape[1] for part in tokens], dim=1)
        mixed = dict(zip(coarse_first, parts, strict=True))
        return [
            mixed[name].transpose(1, 2).reshape_as(lateral) + lateral
            for name in LEVELS
            for lateral in [self.lateral_layers[name](by_level[name])]
        ]


class DecoderLayer(nn.Module):
    """A post-norm transformer layer on tokens (n, tokens, width).

    The published code passes (n, tokens, width) to an attention that expects (sequence, batch, width). A token
    therefore attends to the same token of the other pictures of the batch, and not to other tokens. The weights were
    trained so.
    """

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, inner)
        self.linear2 = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.self_attn(x, x, x, need_weights=False)[0])
        normed: Tensor = self.norm2(x + self.linear2(F.relu(self.linear1(x))))
        return normed


class LateralConv(nn.Conv2d):
    """A 1 x 1 convolution without bias, followed by its group norm, in one module as in the published code."""

    def __init__(self, channels: int, width: int, groups: int) -> None:
        super().__init__(channels, width, 1, bias=False)
        self.norm = nn.GroupNorm(groups, width)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(super().forward(x))
        return normed


class QueryTransformer(nn.Module):
    """Learned queries attend to the decoder's maps, one level per layer in turn; all layers are post-norm."""

    def __init__(self, sizes: SeeCoderSizes, *, positions: bool) -> None:
        super().__init__()
        width, layers, queries = sizes.width, sizes.query_layers, sizes.global_queries + sizes.local_queries
        self.global_queries = sizes.global_queries
        self.pe_layer = PositionEncoding(width) if positions else None
        self.transformer_crossatt_layers = nn.ModuleList(CrossAttention(width, sizes.heads) for _ in range(layers))
        self.transformer_selfatt_layers = nn.ModuleList(SelfAttention(width, sizes.heads) for _ in range(layers))
        self.transformer_feedforward_layers = nn.ModuleList(
            FeedForward(width, sizes.query_inner) for _ in range(layers)
        )
        self.init_query = nn.Embedding(queries, width)
        self.query_pos_embedding = nn.Embedding(queries, width)
        self.level_embed = nn.Embedding(len(LEVELS), width)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps (n, width, h_i, w_i) of res3, res4, res5 -> (n, queries, width), the global ones first."""
        n, first = maps[0].shape[0], self.global_queries
        values = [  # (h_i * w_i, n, width)
            level.flatten(2).permute(2, 0, 1) + self.level_embed.weight[i] for i, level in enumerate(maps)
        ]
        keys = values
        if self.pe_layer is not None:
            encodings = [self.pe_layer(*level.shape[-2:]) for level in maps]
            keys = [value + encoding for value, encoding in zip(values, encodings, strict=True)]
        x = self.init_query.weight[:, None].expand(-1, n, -1)  # (queries, n, width)
        position = self.query_pos_embedding.weight[:, None]
        layers = zip(
            self.transformer_crossatt_layers,
            self.transformer_selfatt_layers,
            self.transformer_feedforward_layers,
            strict=True,
        )
        for i, (cross, own, feed) in enumerate(layers):
            level = i % len(LEVELS)
            local = cross(x[first:], position[first:], keys[level], values[level])
            x = feed(own(torch.cat([x[:first], local]), position))
        return x.transpose(0, 1)


class CrossAttention(nn.Module):
    """Queries (q, n, width) attend to keys and values (k, n, width); post-norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.multihead_attn = nn.MultiheadAttention(width, heads)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, position: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        normed: Tensor = self.norm(x + self.multihead_attn(x + position, keys, values, need_weights=False)[0])
        return normed


class SelfAttention(nn.Module):
    """Queries (q, n, width) attend to each other; post-norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, position: Tensor) -> Tensor:
        placed = x + position
        normed: Tensor = self.norm(x + self.self_attn(placed, placed, x, need_weights=False)[0])
        return normed


class FeedForward(nn.Module):
    """Two linear layers applied to each query; post-norm."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, inner)
        self.linear2 = nn.Linear(inner, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(x + self.linear2(F.relu(self.linear1(x))))
        return normed


class PositionEncoding(nn.Module):
    """The position encoding of SeeCoder-PA: sines of both coordinates, then three linear layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(4 * FREQUENCIES, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
        )

    def forward(self, height: int, width: int) -> Tensor:
        """The encoding (height * width, 1, channels), in row order."""
        waves = position_waves(height, width).flatten(0, 1)
        code: Tensor = self.mlp(waves.to(next(self.mlp.parameters())))[:, None]
        return code


def position_waves(height: int, width: int) -> Tensor:
    """[sin y, cos y, sin x, cos x] at 20 frequencies, (height, width, 80), float32.

    A coordinate is (i + 0.5 - n/2) / min(height, width) * 2 pi; the frequencies are F^(j/19), F = min(height, width)/2.
    """
    short = min(height, width)
    frequencies = (short / 2) ** torch.linspace(0, 1, FREQUENCIES)

    def phases(n: int) -> Tensor:
        return (torch.arange(n) + 0.5 - n / 2)[:, None] / short * (2 * math.pi) * frequencies  # (n, 20)

    y = phases(height)[:, None].expand(height, width, FREQUENCIES)
    x = phases(width)[None].expand(height, width, FREQUENCIES)
    return torch.cat([y.sin(), y.cos(), x.sin(), x.cos()], dim=-1)
