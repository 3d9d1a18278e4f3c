"""Which device a command runs on."""


def resolve_device(device: str) -> str:
    """`auto` -> `cuda`, `mps` or `cpu`, whichever is best here. Imports torch."""
    if device != "auto":
        return device
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
