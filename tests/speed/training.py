"""Time of one phase-1 step, of the optimiser's part of it, and of building and loading a checkpoint; run by hand.

python tests/speed/training.py [--small] [--repeats N] [--device cuda]
"""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from faces import drawn_session
from plain import plain_item, plain_noised, plain_optimizer, plain_unet, relative_error
from timing import clock_of, measure, report

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.losses import draw_noise, draw_steps, phase1_loss
from animediffusion.method import load
from animediffusion.sampling import build_schedule, build_unet, conditioned
from animediffusion.training import Session
from animediffusion.unet import UNet
from benchmark.data.warp import draw_warp
from benchmark.training.state import Counters
from benchmark.training.steps import make_optimizer, take_step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="half the width at 64 px: seconds, not minutes")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)

    side, channels = (64, 32) if options.small else (256, 64)
    config = AnimeDiffusionConfig.model_validate({"resolution": side, "unet": {"channels": channels}})
    print(f"{side} px, {channels} channels, batch 1, {options.device}, {options.repeats} rounds")
    with drawn_session(config, options.device) as session:
        ours = session.fresh(lambda: build_unet(config), 0)
        plain = plain_unet(config, ours)
        checkpoint = session.write_checkpoint("phase1", Counters(), ours.state_dict())
        time_step(session, ours, plain, options.repeats)
        time_optimizers(session, ours, plain)
        time_loading(config, checkpoint, options.device)


def time_step(session: Session, ours: UNet, plain: UNet, repeats: int) -> None:
    """From sample ids to updated weights."""
    config, device, schedule = session.config, session.accelerator.device, build_schedule(session.config)
    settings, sample_id = config.phase1, session.ids[0]
    parameters, optimizer = list(ours.parameters()), make_optimizer(settings.optimizer, ours)
    plain_adam = plain_optimizer(plain, settings.optimizer.learning_rate)

    def gradients(seed: int) -> None:
        batch = session.batcher([sample_id], [seed])
        with session.accelerator.autocast():
            t, noise = draw_steps([seed], schedule.steps, device), draw_noise(batch.target, [seed])()
            loss = phase1_loss(conditioned(ours, batch.line, batch.reference), batch.target, noise, t, schedule)
        session.accelerator.backward(loss)

    def our_step() -> None:
        gradients(0)
        take_step(optimizer, parameters, settings.optimizer.learning_rate, None, session.accelerator)

    def plain_step() -> None:
        paths = session.data.color_path(sample_id), session.data.line_path(sample_id)
        target, line, reference = (part[None].to(device) for part in plain_item(*paths, draw_warp(0)))
        if config.resolution != target.shape[-1]:
            parts = (target, line, reference)
            target, line, reference = (F.interpolate(part, (config.resolution,) * 2, mode="area") for part in parts)
        t, noise = torch.randint(0, schedule.steps, (1,), device=device), torch.randn_like(target)
        noisy = plain_noised(schedule, target, noise, t)
        plain_adam.zero_grad(set_to_none=False)
        predicted = plain(torch.cat([noisy, line, reference], dim=1), t)
        F.mse_loss(predicted, noise, reduction="sum").backward()
        plain_adam.step()

    times = measure({"ours": our_step, "plain": plain_step}, repeats, clock=clock_of(str(device)))
    report("phase-1 step", times, 1.05 if device.type == "cpu" else 0.50)


def time_optimizers(session: Session, ours: UNet, plain: UNet) -> None:
    """Adam alone, over all parameters."""
    optimizer = session.config.phase1.optimizer
    for unet in (ours, plain):
        for parameter in unet.parameters():
            parameter.grad = torch.full_like(parameter, 1e-3)
    ways = {
        "ours": make_optimizer(optimizer, ours).step,
        "plain": plain_optimizer(plain, optimizer.learning_rate).step,
    }
    times = measure(ways, 10, clock=clock_of(str(session.accelerator.device)))
    report("optimiser step", times, 0.40)


def time_loading(config: AnimeDiffusionConfig, checkpoint: Path, device: str) -> None:
    """From a file to a network ready to paint; the plain way draws fresh weights first and overwrites them."""
    stored = load(checkpoint, "cpu").unet
    pickled = checkpoint.with_suffix(".pth")
    torch.save(stored.state_dict(), pickled)

    def plain_load() -> UNet:
        unet = UNet(**config.unet.model_dump())
        unet.load_state_dict(torch.load(pickled, map_location="cpu", weights_only=True))
        return unet.to(device).eval()

    error = relative_error(plain_load().input[0].weight.cpu(), stored.input[0].weight)
    times = measure({"ours": lambda: load(checkpoint, device), "plain": plain_load}, 7, clock=clock_of(device))
    report("build and load a checkpoint", times, 0.20, note=f"difference {error:g}")


if __name__ == "__main__":
    main()
