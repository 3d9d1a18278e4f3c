"""Peak memory and time of one phase-2 step with and without checkpointing, against the plain path; run by hand.

python tests/speed/phase2.py [--repeats N] [--device cuda]      (half the width at 128 px)
python tests/speed/phase2.py --full       (the published size; only the checkpointed step, which takes minutes)

Memory is that of a process of its own per variant, from before it has a network to the end of its first step.
"""

import argparse
import copy
import subprocess
import sys
from collections.abc import Callable

import torch
import torch.nn.functional as F
from faces import drawn_session
from plain import plain_ddim, plain_inversion, plain_optimizer, plain_unet
from timing import clock_of, measure, report, seconds

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.diffusion import ddim_times
from animediffusion.losses import draw_noise, phase2_loss
from animediffusion.sampling import build_schedule, build_unet, chain_start, conditioned
from animediffusion.training import Session
from benchmark.evaluation.cost import PeakMemory
from benchmark.training.steps import make_optimizer, take_step

GIB = 2**30
VARIANTS = ("ours", "without checkpoints", "plain")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--memory-of", choices=VARIANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    side, channels = (256, 64) if options.full else (128, 32)
    config = AnimeDiffusionConfig.model_validate({"resolution": side, "unet": {"channels": channels}})

    if options.memory_of:
        print_memory(options.memory_of, config, options.device)
        return
    print(f"{side} px, {channels} channels, batch 1, {options.device}; 10 DDIM steps from an inverted reference")
    variants = VARIANTS[:1] if options.full else VARIANTS
    arguments = [sys.executable, __file__, *sys.argv[1:], "--memory-of"]
    peaks: dict[str, float] = {}
    for name in variants:
        answer = subprocess.run([*arguments, name], check=True, capture_output=True, text=True).stdout
        peaks[name], taken = (float(value) for value in answer.splitlines()[-1].split())
        print(f"peak memory, {name}: {peaks[name] / GIB:.2f} GiB, first step {taken:.1f} s", flush=True)
    if options.full:
        return
    print(f"peak memory: ratio {peaks['ours'] / peaks['plain']:.3f} (gate 0.25)", flush=True)
    with drawn_session(config, options.device) as session:
        ways = {name: step_of(name, session) for name in VARIANTS}
        times = measure(ways, options.repeats, warmup=0, clock=clock_of(options.device))
    report("phase-2 step", times, 1.45)


def print_memory(variant: str, config: AnimeDiffusionConfig, device: str) -> None:
    """Print the bytes that a first step adds to what the process held before, and its seconds."""
    with drawn_session(config, device) as session:
        session.batcher(session.ids[:1], [0])  # data and libraries are not what is measured
        print(*first_step(variant, session, device))


def first_step(variant: str, session: Session, device: str, size: int = 1) -> tuple[int, float]:
    """The bytes that a network and its first step on `size` samples add, and the seconds of the step."""
    memory = PeakMemory(device)
    before = memory.read() or 0
    taken = seconds(step_of(variant, session, size), clock_of(device))
    return (memory.read() or 0) - before, taken


def step_of(variant: str, session: Session, size: int = 1) -> Callable[[], None]:
    """One phase-2 step from sample ids to updated weights: a network, a frozen copy that inverts, and Adam."""
    settings = session.config.phase2.model_copy(update={"checkpointing": variant == "ours"})
    ids, schedule, seeds = session.ids[:size], build_schedule(session.config), range(size)
    unet = session.fresh(lambda: build_unet(session.config), 0)
    if variant == "plain":
        unet = plain_unet(session.config, unet)
        optimizer = plain_optimizer(unet, settings.optimizer.learning_rate)
    else:
        optimizer = make_optimizer(settings.optimizer, unet)
    inverter, parameters = copy.deepcopy(unet).requires_grad_(False), list(unet.parameters())
    times = ddim_times(schedule.steps, settings.chain, settings.grid)

    def ours() -> None:
        batch = session.batcher(ids, seeds)
        draw = draw_noise(batch.target, seeds)
        inverting, painting = (conditioned(network, batch.line, batch.reference) for network in (inverter, unet))
        options = {"eta": settings.eta, "draw": draw, "checkpointed": settings.checkpointing}
        with session.accelerator.autocast():
            start = chain_start(inverting, batch.reference, schedule, times, draw, "network", "pass")
            loss = phase2_loss(painting, start, batch.target, schedule, times, **options)
        session.accelerator.backward(loss / batch.target.numel())
        take_step(optimizer, parameters, settings.optimizer.learning_rate, None, session.accelerator)

    def plain() -> None:
        batch = session.batcher(ids, seeds)
        condition = batch.line, batch.reference
        start = plain_inversion(inverter, *condition, batch.reference, schedule, times)
        painted = plain_ddim(unet, *condition, start, schedule, times, eta=0.0)[-1]
        optimizer.zero_grad(set_to_none=False)
        F.mse_loss(painted, batch.target).backward()
        optimizer.step()

    return plain if variant == "plain" else ours


if __name__ == "__main__":
    main()
