"""The device a command runs on: its name, whether it is there, its memory errors, and the CPU cores at hand."""

import os
import re

from benchmark.core.errors import AnibenchError

DEVICES = "auto, cpu, cuda, cuda:N or mps"
DEVICE = re.compile(r"auto|cpu|mps|cuda(:(0|[1-9]\d*))?")


def check_device_name(device: str) -> str:
    """`device`; raises AnibenchError for a name that is none of `DEVICES`. Does not look whether it is there."""
    if DEVICE.fullmatch(device) is None:
        raise AnibenchError(f"{device!r} is no device; give {DEVICES}")
    return device


def device_list(text: str) -> list[str]:
    """`"cuda:0, cuda:1"` -> its names; raises AnibenchError for an unknown name and for a GPU that is named twice.

    `cpu` may be given several times: its cores are divided. `cuda` is the GPU `cuda:0`.
    """
    names = [check_device_name(each.strip()) for each in text.split(",")]
    places = ["cuda:0" if name == "cuda" else name for name in names if name != "cpu"]
    twice = sorted({place for place in places if places.count(place) > 1})
    if twice:
        raise AnibenchError(f"{twice[0]} is named twice; name each device once (only cpu may be repeated)")
    return names


def resolve_device(device: str) -> str:
    """`auto` -> `cuda` if available, else `mps` if available, else `cpu`; any other name as it is.

    Raises AnibenchError for a GPU that this machine does not have. Imports torch unless the device is `cpu`.
    """
    if device == "cpu":
        return device
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if device == "mps" and not torch.backends.mps.is_available():
        raise AnibenchError("no usable MPS device was found; use --device cpu")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise AnibenchError("no usable CUDA device was found; use --device cpu")
    if device.startswith("cuda:") and int(device[5:]) >= (count := torch.cuda.device_count()):
        found = ", ".join(f"cuda:{number}" for number in range(count))
        raise AnibenchError(f"there is no {device} on this machine; its GPUs are: {found}")
    return device


def available_cores() -> int:
    """CPU cores that this process may use: fewer than the machine's where a scheduler or `taskset` limits them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def reading_threads() -> int:
    """Threads that read and check files in parallel: one for each available core, at most 8."""
    return min(8, available_cores())


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that main memory or device memory is exhausted. Does not import torch."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
