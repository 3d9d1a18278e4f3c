"""Interleaved measurements of several ways to do one thing, in one process, and the line that reports them.

The clock is CPU time, so that other work on the machine counts little; on a GPU it is wall time up to the device's end.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Way = Callable[[], object]
Clock = Callable[[], float]


def clock_of(device: str) -> Clock:
    """CPU seconds of this process, or for a CUDA device wall seconds once it has finished what it was given."""
    if not device.startswith("cuda"):
        return time.process_time
    import torch

    def synchronised() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    return synchronised


def seconds(work: Way, clock: Clock = time.process_time) -> float:
    """How long one call takes."""
    started = clock()
    work()
    return clock() - started


def measure(
    ways: Mapping[str, Way], repeats: int, *, warmup: int = 1, clock: Clock = time.process_time
) -> dict[str, list[float]]:
    """Seconds of each way in each round; a round runs every way once, every second round in the other order."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(-warmup, repeats):
        gc.collect()
        for name in names:
            taken = seconds(ways[name], clock)
            if turn >= 0:
                times[name].append(taken)
        names.reverse()
    return times


def ratio(ours: list[float], plain: list[float]) -> float:
    """Median over the rounds of ours / plain."""
    return statistics.median(a / b for a, b in zip(ours, plain, strict=True))


def report(title: str, times: Mapping[str, list[float]], gate: float | None, *, per: int = 1, note: str = "") -> None:
    """Print the medians, divided by `per` items, and each way's ratio to the way `plain` beside the gate."""
    print(f"{title}: plain {duration(statistics.median(times['plain']) / per)}", end="")
    for name, taken in times.items():
        if name != "plain":
            medium = duration(statistics.median(taken) / per)
            print(f"; {name} {medium}, ratio {ratio(taken, times['plain']):.3f}", end="")
    print(f" (gate {gate:.2f})" if gate is not None else "", note and f"; {note}", sep="", flush=True)


def duration(value: float) -> str:
    """Seconds for people."""
    if value >= 1:
        return f"{value:.2f} s"
    return f"{1e3 * value:.1f} ms" if value >= 1e-3 else f"{1e3 * value:.3f} ms"
