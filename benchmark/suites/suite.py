"""A suite: a TOML file that names line fits, datasets, trainings, evaluations and reports."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, StringConstraints

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import require_run_name

RESERVED = ("runs", "steps", "replaced", "slurm")  # folders of a suite beside its datasets
FILES = ("suite", "calibration")  # JSON files of a suite beside its reports
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Settings = dict[str, Any]  # a tree, as in the TOML files of `--config`


class Fit(Config):
    """`anibench fit-xdog`: the parameters of the line extractor."""

    pairs: str = Field(description="PAIRS of fit-xdog: a folder, or drawn:N.")
    settings: Settings = Field(default={}, description="Settings of the fit.")


class DatasetPart(Config):
    """`anibench build-dataset` and `verify-dataset`; with `path`, only the latter."""

    path: str | None = Field(default=None, description="Folder of a finished dataset; replaces all other keys.")
    source: str | None = Field(default=None, description="SOURCE of build-dataset.")
    detector: str | None = Field(default=None, description="Face detector.")
    split: str | None = Field(default=None, description="paper or ratio.")
    train: PositiveInt | None = Field(default=None, description="Number of training samples.")
    test: PositiveInt | None = Field(default=None, description="Number of test samples.")
    xdog: str | None = Field(default=None, description="Name of the fit whose parameters extract the lines.")
    settings: Settings = Field(default={}, description="Settings of the build.")


class Training(Config):
    """`anibench train`, once for each seed."""

    method: str = Field(description="METHOD of train.")
    preset: str | None = Field(default=None, description="Preset of the method.")
    dataset: str | None = Field(default=None, description="Name of the dataset; none: the only one.")
    seeds: tuple[NonNegativeInt, ...] | None = Field(default=None, description="Seeds; none: those of the suite.")
    budget: PositiveInt | None = Field(default=None, description="Images seen in training (budget.images).")
    phase1: str | None = Field(default=None, description="Name of the training whose first phase is used.")
    gpus: PositiveInt = Field(default=1, description="Devices of one training, by torchrun.")
    settings: Settings = Field(default={}, description="Settings of the method.")


class EvaluationPart(Config):
    """`anibench eval`, once for each protocol, or for a matrix of settings."""

    methods: tuple[str, ...] = Field(min_length=1, description="Names of trainings, or of methods without training.")
    protocols: tuple[str, ...] = Field(default=(), description="Protocols.")
    matrix: str | None = Field(default=None, description="Matrix of settings, in place of protocols.")
    dataset: str | None = Field(default=None, description="Name of the dataset; none: the only one.")
    optional: bool = Field(default=False, description="Leave out methods whose files are missing.")
    cost: bool = Field(default=False, description="Also measure the time at several batch sizes.")
    settings: Settings = Field(default={}, description="Settings of the evaluation.")
    method_settings: Settings = Field(default={}, description="Settings of the methods, changed after training.")


class ReportPart(Config):
    """`anibench report`, over all evaluations of the suite."""

    formats: tuple[str, ...] = Field(default=("markdown",), min_length=1, description="Formats.")
    pictures: Literal["all", "few", "none"] | None = Field(default=None, description="Its --pictures.")


class Suite(Config):
    """Everything that `anibench run` does, in parts that refer to each other by name."""

    title: str = Field(description="What the suite gives, in one line.")
    takes: str = Field(default="", description="What it takes, in one line.")
    seeds: tuple[NonNegativeInt, ...] = Field(default=(0,), min_length=1, description="Seeds of every training.")
    settings: Settings = Field(default={}, description="Settings of every training; its own take precedence.")
    fits: dict[Name, Fit] = Field(default={})
    datasets: dict[Name, DatasetPart] = Field(default={})
    trainings: dict[Name, Training] = Field(default={})
    evaluations: dict[Name, EvaluationPart] = Field(default={})
    reports: dict[Name, ReportPart] = Field(default={})

    def seeds_of(self, training: Training) -> tuple[int, ...]:
        """The seeds of a training, each once."""
        return tuple(dict.fromkeys(self.seeds if training.seeds is None else training.seeds))

    def dataset_of(self, part: Training | EvaluationPart) -> str:
        """The name of the dataset of a training or an evaluation."""
        return part.dataset or next(iter(self.datasets))


def shipped_suites() -> dict[str, Path]:
    """Name -> file of the suites that come with anibench."""
    home = Path(str(files("benchmark.suites"))) / "shipped"
    return {path.stem: path for path in sorted(home.glob("*.toml"))}


def load_suite(name: str, settings: Iterable[str] = (), config: Path | None = None) -> Suite:
    """The suite of that name or file, changed by the TOML file `config` and by `settings` (`key.path=value`).

    Raises AnibenchError that names an unknown suite, an unknown key, a name that no part has, and a circle.
    """
    shipped = shipped_suites()
    path = shipped.get(name, Path(name))
    if not path.is_file():
        near = difflib.get_close_matches(name, shipped, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the suites are: {', '.join(shipped)}, or a TOML file"
        raise AnibenchError(f"there is no suite {name}; {hint}")
    suite = load_config(Suite, preset=path, file=config, settings=settings)
    check_suite(suite, name)
    return suite


def check_suite(suite: Suite, where: str) -> None:
    """Raise AnibenchError that names the part of the suite which refers to nothing, or to itself in a circle.

    A name that cannot name a folder is refused too.
    """
    for section in ("fits", "datasets", "trainings", "evaluations", "reports"):
        for name in getattr(suite, section):
            require_run_name(name, f"{where}: {section}")
    for name, dataset in suite.datasets.items():
        if dataset.path is None and dataset.source is None:
            raise AnibenchError(f"{where}: datasets.{name} needs path or source")
        if name in RESERVED:
            raise AnibenchError(f"{where}: datasets.{name} would overwrite the folder {name}; choose another name")
        _require(dataset.xdog, suite.fits, f"{where}: datasets.{name}.xdog", "fits")
    parts = {**_named("trainings", suite.trainings), **_named("evaluations", suite.evaluations)}
    for key, part in parts.items():
        _require(part.dataset, suite.datasets, f"{where}: {key}.dataset", "datasets")
        if part.dataset is None and len(suite.datasets) != 1:
            raise AnibenchError(f"{where}: {key} needs dataset: the suite has {len(suite.datasets)} datasets")
    for name in suite.reports:
        if name in FILES:
            raise AnibenchError(f"{where}: reports.{name} would overwrite {name}.json; choose another name")
    for key, owner in {"": suite, **_named("trainings", suite.trainings)}.items():
        if "seed" in owner.settings:
            setting = f"{key}.settings.seed".removeprefix(".")
            raise AnibenchError(f"{where}: {setting} names one seed for all runs; use seeds, such as seeds = [1]")
    for name, training in suite.trainings.items():
        _require(training.phase1, suite.trainings, f"{where}: trainings.{name}.phase1", "trainings")
        chain = [name]
        while (following := suite.trainings[chain[-1]].phase1) is not None:
            _require(following, suite.trainings, f"{where}: trainings.{chain[-1]}.phase1", "trainings")
            if following in chain:
                circle = " -> ".join([*chain[chain.index(following) :], following])
                raise AnibenchError(f"{where}: phase1 of the trainings {circle} is a circle")
            chain.append(following)
    for name, evaluation in suite.evaluations.items():
        if evaluation.protocols and evaluation.matrix is not None:
            raise AnibenchError(f"{where}: evaluations.{name} has both protocols and matrix; leave one out")
        if not evaluation.protocols and evaluation.matrix is None:
            raise AnibenchError(f"{where}: evaluations.{name} needs either protocols or matrix")


def _named(section: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{section}.{name}": part for name, part in parts.items()}


def _require(name: str | None, known: Collection[str], key: str, section: str) -> None:
    """Raise AnibenchError if `name` is given and is not one of `known`."""
    if name is None or name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"{section} has: {', '.join(known) or 'nothing'}"
    raise AnibenchError(f"{key} = {name}: {section} has no such name; {hint}")
