"""The GAN baselines a second time, in float64, straight from the specification: functions over a published state dict.

Nothing here is shared with the package. Weights are leaves with gradients; buffers are moved on as training does.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

State = dict[str, Tensor]
ENCODER_STRIDES = (1, 1, 2, 1, 2, 1, 2, 1, 2, 1)
CAO_DECODER = [f"dec_{level}_{part}" for level in (5, 4, 3, 2, 1) for part in (2, 1)]
BUFFERS = ("running_mean", "running_var", "num_batches_tracked", "weight_u", "weight_v")


def leaves(state: State) -> State:
    """A copy in float64 whose weights collect gradients."""
    wide = {name: value.double() if value.is_floating_point() else value.clone() for name, value in state.items()}
    return {
        name: value if name.endswith(BUFFERS) else value.clone().requires_grad_(True) for name, value in wide.items()
    }


class Network:
    """What generator and critic share: a state and whether it is trained."""

    def __init__(self, state: State, variant: str) -> None:
        self.state, self.variant, self.training = leaves(state), variant, True

    def weights(self) -> list[Tensor]:
        return [value for name, value in self.state.items() if not name.endswith(BUFFERS)]

    def has(self, prefix: str) -> bool:
        return any(name.startswith(prefix + ".") for name in self.state)

    def conv(self, name: str, x: Tensor, stride: int = 1, padding: int = 1) -> Tensor:
        return F.conv2d(x, self.state[f"{name}.weight"], self.state.get(f"{name}.bias"), stride, padding)

    def linear(self, name: str, x: Tensor) -> Tensor:
        return x @ self.state[f"{name}.weight"].T + self.state.get(f"{name}.bias", torch.zeros(()))

    def norm(self, name: str, x: Tensor) -> Tensor:
        """Batch norm over all but axis 1."""
        axes = [axis for axis in range(x.ndim) if axis != 1]
        shape = [1, -1, *([1] * (x.ndim - 2))]
        mean, var = self.state[f"{name}.running_mean"], self.state[f"{name}.running_var"]
        if self.training:
            count = x.numel() // x.shape[1]
            seen_mean, seen_var = x.mean(axes), x.var(axes, unbiased=False)
            with torch.no_grad():
                self.state[f"{name}.running_mean"] = 0.9 * mean + 0.1 * seen_mean
                self.state[f"{name}.running_var"] = 0.9 * var + 0.1 * seen_var * count / (count - 1)
            mean, var = seen_mean, seen_var
        scaled = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + 1e-5)
        return scaled * self.state[f"{name}.weight"].view(shape) + self.state[f"{name}.bias"].view(shape)


def leaky(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, 0.2 * x)


class Generator(Network):
    """`method` is scft, sga or attention-aware."""

    def __init__(self, method: str, state: State, variant: str) -> None:
        super().__init__(state, variant)
        self.method = method

    def encode(self, name: str, x: Tensor) -> list[Tensor]:
        found = []
        for number, stride in enumerate(ENCODER_STRIDES, start=1):
            layer = f"{name}.conv_{number}" if self.variant == "cao" else f"{name}.layer{number}.main"
            x, at = self.conv(f"{layer}.0", x, stride), 1
            if self.method == "attention-aware":
                x, at = self.cbam(f"{layer}.1", x), 2
            if self.method != "scft" or self.variant != "cao":
                x = self.norm(f"{layer}.{at}", x)
            x = leaky(x)
            found.append(x)
        return found

    def cbam(self, name: str, x: Tensor) -> Tensor:
        def mlp(pooled: Tensor) -> Tensor:
            return self.linear(
                f"{name}.channel_attention.fc.2", F.relu(self.linear(f"{name}.channel_attention.fc.0", pooled))
            )

        pooled = F.adaptive_max_pool2d(x, 1).flatten(1), F.adaptive_avg_pool2d(x, 1).flatten(1)
        x = x * torch.sigmoid(mlp(pooled[0]) + mlp(pooled[1]))[:, :, None, None]
        stacked = torch.stack([x.max(1).values, x.mean(1)], dim=1)
        return x * torch.sigmoid(self.conv(f"{name}.spatial_attention.conv", stacked, padding=3))

    def unit(self, name: str, source: Tensor, partner: Tensor) -> Tensor:
        logits = (source @ partner.transpose(1, 2)).detach()
        rows = logits.softmax(-1)
        weights = rows / rows.sum(1, keepdim=True).clamp(min=1e-12)
        mixed = weights @ leaky(self.linear(f"{name}.msg_fc", partner)) + leaky(self.linear(f"{name}.src_fc", source))
        return self.norm(f"{name}.bn", mixed.transpose(1, 2)).transpose(1, 2)

    def __call__(self, line: Tensor, reference: Tensor) -> tuple[Tensor, Any]:
        features = self.encode("encoder_sketch", line)
        colors = self.encode("encoder_reference", reference)
        side = features[9].shape[2:]
        maps = [torch.cat([F.adaptive_avg_pool2d(f, side) for f in part], 1) for part in (features, colors)]
        s, r = (part.flatten(2).transpose(1, 2) for part in maps)
        matched = None
        if self.method == "scft":
            q, k, v = self.linear("scft.w_q", s), self.linear("scft.w_k", r), self.linear("scft.w_v", r)
            tokens = (q @ k.transpose(1, 2) / s.shape[2] ** 0.5).softmax(-1) @ v + s
            matched = q, k, v
        else:
            cross, own = ("gcn_cross", "gcn_self") if self.variant == "cao" else ("gcn3", "gcn4")
            g1 = self.unit(f"gnn.{cross}", s, r) + s
            tokens = self.unit(f"gnn.{own}", g1, g1) + g1
        c = tokens.transpose(1, 2).reshape(maps[0].shape)
        return self.decode(c, features), matched

    def residual(self, x: Tensor) -> Tensor:
        hidden = x
        for number in range(4):
            name = f"res_block.block_{number + 1}" if self.variant == "cao" else f"res_model.main.{number}.main"
            inner = F.relu(self.norm(f"{name}.1", self.conv(f"{name}.0", hidden)))
            hidden = self.norm(f"{name}.4", self.conv(f"{name}.3", inner)) + hidden
            if self.variant == "cao":
                hidden = F.relu(hidden)
        return hidden if self.variant == "cao" else hidden + x

    def decode(self, c: Tensor, f: list[Tensor]) -> Tensor:
        def layer(number: int, x: Tensor) -> Tensor:
            name = (
                f"unet_decoder.{CAO_DECODER[number]}" if self.variant == "cao" else f"decoder.layer{10 - number}.main"
            )
            return leaky(self.norm(f"{name}.1", self.conv(f"{name}.0", x)))

        def joined(x: Tensor, skip: Tensor) -> Tensor:
            up = F.interpolate(x, skip.shape[2:], mode="bilinear", align_corners=True)
            return torch.cat([up, skip] if self.variant == "cao" else [skip, up], 1)

        refined = self.residual(c)
        h = layer(0, torch.cat([c, refined] if self.variant == "cao" else [refined, c], 1))
        h = layer(1, torch.cat([h, f[8]], 1))
        for number, fine in ((2, 7), (4, 5), (6, 3), (8, 1)):
            h = layer(number, joined(h, f[fine]))
            h = layer(number + 1, torch.cat([h, f[fine - 1]], 1))
        if self.variant == "cao":
            return torch.tanh(self.conv("unet_decoder.fc", h, padding=0))
        return torch.tanh(self.conv("decoder.last_conv", h))


class Critic(Network):
    def __call__(self, picture: Tensor, line: Tensor) -> Tensor:
        x = torch.cat([picture, line], 1)
        for number in range(4):
            if self.variant == "cao":
                name = f"layer_{number + 1}"
                kernel = self.normalised(f"{name}.0", "weight_orig", iterate=self.training)
                x = leaky(self.norm(f"{name}.1", F.conv2d(x, kernel, None, 2, 1)))
            else:
                name = f"main.{number}.main"
                kernel = self.normalised(f"{name}.0.module", "weight_bar", iterate=True)
                x = leaky(self.norm(f"{name}.1", F.conv2d(x, kernel, self.state[f"{name}.0.module.bias"], 2, 1)))
        return self.conv("layer_5.0", x, padding=0) if self.variant == "cao" else self.conv("main.4", x)

    def normalised(self, name: str, key: str, *, iterate: bool) -> Tensor:
        kernel = self.state[f"{name}.{key}"]
        matrix = kernel.flatten(1)
        u, v = self.state[f"{name}.weight_u"], self.state[f"{name}.weight_v"]
        if iterate:
            with torch.no_grad():
                v = matrix.T @ u / (matrix.T @ u).norm()
                u = matrix @ v / (matrix @ v).norm()
            self.state[f"{name}.weight_u"], self.state[f"{name}.weight_v"] = u, v
        return kernel / (u @ matrix @ v)


class Adam:
    """Kingma & Ba, with the published betas."""

    def __init__(self, weights: list[Tensor], rate: float) -> None:
        self.weights, self.rate, self.t = weights, rate, 0
        self.moments = [(torch.zeros_like(w), torch.zeros_like(w)) for w in weights]

    def step(self, loss: Tensor) -> None:
        self.t += 1
        gradients = torch.autograd.grad(loss, self.weights, retain_graph=True)
        with torch.no_grad():
            for weight, gradient, (m, v) in zip(self.weights, gradients, self.moments, strict=True):
                m.mul_(0.5).add_(gradient, alpha=0.5)
                v.mul_(0.999).add_(gradient**2, alpha=0.001)
                weight -= self.rate * (m / (1 - 0.5**self.t)) / ((v / (1 - 0.999**self.t)).sqrt() + 1e-8)


def gram(f: Tensor, variant: str) -> Tensor:
    n, c, h, w = f.shape
    if variant == "cao":
        return torch.einsum("ncx,ndx->ncd", f.flatten(2), f.flatten(2)) / (c * h * w)
    rows = f.reshape(n * c, h * w)
    return rows @ rows.T / (n * c * h * w)


def triplet(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    def s(a: Tensor, b: Tensor) -> Tensor:
        return a @ b.transpose(1, 2) / a.shape[2] ** 0.5

    return (s(q, k) - s(q, v) + 12).clamp(min=0).mean()


def generator_losses(
    method: str, variant: str, critic: Critic, vgg: Callable[[Tensor, int], Tensor], levels: tuple[int, ...],
    painted: Tensor, matched: Any, line: Tensor, target: Tensor,
) -> dict[str, Tensor]:  # fmt: skip
    """`vgg(x, level)` runs its first layers up to and with `level`: nested prefixes, as the published code does."""
    found = {
        "adversarial": ((critic(painted, line) - 1) ** 2).mean(),
        "l1": (painted - target).abs().mean(),
        "perceptual": sum(((vgg(painted, i) - vgg(target, i)).abs().mean() for i in levels), torch.zeros(())),
        "style": sum(
            ((gram(vgg(painted, i), variant) - gram(vgg(target, i), variant)).abs().mean() for i in levels),
            torch.zeros(()),
        ),
    }
    loss = found["adversarial"] + 30 * found["l1"] + 0.01 * found["perceptual"] + 50 * found["style"]
    if method == "scft" and variant == "cao":
        found["triplet"] = triplet(*matched)
        loss = loss + found["triplet"]
    return {"loss": loss, **found}
