"""Weights from elsewhere: files loaded without running code from them, tensors checked by names and shapes."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.core.errors import AnibenchError

WRAPPERS = ("module.", "_orig_mod.")  # name prefixes from DataParallel and torch.compile


def read_plain(path: Path, content: bytes | None = None) -> Any:
    """The content of the `.pth` file at `path`, or of its bytes, if they are given.

    Raises AnibenchError for anything but numbers, tensors and containers.
    """
    try:
        return torch.load(path if content is None else io.BytesIO(content), map_location="cpu", weights_only=True)
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error}") from error
    except Exception as error:  # torch.load raises its own errors and those of pickle and zipfile
        # The cause is the last line before torch's link. The lines above it advise to load the file with its code.
        reason = str(error).partition("\n\nCheck the documentation")[0].strip().rpartition("\n")[2].rstrip(".")
        raise AnibenchError(
            f"{path} is not a plain weight file: {reason or type(error).__name__}. Code in weight files is never run; "
            "save the tensors alone"
        ) from error


def as_state(path: Path, value: object) -> dict[str, Tensor]:
    """`value` as a state dict without the name prefixes of wrappers. Raises AnibenchError if it is not one."""
    if not isinstance(value, Mapping) or not value or not all(isinstance(v, Tensor) for v in value.values()):
        raise AnibenchError(f"{path} is not a state dict: a mapping of names to tensors is expected")
    state = {str(name): tensor for name, tensor in value.items()}
    for prefix in WRAPPERS:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return state


def check_fit(source: object, what: str, state: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """The tensors of `state`, converted to the dtypes of `network`.

    Raises AnibenchError that names missing and unknown tensors and wrong shapes. `source` is the file or option that
    gave the weights; `what` states what it is, such as "not a U-Net of AnimeDiffusion".
    """
    expected = network.state_dict()
    missing, extra = expected.keys() - state.keys(), state.keys() - expected.keys()
    if missing or extra:
        raise AnibenchError(f"{source} is {what}: missing {some(missing)}; unknown {some(extra)}")
    for name, tensor in expected.items():
        if state[name].shape != tensor.shape:
            shapes = tuple(state[name].shape), tuple(tensor.shape)
            raise AnibenchError(f"{source}: {name} has shape {shapes[0]}, expected {shapes[1]}")
    return {name: state[name].to(tensor.dtype) for name, tensor in expected.items()}


def some(names: Iterable[str]) -> str:
    """The first four names in alphabetical order, and the count of the others."""
    listed = sorted(names)
    return (", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")) or "nothing"
