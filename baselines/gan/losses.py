"""What generator and critic minimise. All reductions are means over every element; see docs/baselines.md for the forms.

Least-squares GAN (arXiv 1611.04076) without the factor 1/2, L1, VGG-19 features and Gram matrices (arXiv 1603.08155).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from baselines.gan.attention import full_precision


def adversarial(scores: Tensor, target: float) -> Tensor:
    """Mean squared distance of scores to `target`, 1 for real and 0 for painted."""
    return (_wide(scores) - target).square().mean()


def perceptual(painted: list[Tensor], truth: list[Tensor]) -> Tensor:
    """Sum over levels of the L1 distance between features."""
    return torch.stack([F.l1_loss(ours, theirs) for ours, theirs in zip(painted, truth, strict=True)]).sum()


def style(painted: list[Tensor], truth: list[Tensor], *, mix: bool) -> Tensor:
    """Sum over levels of the L1 distance between Gram matrices; see `gram`."""
    pairs = zip(painted, truth, strict=True)
    return torch.stack([F.l1_loss(gram(ours, mix=mix), gram(theirs, mix=mix)) for ours, theirs in pairs]).sum()


def gram(features: Tensor, *, mix: bool) -> Tensor:
    """(n, C, H, W) -> F F^T / (C H W) of each image, (n, C, C).

    `mix`, the form of SGA's repository, takes the whole batch as one matrix of n C rows: (1, n C, n C), divided by
    n C H W. It holds products between different pictures, so it depends on who shares the batch.
    """
    rows = features.flatten(2)
    if mix:
        rows = rows.flatten(0, 1)[None]
    with full_precision(features.device):
        rows = _wide(rows)
        return rows @ rows.transpose(1, 2) / rows[0].numel()


def triplet_cao(q: Tensor, k: Tensor, v: Tensor, margin: float) -> Tensor:
    """The triplet loss of Cao's code: mean of max(0, S(q, k) - S(q, v) + margin) over all pairs of positions.

    S(a, b) = a b^T / sqrt(channels). It knows no correspondence, and pushes queries away from keys.
    """
    with full_precision(q.device):
        q, difference = _wide(q), _wide(k) - _wide(v)  # S is linear in its second argument: one product for two
        return F.relu(q @ difference.transpose(1, 2) / q.shape[2] ** 0.5 + margin).mean()


def triplet_cvpr(q: Tensor, k: Tensor, matches: Tensor, margin: float) -> Tensor:
    """The triplet loss as SCFT's paper means it: a query is nearer to the key that shows its place than to others.

    `matches` (n, p) holds for each position of the warped reference the sketch's position it shows, -1 for none. The
    mean over all matched keys j and all others j' of max(0, S(q_m(j), k_j') - S(q_m(j), k_j) + margin).
    """
    with full_precision(q.device):
        q, k = _wide(q), _wide(k)
        near = q @ k.transpose(1, 2) / q.shape[2] ** 0.5  # (n, p, p): query, key
        index = matches.clamp(min=0)[:, :, None].expand_as(near)
        near = near.gather(1, index)  # (n, j, j'): the query that key j shows, every key
        hinge = F.relu(near - near.diagonal(dim1=1, dim2=2)[:, :, None] + margin)
        others = ~torch.eye(near.shape[1], dtype=torch.bool, device=near.device)
        counted = (matches >= 0)[:, :, None] & others
        return (hinge * counted).sum() / counted.sum().clamp(min=1)


def matches_of(map_x: Tensor, map_y: Tensor, side: int) -> Tensor:
    """Where each of `side` x `side` tokens of a warped picture comes from: (n, H, W) maps in pixels -> int (n, side^2).

    A token stands for the mean of its pixels' sources; -1 where that lies outside the picture.
    """
    size = map_x.shape[-1]
    x, y = (F.adaptive_avg_pool2d(part[:, None], side).flatten(1) * (side / size) for part in (map_x, map_y))
    column, row = x.floor().long(), y.floor().long()
    inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    return torch.where(inside, row * side + column, -1)


def _wide(tokens: Tensor) -> Tensor:
    return tokens if tokens.dtype == torch.float64 else tokens.float()
