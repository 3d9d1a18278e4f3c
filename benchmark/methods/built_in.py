"""Weights that come with anibench: `weights/NAME.safetensors` beside a method's module, and their card NAME.toml.

The tensors are float16; a method paints with them in float32.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.methods.checkpoints import load_tensors, read_info, save_checkpoint
from benchmark.methods.interface import Method, get_method, method_names

if TYPE_CHECKING:
    from torch import Tensor

NOTE = "its weights come with anibench"  # on the score card
MARK = " (built in)"


class BuiltInCard(Config):
    """What the weights are, how they were made, and what they can do."""

    use: str = ""
    sha256: str = ""
    licence: str = ""
    command: str = ""  # that trained them
    dataset: str = ""
    fingerprint: str = ""  # of the dataset
    seed: int = 0
    hours: float = 0.0  # of training
    works: tuple[str, ...] = ()  # seen in the painted pictures
    fails: tuple[str, ...] = ()
    scores: dict[str, dict[str, float]] = Field(default_factory=dict)  # test set -> metric -> mean


@dataclass(frozen=True)
class BuiltIn:
    """A checkpoint that comes with a method, and its card."""

    method: Method
    run: str
    checkpoint: Path
    card: BuiltInCard

    @property
    def name(self) -> str:
        """METHOD/RUN, as `anibench eval` takes it."""
        return f"{self.method.name}/{self.run}"

    @property
    def place(self) -> str:
        """What records name in place of the path, which differs between installations."""
        return f"{self.name}{MARK}"


def built_in_of(method: Method) -> dict[str, BuiltIn]:
    """Run name -> the weights that come with `method`. Raises AnibenchError for a file without a card."""
    folder = Path(method.module.__file__).parent / "weights"
    found = sorted(folder.glob("*.safetensors"))
    return {path.stem: BuiltIn(method, path.stem, path, _read_card(path)) for path in found}


def all_built_in() -> list[BuiltIn]:
    """The weights that come with any registered method. A method that cannot be imported has none."""
    found: list[BuiltIn] = []
    for name in method_names("method"):
        try:
            method = get_method(name)
        except AnibenchError:
            continue
        found += [weights for weights in built_in_of(method).values() if read_info(weights.checkpoint).method == name]
    return found


def find_checkpoint(place: str) -> Path:
    """The checkpoint that a record names: by its path, or by `BuiltIn.place` for weights of this installation."""
    own = all_built_in() if place.endswith(MARK) else []
    return next((weights.checkpoint for weights in own if weights.place == place), Path(place))


def export_half(checkpoint: Path, out: Path, others: Sequence[Path] = ()) -> None:
    """Write the checkpoint with its tensors in float16, half the bytes, with the same description.

    With `others`, the tensors are the means over all these checkpoints (arXiv 2203.05482), and the description lists
    the samples of all. Raises AnibenchError when one of them is of another method, dataset or network, or when a value
    is too large for float16.
    """
    info, parts = read_info(checkpoint), [load_weights(path) for path in (checkpoint, *others)]
    for path, part in zip(others, parts[1:], strict=True):
        other = read_info(path)
        if (other.method, other.fingerprint) != (info.method, info.fingerprint) or _shapes(part) != _shapes(parts[0]):
            raise AnibenchError(f"{path} has another method, dataset or network than {checkpoint}; average others")
        info = info.including(other)
    means = {name: sum((part[name] for part in parts[1:]), first) / len(parts) for name, first in parts[0].items()}
    save_checkpoint(out, {name: mean.half() for name, mean in means.items()}, info)


def _shapes(tensors: Mapping[str, "Tensor"]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def load_weights(path: Path) -> dict[str, "Tensor"]:
    """The tensors of a method's checkpoint in float32, whatever they are stored in. Raises as `load_tensors` does."""
    return {name: tensor.float() for name, tensor in load_tensors(path).items()}


def _read_card(checkpoint: Path) -> BuiltInCard:
    card = checkpoint.with_suffix(".toml")
    if not card.is_file():
        raise AnibenchError(f"{checkpoint} has no card {card.name} beside it; install anibench again")
    return load_config(BuiltInCard, file=card)
