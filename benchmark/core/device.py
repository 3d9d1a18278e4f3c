"""The device a command runs on, and its memory errors."""


def resolve_device(device: str) -> str:
    """`auto` -> `cuda` if available, else `mps` if available, else `cpu`. Imports torch."""
    if device != "auto":
        return device
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that main memory or device memory is exhausted. Does not import torch."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
