"""The method interface: a method is one module with a few names, found by its entry point or its dotted path.

- `Config`, a frozen `benchmark.core.config.Config`;
- `load(checkpoint, device) -> Colorizer`;
- `train(config, data, run) -> Path` of its final checkpoint, when the method can learn;
- `SETTABLE`, the fields of `Config` that may change after training, such as `("sampling",)`; `load` then takes the
  configuration to paint with as its third argument: `load(checkpoint, device, config)`. A method without `train` takes
  its whole configuration this way when it has fields;
- `TRAINING_ONLY`, name prefixes of tensors in a checkpoint that only training needs, such as a critic's: they do not
  count as parameters;
- `estimate(config, samples) -> rows` (what, value) of what training on that many samples will take, when it can tell;
- `parameters(config) -> int`, how many values its weights have, when it can tell without making them;
- `import_checkpoint(file, config) -> tensors, config`, when it can take over weights of another program;
- `missing(config) -> str | None`, what has to be installed or put in place before it paints, with the way out;
- `weights_sha256(config) -> str`, the hash of what it paints with, where that is no checkpoint;
- `NEEDS`, a line that says what has to be there before it runs, for `anibench methods`;
- `read_config(file) -> Config`, for a method that is set up by a file, `anibench eval METHOD:FILE.toml`, where that is
  more than reading its fields.

Entry-point groups: `anibench.methods` for methods, `anibench.floors` for those that need no training and no checkpoint
and show what a protocol rewards. A floor may say `SEES_TRUTH = True`, and is then handed the truth as its reference; a
method may not. `RETURNS_REFERENCE = True` says that its outputs are the references unchanged. `SUMMARY` says
in a few words what it does, for reports.
"""

import difflib
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset

GROUPS = {"anibench.methods": "method", "anibench.floors": "floor"}
Kind = Literal["method", "floor", "outside"]


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
class Request:
    """One picture to paint: line (H, W), 0 ink / 255 paper, reference (H, W, 3) RGB, seed."""

    line: Image
    reference: Image
    seed: int


class WholeColorizer(Protocol):
    """A colorizer that is asked once for all pictures there are to paint, such as a program that loads for minutes."""

    def colorize_all(self, requests: Iterable[Request], done: Callable[[int, Image], None], folder: Path) -> None:
        """Paint every request and hand each picture (H, W, 3) to `done(number, picture)`, in any order.

        What was handed over before an error is kept. `folder` is the run's, for logs.
        """
        ...


@dataclass(frozen=True)
class Method:
    """A method: its name, whether it is a floor, and the names its module offers."""

    name: str
    kind: Kind
    module: Any

    @property
    def config(self) -> type[Config]:
        model: type[Config] = self.module.Config
        return model

    @property
    def load(self) -> Callable[..., Colorizer]:
        """`load(checkpoint, device)`; a floor is given None. Use `load_colorizer` where there is a configuration."""
        loader: Callable[..., Colorizer] = self.module.load
        return loader

    def load_colorizer(self, checkpoint: Path | None, device: str, config: Config | None) -> Colorizer:
        """The colorizer; `config` replaces the one a checkpoint carries, where the method lets it."""
        return self.load(checkpoint, device) if config is None else self.load(checkpoint, device, config)

    @property
    def settable(self) -> tuple[str, ...]:
        """The fields of the configuration that may be changed when painting; see the module's text."""
        default = () if self.has_runs or self.kind == "floor" else tuple(self.config.model_fields)
        fields: tuple[str, ...] = getattr(self.module, "SETTABLE", default)
        return fields

    @property
    def training_only(self) -> tuple[str, ...]:
        """Name prefixes of tensors in a checkpoint that only training needs, such as a critic's."""
        prefixes: tuple[str, ...] = getattr(self.module, "TRAINING_ONLY", ())
        return prefixes

    @property
    def sees_truth(self) -> bool:
        """Whether the truth is handed over in the reference's place; only a floor is let."""
        return self.kind == "floor" and bool(getattr(self.module, "SEES_TRUTH", False))

    @property
    def returns_reference(self) -> bool:
        """Whether its outputs are the references unchanged, so that under a derangement they are the real pictures."""
        return bool(getattr(self.module, "RETURNS_REFERENCE", False))

    @property
    def summary(self) -> str:
        """What it does, in a few words after its name; empty where the module does not say."""
        return str(getattr(self.module, "SUMMARY", ""))

    @property
    def train(self) -> Callable[[Config, Dataset, Run], Path] | None:
        trainer: Callable[[Config, Dataset, Run], Path] | None = getattr(self.module, "train", None)
        return trainer

    @property
    def has_runs(self) -> bool:
        """Whether its weights come from runs, trained or imported; other methods paint as they are."""
        return self.train is not None or self.import_checkpoint is not None

    @property
    def missing(self) -> Callable[[Config], str | None]:
        """What keeps it from painting with a configuration, and the way out; None when nothing does."""
        lacks: Callable[[Config], str | None] = getattr(self.module, "missing", lambda config: None)
        return lacks

    @property
    def weights_sha256(self) -> Callable[[Config], str | None]:
        """The hash of the weights it paints with where there is no checkpoint; None when there are none."""
        digest: Callable[[Config], str | None] = getattr(self.module, "weights_sha256", lambda config: None)
        return digest

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
        """Preset name -> TOML file, from the folder `presets/<method>` beside the method's module, or `presets`."""
        home = Path(self.module.__file__).parent / "presets"
        folder = home / self.name if (home / self.name).is_dir() else home
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
    """A method by its registered name, or by the dotted path of its module, the current folder's modules included.

    Raises AnibenchError that names the nearest one there is, or what the module lacks.
    """
    registered = _registered()
    if name not in registered:
        if _is_module(name):
            return _checked(Method(name, "method", _imported(name)))
        near = difflib.get_close_matches(name, registered, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(registered))}"
        raise AnibenchError(f"there is no method {name}; {hint}")
    entry, kind = registered[name]
    try:
        module = entry.load()
    except ImportError as error:
        raise AnibenchError(f"the method {name} ({entry.value}) cannot be imported: {error}") from error
    return _checked(Method(name, "outside" if getattr(module, "OUTSIDE", False) else kind, module))


def parameters_of(method: Method, config: Config | None = None) -> int | None:
    """How many values the weights of a configuration have, by its defaults if None; None where the method cannot tell.

    No weights are made or read. Where the module has no `parameters`, it is the row of that name in its `estimate`.
    """
    count: Callable[[Config], int] | None = getattr(method.module, "parameters", None)
    if count is not None:
        return count(config or method.config())
    rows = dict(method.estimate(config or method.config(), 1)) if method.estimate else {}
    digits = rows.get("parameters", "").replace(",", "")
    return int(digits) if digits.isdecimal() else None


def _registered() -> dict[str, tuple[EntryPoint, Any]]:
    return {entry.name: (entry, kind) for group, kind in GROUPS.items() for entry in entry_points(group=group)}


def _is_module(name: str) -> bool:
    """Whether a name that is not registered is meant as a module: it has a dot, or lies in the current folder."""
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    return "." in name or Path(f"{name}.py").is_file() or Path(name, "__init__.py").is_file()


def _imported(path: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(path)
    except ImportError as error:
        raise AnibenchError(
            f"the module {path} cannot be imported: {error}. Install it, or run this from the folder it lies in"
        ) from error


def _checked(method: Method) -> Method:
    """The method, if its module has what every method has."""
    missing = [name for name in ("Config", "load") if not hasattr(method.module, name)]
    if missing:
        raise AnibenchError(
            f"{method.name} is no method: its module has no {' and no '.join(missing)} (see docs/methods.md)"
        )
    if method.kind != "floor" and getattr(method.module, "SEES_TRUTH", False):
        raise AnibenchError(f"{method.name} says SEES_TRUTH; a method is never given the truth, only a floor may be")
    return method
