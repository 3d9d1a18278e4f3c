"""Weight files of other programs: read without running them, and compared name by name and shape by shape."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.core.errors import AnibenchError

WRAPPERS = ("module.", "_orig_mod.")  # left there by data-parallel and compile wrappers


def read_plain(path: Path) -> Any:
    """What a `.pth` holds, if that is numbers, tensors and containers; raises AnibenchError for anything else."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error}") from error
    except Exception as error:  # torch.load raises pickle's, zipfile's and its own errors for a file it does not like
        raise AnibenchError(f"{path} holds no plain weights, and nothing else is loaded from it: {error}") from error


def as_state(path: Path, value: object) -> dict[str, Tensor]:
    """A mapping of names to tensors without the prefixes of wrappers; raises AnibenchError for anything else."""
    if not isinstance(value, Mapping) or not value or not all(isinstance(v, Tensor) for v in value.values()):
        raise AnibenchError(f"{path} is not a state dict: a mapping of names to tensors is expected")
    state = {str(name): tensor for name, tensor in value.items()}
    for prefix in WRAPPERS:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return state


def check_fit(path: Path, what: str, state: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """The tensors in the network's own types; raises AnibenchError that names what is missing, unknown or misshapen.

    `what` says whose they are, as "no U-Net of AnimeDiffusion".
    """
    expected = network.state_dict()
    missing, extra = expected.keys() - state.keys(), state.keys() - expected.keys()
    if missing or extra:
        raise AnibenchError(f"{path} is {what}: missing {some(missing)}; unknown {some(extra)}")
    for name, tensor in expected.items():
        if state[name].shape != tensor.shape:
            shapes = tuple(state[name].shape), tuple(tensor.shape)
            raise AnibenchError(f"{path}: {name} has the shape {shapes[0]}, not {shapes[1]}")
    return {name: state[name].to(tensor.dtype) for name, tensor in expected.items()}


def some(names: Iterable[str]) -> str:
    """The first few names, in order."""
    listed = sorted(names)
    return (", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")) or "nothing"
