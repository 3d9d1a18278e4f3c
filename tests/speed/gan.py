"""Time and FLOPs of one training iteration of a GAN baseline against a plain path; run by hand.

python tests/speed/gan.py [--method sga] [--small] [--repeats N] [--device cuda]

The plain path does what the published code does: VGG-19, frozen, runs five times over nested prefixes for painted and
true picture, and gradients flow into the critic's own weights during the generator's step, all in eager float32. VGG-19
has random weights here: they change no cost.
"""

import argparse
import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from timing import clock_of, measure, report
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from baselines.gan import losses
from baselines.gan.config import GanConfig
from baselines.gan.discriminator import build_discriminator
from baselines.gan.generator import Generator
from baselines.gan.training import frozen
from baselines.gan.vgg import LEVELS, Vgg
from benchmark.methods.interface import get_method
from benchmark.training.batches import Batch
from benchmark.training.steps import make_optimizer

LEVEL = LEVELS["cao"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", default="attention-aware", choices=("scft", "sga", "attention-aware"))
    parser.add_argument("--small", action="store_true", help="half the width at 128 px")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)

    side, width = (128, 8) if options.small else (256, 16)
    method = get_method(options.method)
    config = method.config.model_validate({"resolution": side, "width": width})
    assert isinstance(config, GanConfig)
    generator = Generator(method.module.METHOD.blocks["cao"], "cao", width).to(options.device)
    critic = build_discriminator("cao", width).to(options.device)
    vgg = random_vgg().to(options.device)
    parts = (torch.rand(1, channels, side, side, device=options.device) * 2 - 1 for channels in (3, 1, 3))
    batch = Batch(("drawn",), *parts)
    print(f"{options.method}, {side} px, width {width}, batch 1, {options.device}, {options.repeats} rounds")

    ours = Iteration(config, copy.deepcopy(generator), copy.deepcopy(critic), vgg, batch)
    plain = Iteration(config, generator, critic, vgg, batch)
    print(f"gradients of the generator: relative difference {gradient_difference(ours, plain):.2g} (tolerance 1e-5)")
    flops = [counted(ours.ours), counted(plain.plain)]
    print(f"FLOPs: ours {flops[0] / 1e9:.4g} G, plain {flops[1] / 1e9:.4g} G, ratio {flops[0] / flops[1]:.3f} (0.55)")
    ways = {"ours": ours.ours, "plain": plain.plain}
    report("GAN iteration", measure(ways, options.repeats, clock=clock_of(options.device)), 0.75)


class Iteration:
    """Networks and optimisers of one way, and one training iteration of each kind."""

    def __init__(self, config: GanConfig, generator: Generator, critic: nn.Module, vgg: Vgg, batch: Batch) -> None:
        self.config, self.generator, self.critic, self.vgg, self.batch = config, generator, critic, vgg, batch
        self.fused = make_optimizer(config.generator, generator), make_optimizer(config.discriminator, critic)
        settings = (config.generator, generator), (config.discriminator, critic)
        self.eager = [torch.optim.Adam(n.parameters(), lr=s.learning_rate, betas=s.betas) for s, n in settings]

    def our_loss(self) -> tuple[Tensor, Tensor]:
        painted, tokens = self.generator(self.batch.line, self.batch.reference)
        with frozen(self.critic):
            scores = self.critic(painted, self.batch.line)
        found = losses.generator_losses(
            scores, painted, self.batch.target, tokens, None, self.vgg,
            weights=self.config.loss_weights, margin=self.config.triplet.margin, mix=False,
        )  # fmt: skip
        return found["loss"], painted

    def plain_loss(self) -> tuple[Tensor, Tensor]:
        batch, weights = self.batch, self.config.loss
        painted, tokens = self.generator(batch.line, batch.reference)
        total = weights.adversarial * F.mse_loss(scores := self.critic(painted, batch.line), torch.ones_like(scores))
        total = total + weights.l1 * F.l1_loss(painted, batch.target)
        for level in LEVEL:  # one run of a prefix for each level, serving both losses
            prefix = self.vgg.layers[: level + 1]
            ours, theirs = prefix(painted), prefix(batch.target)
            total = total + weights.perceptual * F.l1_loss(ours, theirs)
            total = total + weights.style * F.l1_loss(plain_gram(ours), plain_gram(theirs))
        if tokens is not None:
            total = total + losses.triplet_cao(*tokens, 12.0)
        return total, painted

    def ours(self) -> None:
        """As `baselines.gan.training` does it."""
        self.iterate(self.our_loss, self.fused)

    def plain(self) -> None:
        """As the published code does it."""
        self.iterate(self.plain_loss, self.eager)

    def iterate(self, loss_of: Callable[[], tuple[Tensor, Tensor]], optimizers: object) -> None:
        first, second = optimizers  # type: ignore[misc]
        first.zero_grad(set_to_none=True)
        total, painted = loss_of()
        total.backward()
        first.step()
        second.zero_grad(set_to_none=True)
        on_fake = losses.adversarial(self.critic(painted.detach(), self.batch.line), 0.0)
        (losses.adversarial(self.critic(self.batch.target, self.batch.line), 1.0) + on_fake).backward()
        second.step()


def plain_gram(features: Tensor) -> Tensor:
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    return flat.bmm(flat.transpose(1, 2)) / (c * h * w)


def gradient_difference(ours: Iteration, plain: Iteration) -> float:
    """Relative L2 distance of the generator's gradients, from the same weights."""
    gradients = []
    for way, loss_of in ((ours, ours.our_loss), (plain, plain.plain_loss)):
        total, _ = loss_of()
        total.backward()
        gradients.append(torch.cat([p.grad.flatten() for p in way.generator.parameters() if p.grad is not None]))
    return ((gradients[0] - gradients[1]).norm() / gradients[1].norm()).item()


def counted(work: Callable[[], None]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def random_vgg() -> Vgg:
    from torchvision.models import vgg19

    layers = vgg19(weights=None).features
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    return Vgg(layers, LEVEL)


if __name__ == "__main__":
    main()
