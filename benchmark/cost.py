"""What painting costs: memory at its peak, and the size of a checkpoint. Times are taken where the painting is done."""

import sys
from pathlib import Path


class PeakMemory:
    """The highest memory use since this was made: of the device for CUDA, of the process elsewhere."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.kind = "device memory" if device.startswith("cuda") else "process memory"
        if device.startswith("cuda"):
            import torch

            torch.cuda.reset_peak_memory_stats(device)
        elif not _reset_resident_peak():
            self.kind = "process memory since its start"

    def read(self) -> int | None:
        """Bytes, or None where the system does not say."""
        if self.device.startswith("cuda"):
            import torch

            return int(torch.cuda.max_memory_allocated(self.device))
        return _resident_peak()


def parameter_count(checkpoint: Path) -> int:
    """How many values the tensors of a safetensors file hold, read from its header. Needs no torch."""
    from math import prod

    from safetensors import safe_open

    with safe_open(checkpoint, framework="np") as file:
        return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118, it is no dict


def _reset_resident_peak() -> bool:
    """Linux can forget the peak of a process (proc(5), clear_refs 5)."""
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
