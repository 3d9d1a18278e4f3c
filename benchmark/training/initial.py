"""Initial weights of a training (`anibench train --init`): a checkpoint of the same method, or weights of anibench.

The checkpoints of the training name the initial weights and list their training samples too, so that an evaluation on
one of those samples is refused.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import nn

from benchmark.core.errors import AnibenchError
from benchmark.methods.built_in import built_in_of, load_weights
from benchmark.methods.checkpoints import CheckpointInfo, read_info
from benchmark.methods.foreign import check_fit
from benchmark.methods.interface import get_method
from benchmark.weights.files import hash_file


@dataclass(frozen=True)
class InitialWeights:
    """The checkpoint whose weights a training starts from. `name` is what the user gave."""

    name: str
    checkpoint: Path

    @cached_property
    def info(self) -> CheckpointInfo:
        return read_info(self.checkpoint)

    @cached_property
    def record(self) -> str:
        """Name and SHA-256 of these weights, for the checkpoints of the training."""
        return f"{self.name} (SHA-256 {hash_file(self.checkpoint)})"

    def load_into(self, network: nn.Module) -> None:
        """Copy the weights into `network`. Raises AnibenchError that names tensors that do not fit."""
        weights = load_weights(self.checkpoint)
        try:
            weights = check_fit(f"--init {self.name}", "for another network", weights, network)
        except AnibenchError as error:
            raise AnibenchError(
                f"{error}; train with the network settings that these weights were trained with"
            ) from error
        network.load_state_dict(weights)


def find_initial(name: str, method: str) -> InitialWeights:
    """The initial weights `name`: a checkpoint file, or METHOD/NAME of the weights that come with anibench.

    Raises AnibenchError when there are none of that name, or when they are weights of another method.
    """
    path = Path(name)
    if not path.is_file():
        owner, _, run = name.partition("/")
        shipped = built_in_of(get_method(method)) if owner == method else {}
        if run not in shipped:
            known = ", ".join(weights.name for weights in built_in_of(get_method(method)).values()) or "none"
            raise AnibenchError(
                f"--init {name}: there is no such checkpoint; give a .safetensors file of a run's checkpoints folder, "
                f"or weights that come with anibench ({known})"
            )
        path = shipped[run].checkpoint
    found = InitialWeights(name, path)
    if found.info.method != method:
        raise AnibenchError(f"--init {name} is a checkpoint of {found.info.method}, not of {method}")
    return found
