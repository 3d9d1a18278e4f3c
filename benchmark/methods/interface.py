"""The method interface: a method is one module, found by its entry point or its dotted path.

Required names of the module:
- `Config`: a frozen `benchmark.core.config.Config`.
- `load(checkpoint, device) -> Colorizer`.

Optional names:
- `train(config, data, run) -> Path`: trains and returns the final checkpoint.
- `SETTABLE`: the fields of `Config` that can be changed after training, such as `("sampling",)`. The changed
  configuration is the third argument of `load`. A method without training can be given its whole configuration so.
- `TRAINING_ONLY`: name prefixes of checkpoint tensors that only training needs, such as the critic's. They are not
  counted as parameters.
- `estimate(config, samples) -> rows`: pairs (quantity, value) that estimate a training on that many samples.
- `cost(config, samples) -> TrainingCost` of `benchmark.training.estimate`: the same in numbers, for plans of suites.
- `trial(config, steps, batch) -> Config`: the same networks and losses with that many steps in each phase, of at most
`batch` images; `anibench run --calibrate` times it.
- `SHARES_PHASE1 = True`: `train` copies the first phase of the run in the folder `run.phase1`, if one is given.
- `parameters(config) -> int`: number of values in the weights, counted without allocating them.
- `import_checkpoint(file, config) -> tensors, config`: imports weights of another program.
- `missing(config) -> str | None`: what has to be installed or fetched first, and how; None if nothing.
- `weights_sha256(config) -> str`: hash of the weights of a method without checkpoints.
- `NEEDS`: one line for `anibench methods` on what the method needs before it runs.
- `read_config(file) -> Config`: reads FILE.toml of `anibench eval METHOD:FILE.toml`, if that needs more than its
fields.
- `SUMMARY`: what the method does in a few words, for reports.
- `RETURNS_REFERENCE = True`: the outputs are the references, unchanged.
- `EXTERNAL = True`: the pictures are made by another program.
- `SEES_TARGET = True`: the target is passed as the reference. Only a floor may set this.

Entry-point groups: `anibench.methods`, and `anibench.floors` for methods without training that show what a protocol
rewards.
"""

import difflib
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
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
from benchmark.data.kinds import MethodKind

GROUPS = {"anibench.methods": "method", "anibench.floors": "floor"}


class Colorizer(Protocol):
    """Paints lines in the colours of references. It is given no ids, no paths and no targets."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """Lines (n, 1, H, W), 0 ink / 255 paper, references (n, 3, H, W) RGB, n seeds -> (n, 3, H, W) RGB, all uint8.

        A picture depends only on its own line, reference and seed, not on the rest of the batch. The optional attribute
        `notes`, a tuple of strings, is written to the score card.
        """
        ...


@dataclass(frozen=True)
class Request:
    """One picture to paint: line (H, W), 0 ink / 255 paper; reference (H, W, 3) RGB; seed. Both uint8."""

    line: Image
    reference: Image
    seed: int


class WholeColorizer(Protocol):
    """A colorizer that is given all pictures in one call, such as a program that needs minutes to load."""

    def colorize_all(self, requests: Iterable[Request], done: Callable[[int, Image], None], folder: Path) -> None:
        """Paint every request and pass each picture (H, W, 3) to `done(number, picture)`, in any order.

        Pictures passed on before an error are kept. `folder` is the run's folder, for logs.
        """
        ...


@dataclass(frozen=True)
class Method:
    """A method: its name, its kind, and its module."""

    name: str
    kind: MethodKind
    module: Any

    @property
    def config(self) -> type[Config]:
        model: type[Config] = self.module.Config
        return model

    @property
    def load(self) -> Callable[..., Colorizer]:
        """The module's `load(checkpoint, device)`; the checkpoint of a floor is None. See also `load_colorizer`."""
        loader: Callable[..., Colorizer] = self.module.load
        return loader

    def load_colorizer(self, checkpoint: Path | None, device: str, config: Config | None) -> Colorizer:
        """The colorizer; `config` replaces the checkpoint's configuration where the method allows that."""
        return self.load(checkpoint, device) if config is None else self.load(checkpoint, device, config)

    @property
    def settable(self) -> tuple[str, ...]:
        """The fields of the configuration that can be changed after training (`SETTABLE`)."""
        default = () if self.has_runs or self.kind == "floor" else tuple(self.config.model_fields)
        fields: tuple[str, ...] = getattr(self.module, "SETTABLE", default)
        return fields

    @property
    def training_only(self) -> tuple[str, ...]:
        """Name prefixes of checkpoint tensors that only training needs, such as the critic's."""
        prefixes: tuple[str, ...] = getattr(self.module, "TRAINING_ONLY", ())
        return prefixes

    @property
    def sees_target(self) -> bool:
        """Whether the target is passed as the reference; only for floors."""
        return self.kind == "floor" and bool(getattr(self.module, "SEES_TARGET", False))

    @property
    def returns_reference(self) -> bool:
        """Whether the outputs are the references, unchanged. Under random-ref these are the real pictures, permuted."""
        return bool(getattr(self.module, "RETURNS_REFERENCE", False))

    @property
    def summary(self) -> str:
        """What the method does, in a few words that follow its name; empty if the module has no `SUMMARY`."""
        return str(getattr(self.module, "SUMMARY", ""))

    @property
    def train(self) -> Callable[[Config, Dataset, Run], Path] | None:
        trainer: Callable[[Config, Dataset, Run], Path] | None = getattr(self.module, "train", None)
        return trainer

    @property
    def shares_phase1(self) -> bool:
        """Whether `train` can copy the first phase of another run."""
        return bool(getattr(self.module, "SHARES_PHASE1", False))

    @property
    def has_runs(self) -> bool:
        """Whether the weights come from runs, trained or imported."""
        return self.train is not None or self.import_checkpoint is not None

    @property
    def missing(self) -> Callable[[Config], str | None]:
        """Config -> what has to be installed or fetched first, and how; None if nothing."""
        lacks: Callable[[Config], str | None] = getattr(self.module, "missing", lambda config: None)
        return lacks

    @property
    def weights_sha256(self) -> Callable[[Config], str | None]:
        """Config -> hash of the weights of a method without checkpoints; None if it has no weights."""
        digest: Callable[[Config], str | None] = getattr(self.module, "weights_sha256", lambda config: None)
        return digest

    @property
    def estimate(self) -> Callable[[Config, int], list[tuple[str, str]]] | None:
        estimator: Callable[[Config, int], list[tuple[str, str]]] | None = getattr(self.module, "estimate", None)
        return estimator

    @property
    def cost(self) -> Callable[[Config, int], Any] | None:
        """(configuration, samples) -> `benchmark.training.estimate.TrainingCost`."""
        counter: Callable[[Config, int], Any] | None = getattr(self.module, "cost", None)
        return counter

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
        """The file of a preset. Raises AnibenchError that lists the presets if there is none of that name."""
        presets = self.presets()
        if name not in presets:
            raise AnibenchError(f"{self.name} has no preset {name}; it has: {', '.join(presets) or 'none'}")
        return presets[name]


def method_names(kind: Literal["method", "floor"] | None = None) -> list[str]:
    """Registered names of all methods or of one kind, in alphabetical order. Imports no method."""
    return sorted(name for name, (_, found) in _registered().items() if kind in (None, found))


def get_method(name: str) -> Method:
    """A method by its registered name or by the path of its module, such as `package.module`.

    Modules in the current folder are found too. Raises AnibenchError for an unknown name, with the nearest registered
    name, and for a module without the required names.
    """
    registered = _registered()
    if name not in registered:
        if _is_module(name):
            return _checked(Method(name, "method", _imported(name)))
        near = difflib.get_close_matches(name, registered, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the methods are: {', '.join(sorted(registered))}"
        raise AnibenchError(f"there is no method {name}; {hint}")
    entry, kind = registered[name]
    try:
        module = entry.load()
    except ImportError as error:
        raise AnibenchError(f"the method {name} ({entry.value}) cannot be imported: {error}") from error
    return _checked(Method(name, "external" if getattr(module, "EXTERNAL", False) else kind, module))


def parameters_of(method: Method, config: Config | None = None) -> int | None:
    """Number of values in a method's weights (by default for its default configuration); None if it is not known.

    No weights are allocated or read. Without `parameters` in the module, the row `parameters` of its `estimate` is
    used.
    """
    count: Callable[[Config], int] | None = getattr(method.module, "parameters", None)
    if count is not None:
        return count(config or method.config())
    rows = dict(method.estimate(config or method.config(), 1)) if method.estimate else {}
    digits = rows.get("parameters", "").replace(",", "")
    return int(digits) if digits.isdecimal() else None


def _registered() -> dict[str, tuple[EntryPoint, Any]]:
    return _registered_in(tuple(sys.path))


@cache
def _registered_in(path: tuple[str, ...]) -> dict[str, tuple[EntryPoint, Any]]:
    """What is registered by the packages in `path`. Reading all of them takes as long as painting a picture."""
    return {entry.name: (entry, kind) for group, kind in GROUPS.items() for entry in entry_points(group=group)}


def _is_module(name: str) -> bool:
    """Whether a name is the path of a module: it has a dot, or the current folder holds that module."""
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
            f"the module {path} cannot be imported: {error}. Install it, or run the command in the module's folder"
        ) from error


def _checked(method: Method) -> Method:
    """The method, if its module has the required names. Raises AnibenchError otherwise."""
    missing = [name for name in ("Config", "load") if not hasattr(method.module, name)]
    if missing:
        raise AnibenchError(
            f"{method.name} is not a method: its module has no {' and no '.join(missing)} (see docs/methods.md)"
        )
    if method.kind != "floor" and getattr(method.module, "SEES_TARGET", False):
        raise AnibenchError(f"{method.name} sets SEES_TARGET; only a floor may be given the target")
    return method
