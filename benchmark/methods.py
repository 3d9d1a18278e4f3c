"""The method interface: a method is one module with a few names, found by its entry point.

- `Config`, a frozen `benchmark.config.Config`;
- `load(checkpoint, device) -> Colorizer`;
- `train(config, data, run) -> Path` of its final checkpoint, when the method can learn;
- `estimate(config, samples) -> rows` (what, value) of what training on that many samples will take, when it can tell;
- `import_checkpoint(file, config) -> tensors, config`, when it can take over weights of another program.

Entry-point groups: `anibench.methods` for methods, `anibench.floors` for those that need no training and no checkpoint
and show what a protocol rewards.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmark.config import Config
from benchmark.dataset import Dataset
from benchmark.errors import AnibenchError
from benchmark.runs import Run

GROUPS = {"anibench.methods": "method", "anibench.floors": "floor"}


class Colorizer(Protocol):
    """Paints lines in the colours of references. It is given no ids, no paths and no ground truth."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """Lines (n, 1, H, W), 0 ink / 255 paper, references (n, 3, H, W) RGB, one seed each -> (n, 3, H, W) RGB.

        An image depends on its own line, reference and seed alone, not on its neighbours in the batch. An optional
        attribute `notes`, a tuple of strings, says what a score card has to say about how the pictures were made.
        """
        ...


@dataclass(frozen=True)
class Method:
    """A registered method: its name, whether it is a floor, and the names its module offers."""

    name: str
    kind: Literal["method", "floor"]
    module: Any

    @property
    def config(self) -> type[Config]:
        model: type[Config] = self.module.Config
        return model

    @property
    def load(self) -> Callable[[Path | None, str], Colorizer]:
        """`load(checkpoint, device)`; a floor is given None."""
        loader: Callable[[Path | None, str], Colorizer] = self.module.load
        return loader

    @property
    def train(self) -> Callable[[Config, Dataset, Run], Path] | None:
        trainer: Callable[[Config, Dataset, Run], Path] | None = getattr(self.module, "train", None)
        return trainer

    @property
    def estimate(self) -> Callable[[Config, int], list[tuple[str, str]]] | None:
        estimator: Callable[[Config, int], list[tuple[str, str]]] | None = getattr(self.module, "estimate", None)
        return estimator

    @property
    def import_checkpoint(self) -> Callable[[Path, Config], tuple[dict[str, Any], Config]] | None:
        importer: Callable[[Path, Config], tuple[dict[str, Any], Config]] | None
        importer = getattr(self.module, "import_checkpoint", None)
        return importer

    def presets(self) -> dict[str, Path]:
        """Preset name -> TOML file, from the folder `presets` beside the method's module."""
        folder = Path(self.module.__file__).parent / "presets"
        return {path.stem: path for path in sorted(folder.glob("*.toml"))}

    def preset(self, name: str) -> Path:
        """The file of a preset; raises AnibenchError that lists those there are."""
        presets = self.presets()
        if name not in presets:
            raise AnibenchError(f"{self.name} has no preset {name}; it has: {', '.join(presets) or 'none'}")
        return presets[name]


def method_names(kind: Literal["method", "floor"] | None = None) -> list[str]:
    """Registered names in alphabetical order, methods and floors or one kind of them. Imports no method."""
    return sorted(name for name, (_, found) in _registered().items() if kind in (None, found))


def get_method(name: str) -> Method:
    """Import a method by name; raises AnibenchError that names the nearest one there is."""
    registered = _registered()
    if name not in registered:
        near = difflib.get_close_matches(name, registered, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(registered))}"
        raise AnibenchError(f"there is no method {name}; {hint}")
    entry, kind = registered[name]
    try:
        return Method(name, kind, entry.load())
    except ImportError as error:
        raise AnibenchError(f"the method {name} ({entry.value}) cannot be imported: {error}") from error


def _registered() -> dict[str, tuple[EntryPoint, Any]]:
    return {entry.name: (entry, kind) for group, kind in GROUPS.items() for entry in entry_points(group=group)}
