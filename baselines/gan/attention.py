"""How colours of the reference find their places: SCFT's attention and the stop-gradient attention (SGA).

Tokens are (n, positions, channels), positions in rows; at the published size 256 and 992. Neither holds a random state.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2  # of every leaky ReLU


class ScftAttention(nn.Module):
    """Scaled dot-product attention of SCFT (Lee et al., CVPR 2020), one head, the sketch as residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.w_q, self.w_k, self.w_v = (nn.Linear(channels, channels) for _ in range(3))

    def forward(self, sketch: Tensor, reference: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        """Two token tensors -> attended tokens, and query, key and value for the triplet loss."""
        q, k, v = self.w_q(sketch), self.w_k(reference), self.w_v(reference)
        weights = torch.softmax(q @ k.transpose(1, 2) / q.shape[2] ** 0.5, dim=2)
        return weights @ v + sketch, (q, k, v)


class StopGradientAttention(nn.Module):
    """Cross attention from sketch to reference, then self-attention, no gradient through either map (SGA)."""

    def __init__(self, channels: int, cross: str, itself: str) -> None:
        """`cross` and `itself` name the two units as the published code does."""
        super().__init__()
        self.names = cross, itself
        for name in self.names:
            self.add_module(name, StopGradientUnit(channels))

    def forward(self, sketch: Tensor, reference: Tensor) -> tuple[Tensor, None]:
        """Two token tensors -> attended tokens, and nothing for a triplet loss."""
        cross, itself = (self.get_submodule(name) for name in self.names)
        g1 = cross(sketch, reference) + sketch
        return itself(g1, g1) + g1, None


class StopGradientUnit(nn.Module):
    """BN(A m + s): messages m of the source's partner, weighted by a map that is not trained, and the source s."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.src_fc = nn.Linear(channels, channels)
        self.msg_fc = nn.Linear(channels, channels)
        self.bn = nn.BatchNorm1d(channels)

    def forward(self, source: Tensor, partner: Tensor) -> Tensor:
        message = F.leaky_relu(self.msg_fc(partner), SLOPE)
        own = F.leaky_relu(self.src_fc(source), SLOPE)
        weights = attention_map(source, partner)
        with full_precision(source.device):  # sums over a whole picture stay in float32
            mixed = weights @ message.to(weights.dtype) + own
        flat: Tensor = self.bn(mixed.flatten(0, 1))  # statistics over batch and positions
        return flat.view_as(mixed)


@torch.no_grad()
def attention_map(x: Tensor, y: Tensor) -> Tensor:
    """Tokens (n, p, c), (n, p', c) -> float32 (n, p, p'): softmax over p', then each column divided by its sum.

    Raw dot products of many channels make nearly one-hot rows, and a column that nobody looks at is divided by next to
    nothing: in half precision the map would be another one, so it is made in float32 (float64 for such tokens).
    """
    with full_precision(x.device):
        x, y = (tokens if tokens.dtype == torch.float64 else tokens.float() for tokens in (x, y))
        rows = torch.softmax(x @ y.transpose(1, 2), dim=2)
        return F.normalize(rows, p=1.0, dim=1, eps=1e-12)


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """No autocast inside; the meta device knows none."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)
