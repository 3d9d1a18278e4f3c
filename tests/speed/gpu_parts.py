"""The parts that `gpu.py` measures on one device: training steps, the loader, painting, and bf16 against float32.

The plain path is that of `plain.py`: float32 (with TF32 in convolutions, as PyTorch has it), contiguous, not compiled.
"""

import copy
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from phase2 import first_step, step_of
from plain import plain_ddim, plain_noised, plain_optimizer, plain_unet
from timing import Clock, Way, clock_of, duration, measure, ratio
from torch import nn

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.diffusion import Network, ddim_times
from animediffusion.losses import draw_noise, draw_steps, phase1_loss
from animediffusion.method import load
from animediffusion.sampling import AnimeDiffusionColorizer, build_schedule, build_unet, conditioned
from animediffusion.training import METHOD, Session
from benchmark.core.device import is_out_of_memory
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.scoring.psnr import psnr
from benchmark.training.batches import Batch, normalised, to_uint8
from benchmark.training.compiling import compiled
from benchmark.training.steps import make_optimizer, take_step

GIB = 2**30
COMPILING = 240.0  # seconds that have to be left for a part that compiles, so that the training is not left out
FAST = 0.015  # seconds to paint one picture on an H100
ACCURATE = 35.0  # dB of bf16 against float32
TURNS = 8  # steps in a row, so that the host can run ahead of the device
T = TypeVar("T")
Painter = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]  # lines, references -> pictures


@dataclass
class Line:
    """A row of the summary: times of the plain path and of ours, and the gate."""

    part: str
    plain: str
    ours: str
    ratio: float | None = None
    gate: str = ""
    met: bool | None = None
    note: str = ""


@dataclass
class Bench:
    """The device, the configuration and the data; the time that is left; what was measured."""

    out: Path
    config: AnimeDiffusionConfig
    data: Dataset
    device: str
    ends: float
    tiny: bool
    lines: list[Line] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)  # of a step of a phase, by our fastest way
    compile: bool = False  # whether that way is compiled
    checkpoint: Path | None = None

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()

    @property
    def clock(self) -> Clock:
        return clock_of(self.device)

    @property
    def may_compile(self) -> bool:
        return self.tiny or self.left > COMPILING

    def session(self) -> Session:
        return Session(METHOD, self.config, self.data, Run(self.out / "measured", self.device))

    def measured(self, ways: Mapping[str, Way], warmup: int = 2) -> dict[str, list[float]]:
        return measure(ways, 1 if self.tiny else 5, warmup=warmup, clock=self.clock)

    def compare(self, part: str, times: Mapping[str, list[float]], gate: float, per: int = 1, note: str = "") -> None:
        """Add the line of our fastest way."""
        medians = {name: statistics.median(taken) / per for name, taken in times.items()}
        name, _ = fastest(times)
        found = ratio(times[name], times["plain"]) if "plain" in times else None
        ours = "; ".join(f"{each} {duration(taken)}" for each, taken in medians.items() if each != "plain")
        plain = duration(medians["plain"]) if "plain" in medians else "does not fit into the memory"
        met = None if found is None else found <= gate
        self.lines.append(Line(part, plain, ours, found, f"{gate:.2f}", met, note))


def fastest(times: Mapping[str, list[float]]) -> tuple[str, float]:
    """Our fastest way and its median seconds."""
    medians = {name: statistics.median(taken) for name, taken in times.items() if name != "plain"}
    name = min(medians, key=lambda each: medians[each])
    return name, medians[name]


def phase1_step(bench: Bench) -> None:
    """From a batch on the device to updated weights, at the largest batch up to the preset's that fits."""
    batch = bench.config.phase1.batch

    def times(size: int) -> dict[str, list[float]]:
        session = bench.session()
        samples = session.batch(picked(session.ids, size), range(size))
        start = session.fresh(lambda: build_unet(bench.config), 0)
        ways: dict[str, Way] = {"plain": plain_step(session, start, samples)}
        steps = {"eager": our_step(session, copy.deepcopy(start), lambda unet: unet)}
        if bench.may_compile:
            steps["compiled"] = our_step(session, start, compiled)
        return bench.measured(ways | {name: lambda step=step: step(samples) for name, step in steps.items()})

    size, found = largest(batch, times)
    name, seconds = fastest(found)
    bench.seconds["phase1"], bench.compile = seconds * batch / size, name == "compiled"
    bench.compare(f"phase-1 step, batch {size}", found, 0.50)


def our_step(session: Session, unet: nn.Module, wrap: Callable[[nn.Module], Network]) -> Callable[[Batch], None]:
    """The step of the package with the session's precision, and the network as `wrap` returns it."""
    settings, schedule, network = session.config.phase1, build_schedule(session.config), wrap(unet)
    parameters, optimizer = list(unet.parameters()), make_optimizer(settings.optimizer, unet)

    def step(batch: Batch) -> None:
        seeds = range(len(batch))
        t, noise = draw_steps(seeds, schedule.steps, batch.target.device), draw_noise(batch.target, seeds)()
        with session.accelerator.autocast():
            denoise = conditioned(network, batch.line, batch.reference)
            loss = phase1_loss(denoise, batch.target, noise, t, schedule, settings.weighting)
        session.accelerator.backward(loss / batch.target.numel())
        take_step(optimizer, parameters, settings.optimizer.learning_rate, settings.optimizer.clip, session.accelerator)

    return step


def plain_step(session: Session, weights: nn.Module, batch: Batch) -> Way:
    unet, schedule = plain_unet(session.config, weights), build_schedule(session.config)
    adam = plain_optimizer(unet, session.config.phase1.optimizer.learning_rate)

    def step() -> None:
        noise = torch.randn_like(batch.target)
        t = torch.randint(0, schedule.steps, (len(batch),), device=batch.target.device)
        adam.zero_grad(set_to_none=False)
        inputs = torch.cat([plain_noised(schedule, batch.target, noise, t), batch.line, batch.reference], dim=1)
        F.mse_loss(unet(inputs, t), noise).backward()
        adam.step()

    return step


def loader_stall(bench: Bench) -> None:
    """The share of a phase-1 step that its batch takes: gathering, sending and warping, with new samples each time."""

    def times(size: int) -> dict[str, list[float]]:
        session = bench.session()
        step = our_step(session, session.fresh(lambda: build_unet(bench.config), 0), lambda unet: unet)
        fixed = session.batch(picked(session.ids, size), range(size))
        turns = range(1 if bench.tiny else TURNS)

        def fed() -> None:
            for turn in turns:
                step(session.batch(picked(session.ids, size, turn * size), range(size)))

        def repeated() -> None:
            for _ in turns:
                step(fixed)

        return bench.measured({"fixed": repeated, "fed": fed}, warmup=1)

    size, found = largest(bench.config.phase1.batch, times)
    stall = max(0.0, 1 - 1 / ratio(found["fed"], found["fixed"]))
    fixed, fed = (duration(statistics.median(found[name]) / (1 if bench.tiny else TURNS)) for name in ("fixed", "fed"))
    note = f"with one fixed batch {fixed}: {100 * stall:.1f} % of the step are its batch"
    bench.lines.append(Line(f"phase-1 step with its loader, batch {size}", "", fed, note=note))


def phase2_step(bench: Bench) -> None:
    """Memory and time at the preset's batch, through a chain that starts from an inverted reference."""
    size, session = bench.config.phase2.batch, bench.session()
    session.batcher(session.ids[:1], [0])  # the data are not what is measured
    memory: dict[str, float] = {}
    ways: dict[str, Way] = {}
    for name in ("ours", "plain"):
        try:
            memory[name], _ = first_step(name, session, bench.device, size)
            ways[name] = step_of(name, session, size)
        except RuntimeError as error:
            if name == "ours" or not is_out_of_memory(error):
                raise
    found = bench.measured(ways, warmup=1)
    bench.seconds["phase2"] = fastest(found)[1]
    bench.compare(f"phase-2 step, batch {size}", found, 1.45)
    shown = {name: f"{held / GIB:.2f} GiB" for name, held in memory.items()}
    share = memory["ours"] / memory["plain"] if memory.get("plain") else None
    met = None if share is None else share <= 0.25
    plain = shown.get("plain", "does not fit into the memory")
    bench.lines.append(Line(f"phase-2 peak memory, batch {size}", plain, shown["ours"], share, "0.25", met))


def latency(bench: Bench) -> None:
    """Seconds from one line and its reference, as bytes, to the painted bytes; with and without a CUDA graph."""
    found = paint_times(bench, 1, graph=bench.may_compile)
    name, seconds = fastest(found)
    fast = "at most" if seconds <= FAST else "more than"
    note = f"the fastest, {name}, takes {fast} the {duration(FAST)} that an H100 is to take"
    bench.compare("latency of one picture", found, 0.50, note=note)


def throughput(bench: Bench) -> None:
    """Seconds of a picture at batch 64, or the largest batch that fits."""
    size, found = largest(2 if bench.tiny else 64, lambda size: paint_times(bench, size, graph=False))
    rate = size / fastest(found)[1]
    bench.compare(f"a picture at batch {size}", found, 0.50, per=size, note=f"{rate:.1f} pictures per second")


def paint_times(bench: Bench, size: int, *, graph: bool) -> dict[str, list[float]]:
    config, session = bench.config, bench.session()
    unet, schedule = session.fresh(lambda: build_unet(config), 0).eval(), build_schedule(config)
    plain = plain_unet(config, unet).eval()
    lines, references = inputs(bench.data, size)
    times = ddim_times(schedule.steps, config.sampling.steps, config.sampling.grid)

    @torch.inference_mode()
    def plainly() -> None:
        line, reference = (normalised(torch.from_numpy(each).to(bench.device)) for each in (lines, references))
        sides = (config.resolution,) * 2
        line, reference = (F.interpolate(each, sides, mode="area") for each in (line, reference))
        painted = plain_ddim(plain, line, reference, torch.randn_like(reference), schedule, times, eta=0.0)[-1]
        to_uint8(painted).cpu()

    painters = {
        "float32": colorizer(AnimeDiffusionColorizer(unet, config, bench.device), bf16=False),
        "bf16": colorizer(AnimeDiffusionColorizer(unet, config, bench.device), bf16=True),
    }
    if graph:
        sampling = config.sampling.model_copy(update={"compile": True})
        painters["bf16 with a graph"] = colorizer(
            AnimeDiffusionColorizer(copy.deepcopy(unet), config, bench.device, sampling), bf16=True
        )
    ours = {name: lambda paint=paint: paint(lines, references) for name, paint in painters.items()}
    return bench.measured({"plain": plainly, **ours})


def accuracy(bench: Bench) -> None:
    """PSNR of pictures painted in bf16 against those in float32, by the trained weights or by random ones."""
    lines, references = inputs(bench.data, 8)
    if bench.checkpoint:
        found, weights = load(bench.checkpoint, bench.device), "trained weights"
    else:
        unet = bench.session().fresh(lambda: build_unet(bench.config), 0)
        found, weights = AnimeDiffusionColorizer(unet, bench.config, bench.device), "random weights"
    exact, rounded = (colorizer(found, bf16=bf16)(lines, references) for bf16 in (False, True))
    pairs = zip(exact.transpose(0, 2, 3, 1), rounded.transpose(0, 2, 3, 1), strict=True)
    values = [psnr(*map(np.ascontiguousarray, pair)) for pair in pairs]
    low = min(values)
    line = Line("bf16 against float32", "", f"{np.mean(values):.1f} dB", None, f"{ACCURATE:g} dB", low >= ACCURATE)
    line.note = f"lowest of {len(values)} pictures {low:.1f} dB, {weights}"
    bench.lines.append(line)


def colorizer(found: AnimeDiffusionColorizer, *, bf16: bool) -> Painter:
    def paint(lines: NDArray[np.uint8], references: NDArray[np.uint8]) -> NDArray[np.uint8]:
        with torch.autocast(torch.device(found.device).type, torch.bfloat16, enabled=bf16):
            return found.colorize(lines, references, range(len(lines)))

    return paint


def inputs(data: Dataset, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Lines (n, 1, 256, 256) and references (n, 3, 256, 256) of test samples."""
    ids = picked(data.ids("test"), size)
    lines = np.stack([data.line(each)[None] for each in ids])
    return lines, np.stack([data.color(each).transpose(2, 0, 1) for each in ids])


def picked(ids: tuple[str, ...], size: int, first: int = 0) -> list[str]:
    """`size` ids from number `first` on, from the start again after the last."""
    return [ids[(first + number) % len(ids)] for number in range(size)]


def largest(size: int, attempt: Callable[[int], T]) -> tuple[int, T]:
    """The first of `size`, half of it, ... for which `attempt` does not exhaust the memory, and its result."""
    try:
        return size, attempt(size)
    except (MemoryError, RuntimeError) as error:
        if size == 1 or not is_out_of_memory(error):
            raise
    torch.cuda.empty_cache()
    return largest(size // 2, attempt)
