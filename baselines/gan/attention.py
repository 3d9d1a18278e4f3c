"""Attention from line to reference: that of SCFT, and the stop-gradient attention (SGA).

Tokens are (n, positions, channels), in row order; (n, 256, 992) at the published size.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2  # of every leaky ReLU


class ScftAttention(nn.Module):
    """SCFT's scaled dot-product attention with one head and a residual from the line (Lee et al., CVPR 2020)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.w_q, self.w_k, self.w_v = (nn.Linear(channels, channels) for _ in range(3))

    def forward(self, line: Tensor, reference: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        """Tokens of line and reference -> attended tokens, and (query, key, value) for the triplet loss."""
        q, k, v = self.w_q(line), self.w_k(reference), self.w_v(reference)
        weights = torch.softmax(q @ k.transpose(1, 2) / q.shape[2] ** 0.5, dim=2)
        return weights @ v + line, (q, k, v)


class StopGradientAttention(nn.Module):
    """Cross-attention from line to reference, then self-attention; no gradient through the attention maps (SGA)."""

    def __init__(self, channels: int, cross: str, itself: str) -> None:
        """`cross` and `itself` are the two units' names in the published code."""
        super().__init__()
        self.names = cross, itself
        for name in self.names:
            self.add_module(name, StopGradientUnit(channels))

    def forward(self, line: Tensor, reference: Tensor) -> tuple[Tensor, None]:
        """Tokens of line and reference -> attended tokens, and None: there is no triplet loss."""
        cross, itself = (self.get_submodule(name) for name in self.names)
        g1 = cross(line, reference) + line
        return itself(g1, g1) + g1, None


class StopGradientUnit(nn.Module):
    """BN(A m + s): messages m from the partner, weighted by an attention map A without gradient, plus the source s."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.src_fc = nn.Linear(channels, channels)
        self.msg_fc = nn.Linear(channels, channels)
        self.bn = nn.BatchNorm1d(channels)

    def forward(self, source: Tensor, partner: Tensor) -> Tensor:
        message = F.leaky_relu(self.msg_fc(partner), SLOPE)
        own = F.leaky_relu(self.src_fc(source), SLOPE)
        weights = attention_map(source, partner)
        with full_precision(source.device):  # sums over all positions need float32
            mixed = weights @ message.to(weights.dtype) + own
        flat: Tensor = self.bn(mixed.flatten(0, 1))  # statistics over batch and positions
        return flat.view_as(mixed)


@torch.no_grad()
def attention_map(x: Tensor, y: Tensor) -> Tensor:
    """Tokens (n, p, c), (n, p', c) -> float32 (n, p, p'): softmax over p', then each column divided by its sum.

    Computed in float32 (in float64 for float64 tokens). Dot products over many channels make rows nearly one-hot and
    some column sums nearly 0, so half precision would give another map.
    """
    with full_precision(x.device):
        x, y = (tokens if tokens.dtype == torch.float64 else tokens.float() for tokens in (x, y))
        rows = torch.softmax(x @ y.transpose(1, 2), dim=2)
        return F.normalize(rows, p=1.0, dim=1, eps=1e-12)


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context without autocast. On the meta device, which has no autocast, it does nothing."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)
