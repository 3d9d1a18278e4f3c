"""The cost of painting: seconds per image by batch, peak memory, and number of parameters."""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmark.core.device import is_out_of_memory

BATCHES = (1, 2, 4, 8, 16, 32, 64)
REPEATS = 3  # timed calls per batch, after one untimed call
PATIENCE = 60.0  # seconds; a batch with a longer expected call is not timed
GAIN = 0.97  # larger batches are tried while seconds per image fall to this share or less


def seconds_by_batch(prepare: Callable[[int], Callable[[], object]], largest: int) -> dict[int, float]:
    """Seconds per image at batch n = 1, 2, 4, ... while they fall; `prepare(n)` returns a call that paints n images.

    Each value is the median of three calls after one warm-up call. Ends at `largest`, when memory is exhausted, or
    when a call would take more than a minute.
    """
    measured: dict[int, float] = {}
    for batch in (batch for batch in BATCHES if batch <= max(largest, 1)):
        times = list(measured.values())
        if times and times[-1] * batch > PATIENCE:
            break
        if len(times) > 1 and times[-1] > GAIN * times[-2]:
            break
        try:
            paint = prepare(batch)
            paint()
            measured[batch] = statistics.median(_timed(paint) for _ in range(REPEATS)) / batch
        except (MemoryError, RuntimeError) as error:
            if not measured or not is_out_of_memory(error):
                raise
            break
    return measured


def device_name(device: str) -> str:
    """The name of a GPU, or of the CPU with its number of cores."""
    if device.startswith("cuda"):
        import torch

        return str(torch.cuda.get_device_name(device))
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores"


STATISTICS = (".running_mean", ".running_var", ".num_batches_tracked")  # buffers of batch norms


class PeakMemory:
    """Peak memory since the object was made: of the device for CUDA, of the process elsewhere."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.kind = "device memory" if device.startswith("cuda") else "process memory"
        if device.startswith("cuda"):
            import torch

            torch.cuda.reset_peak_memory_stats(device)
        elif not _reset_resident_peak():
            self.kind = "process memory since its start"

    def read(self) -> int | None:
        """Peak memory in bytes, or None where the system does not report it."""
        if self.device.startswith("cuda"):
            import torch

            return int(torch.cuda.max_memory_allocated(self.device))
        return _resident_peak()


def parameter_count(checkpoint: Path, training_only: Sequence[str] = ()) -> int:
    """Number of values in the weights of a safetensors file, read from its header. Needs no torch.

    Tensors whose names start with a prefix of `training_only` and the statistics of batch norms do not count.
    """
    from math import prod

    from safetensors import safe_open

    with safe_open(checkpoint, framework="np") as file:
        left_out = tuple(training_only)
        names = [name for name in file.keys() if not name.startswith(left_out) and not name.endswith(STATISTICS)]  # noqa: SIM118
        return sum(prod(file.get_slice(name).get_shape()) for name in names)


def _timed(paint: Callable[[], object]) -> float:
    clock = time.perf_counter()
    paint()
    return time.perf_counter() - clock


def _reset_resident_peak() -> bool:
    """Reset the peak memory of this process (Linux, proc(5), clear_refs 5); False where that is not possible."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _resident_peak() -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
