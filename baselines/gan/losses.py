"""The losses of generator and critic; docs/baselines.md has their formulas. Each is a mean over all elements.

Least-squares GAN (arXiv 1611.04076) without the factor 1/2; L1 distances of VGG-19 features and of their Gram matrices
(arXiv 1603.08155); triplet losses of SCFT.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from baselines.gan.attention import full_precision
from baselines.gan.vgg import Vgg


def generator_losses(
    scores: Tensor,
    painted: Tensor,
    target: Tensor,
    tokens: tuple[Tensor, Tensor, Tensor] | None,
    matches: Tensor | None,
    vgg: Vgg | None,
    *,
    weights: Mapping[str, float],
    margin: float,
    mix: bool,
) -> dict[str, Tensor]:
    """The generator's weighted sum of losses as `loss`, then each loss of the sum, without its weight.

    `scores` (n, 1, h, w) are the critic's for `painted`; `painted` and `target` (n, 3, H, W) in [-1, 1]. `tokens` are
    SCFT's (q, k, v); the triplet loss is that of Cao's code, or of the paper if `matches` are given. `vgg` None leaves
    out the perceptual and the style loss.
    """
    found = {"adversarial": adversarial(scores, 1.0), "l1": (painted.float() - target).abs().mean()}
    if vgg is not None:
        with torch.no_grad():
            of_target = vgg(target)
        of_painted = vgg(painted)
        if weights["perceptual"]:
            found["perceptual"] = perceptual(of_painted, of_target)
        if weights["style"]:
            found["style"] = style(of_painted, of_target, mix=mix)
    if weights["triplet"] and tokens is not None:
        q, k, v = tokens
        found["triplet"] = triplet_cao(q, k, v, margin) if matches is None else triplet_cvpr(q, k, matches, margin)
    total = torch.stack([loss * weights[name] for name, loss in found.items()]).sum()
    return {"loss": total, **found}


def adversarial(scores: Tensor, label: float) -> Tensor:
    """Mean squared difference of the critic's scores from `label`: 1 for real, 0 for painted pictures."""
    return (_wide(scores) - label).square().mean()


def perceptual(painted: list[Tensor], target: list[Tensor]) -> Tensor:
    """Sum over levels of the L1 distance of features (n, C, h, w)."""
    return torch.stack([F.l1_loss(ours, theirs) for ours, theirs in zip(painted, target, strict=True)]).sum()


def style(painted: list[Tensor], target: list[Tensor], *, mix: bool) -> Tensor:
    """Sum over levels of the L1 distance of the Gram matrices of features (n, C, h, w); see `gram` for `mix`."""
    pairs = zip(painted, target, strict=True)
    return torch.stack([F.l1_loss(gram(ours, mix=mix), gram(theirs, mix=mix)) for ours, theirs in pairs]).sum()


def gram(features: Tensor, *, mix: bool) -> Tensor:
    """Features F (n, C, H, W) -> Gram matrix F F^T / (C H W) of each picture, (n, C, C).

    `mix` (the form of SGA's repository) makes one matrix of the whole batch: (1, n C, n C), divided by n C H W. It
    contains products between different pictures, so it depends on the batch.
    """
    rows = features.flatten(2)
    if mix:
        rows = rows.flatten(0, 1)[None]
    with full_precision(features.device):
        rows = _wide(rows)
        return rows @ rows.transpose(1, 2) / rows[0].numel()


def triplet_cao(q: Tensor, k: Tensor, v: Tensor, margin: float) -> Tensor:
    """The triplet loss of Cao's code: mean of max(0, S(q, k) - S(q, v) + margin) over all pairs of positions.

    q, k, v (n, p, channels); S(a, b) = a b^T / sqrt(channels). It does not use the known correspondence of line and
    reference, and pushes queries away from keys.
    """
    with full_precision(q.device):
        q, difference = _wide(q), _wide(k) - _wide(v)  # S is linear in b, so one product suffices
        return F.relu(q @ difference.transpose(1, 2) / q.shape[2] ** 0.5 + margin).mean()


def triplet_cvpr(q: Tensor, k: Tensor, matches: Tensor, margin: float) -> Tensor:
    """The triplet loss of SCFT's paper: a query is nearer to the key of its own position than to other keys.

    q, k (n, p, channels). `matches` (n, p) is m, the position in the line drawing that each position of the warped
    reference shows, or -1. Mean over matched keys j and other keys j' of max(0, S(q_m(j), k_j') - S(q_m(j), k_j) +
    margin).
    """
    with full_precision(q.device):
        q, k = _wide(q), _wide(k)
        near = q @ k.transpose(1, 2) / q.shape[2] ** 0.5  # (n, p, p): query, key
        index = matches.clamp(min=0)[:, :, None].expand_as(near)
        near = near.gather(1, index)  # (n, j, j'): query m(j), key j'
        hinge = F.relu(near - near.diagonal(dim1=1, dim2=2)[:, :, None] + margin)
        others = ~torch.eye(near.shape[1], dtype=torch.bool, device=near.device)
        counted = (matches >= 0)[:, :, None] & others
        return (hinge * counted).sum() / counted.sum().clamp(min=1)


def matches_of(map_x: Tensor, map_y: Tensor, side: int) -> Tensor:
    """The source token of each of `side` x `side` tokens of a warped picture, int64 (n, side^2).

    `map_x`, `map_y` (n, H, W) are the source coordinates of each pixel, in pixels. A token's source is the mean over
    its pixels; it is -1 outside the picture.
    """
    size = map_x.shape[-1]
    x, y = (F.adaptive_avg_pool2d(part[:, None], side).flatten(1) * (side / size) for part in (map_x, map_y))
    column, row = x.floor().long(), y.floor().long()
    inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    return torch.where(inside, row * side + column, -1)


def _wide(tokens: Tensor) -> Tensor:
    return tokens if tokens.dtype == torch.float64 else tokens.float()
