"""The optimiser Muon: momentum whose direction is orthogonalised, for the weights of layers.

After K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024, with the step size of
arXiv 2502.16982. Unlike torch.optim.Muon it accepts kernels of convolutions, and it computes in the weights' precision.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
STEPS = 5
ADAM_LIKE = 0.2  # root mean square of an update per unit of the learning rate; about that of Adam


class Muon(torch.optim.Optimizer):
    """Muon for parameters of two and more dimensions, AdamW with `betas` and `eps` for biases and norms.

    The momentum of Muon is the first of `betas`. A kernel (out, in, h, w) counts as a matrix (out, in * h * w). Both
    parts take the same learning rate.
    """

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float, betas: tuple[float, float], eps: float, weight_decay: float
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient. `closure` is not supported."""
        if closure is not None:
            raise ValueError("Muon does not evaluate a closure")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    direction = _muon if parameter.ndim >= 2 else _adam
                    update = direction(parameter.grad, self.state[parameter], group)
                    parameter.mul_(1 - group["lr"] * group["weight_decay"]).sub_(update, alpha=group["lr"])


def _muon(gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> Tensor:
    if not state:
        state["momentum"] = torch.zeros_like(gradient)
    decay = group["betas"][0]
    momentum = state["momentum"].lerp_(gradient, 1 - decay)
    matrix = gradient.lerp(momentum, decay).flatten(1)  # Nesterov's form
    return (orthogonal(matrix) * (ADAM_LIKE * math.sqrt(max(matrix.shape)))).view_as(gradient)


def _adam(gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> Tensor:
    if not state:
        state |= {"step": torch.zeros(()), "first": torch.zeros_like(gradient), "second": torch.zeros_like(gradient)}
    state["step"] += 1
    fast, slow = group["betas"]
    first = state["first"].lerp_(gradient, 1 - fast)
    second = state["second"].lerp_(gradient.square(), 1 - slow)
    count = int(state["step"])
    spread = (second / (1 - slow**count)).sqrt().add_(group["eps"])
    return first.div(1 - fast**count).div_(spread)


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix (n, m) with the same singular vectors and with singular values near 1 (0.7 to 1.2).

    Five steps of Jordan's Newton-Schulz iteration. Directions with singular values below about 1e-3 of the norm
    remain smaller.
    """
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / (wide.norm() + 1e-7)
    a, b, c = NEWTON_SCHULZ
    for _ in range(STEPS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide
