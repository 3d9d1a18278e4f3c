"""The steps of a suite: anibench commands in an order in which each follows those whose results it reads."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries, label_with, safe_label
from benchmark.evaluation.matrix import find_matrix
from benchmark.methods.interface import get_method
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import CARD
from benchmark.suites.suite import DatasetPart, EvaluationPart, Settings, Suite, Training
from benchmark.training.config import FREE_KEYS

SUFFIXES = {"markdown": ".md", "html": ".html", "latex": ".tex", "csv": ".csv", "json": ".json"}
Flat = dict[str, Any]  # dotted key -> value


@dataclass(frozen=True)
class Step:
    """One anibench command of a suite."""

    name: str  # unique; names the step's record and log
    command: str  # of anibench
    arguments: tuple[str, ...]
    needs: tuple[str, ...]  # steps whose results it reads
    settings: Flat  # what decides its result, besides the results of `needs`; no paths
    results: tuple[Path, ...]  # files and checkpoint folders
    folder: Path | None = None  # of a training run or a dataset; is moved away when other settings are wanted
    devices: int = 0  # number of devices that it computes on; 0: it takes no --device
    tolerant: bool = False  # runs also when some of `needs` have failed
    config: Config | None = None  # resolved configuration of a training
    method: str = ""  # of a training


def suite_steps(suite: Suite, folder: Path) -> tuple[list[Step], list[str]]:
    """The steps of a suite whose results are in `folder`, and notes on the parts that are left out.

    Raises AnibenchError that names the part for an unknown method, preset, setting, protocol or matrix.
    """
    steps, notes = [*_fits(suite, folder), *_datasets(suite, folder)], []
    steps += _trainings(suite, folder)
    for name, part in suite.evaluations.items():
        with_files, missing = _available(part)
        notes += [f"evaluations.{name}: {each}" for each in missing]
        steps += _evaluations(suite, name, part, with_files, folder)
    steps += _reports(suite, folder, [step.name for step in steps if step.command == "eval"])
    return steps, notes


def flat(tree: Mapping[str, Any], prefix: str = "") -> Flat:
    """`{"crop": {"margin": 0.4}}` -> `{"crop.margin": 0.4}`."""
    found: Flat = {}
    for key, value in tree.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def training_run(name: str, seed: int) -> str:
    """The name of the run of a training with a seed."""
    return name if seed == 0 else f"{name}-seed{seed}"


def _set(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """`--set` and its value for each setting."""
    for setting in _texts(settings):
        yield from ("--set", prefix + setting)


def _texts(settings: Mapping[str, Any]) -> list[str]:
    """`key.path=value` for each setting."""
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in flat(settings).items()]


def _options(**values: object) -> Iterator[str]:
    """`--name value` for each value that is not None."""
    for name, value in values.items():
        if value is not None:
            yield from (f"--{name}", str(value))


def _fits(suite: Suite, folder: Path) -> Iterator[Step]:
    for name, fit in suite.fits.items():
        out = folder / f"{name}.toml"
        arguments = (fit.pairs, *_options(out=out, runs=folder / "runs"), *_set(fit.settings))
        settings = {"pairs": fit.pairs, **flat(fit.settings)}
        yield Step(f"fit.{name}", "fit-xdog", arguments, (), settings, (out,))


def _datasets(suite: Suite, folder: Path) -> Iterator[Step]:
    for name, part in suite.datasets.items():
        home = dataset_folder(suite, name, folder)
        if part.path is None:
            yield _build(name, part, home, folder)
        needs = () if part.path else (f"dataset.{name}",)
        settings = {"path": part.path} if part.path else {}
        yield Step(f"verify.{name}", "verify-dataset", (str(home),), needs, settings, (home / "dataset.json",))


def dataset_folder(suite: Suite, name: str, folder: Path) -> Path:
    """The folder of a dataset of the suite."""
    path = suite.datasets[name].path
    return folder / name if path is None else Path(path).expanduser()


def _build(name: str, part: DatasetPart, home: Path, folder: Path) -> Step:
    xdog = None if part.xdog is None else folder / f"{part.xdog}.toml"
    own = part.model_dump(include={"detector", "split", "train", "test"}, exclude_none=True)
    arguments = (str(part.source), *_options(**own, xdog=xdog, out=home), *_set(part.settings))
    needs = (f"fit.{part.xdog}",) if part.xdog else ()
    settings = {"source": part.source, **own, **flat(part.settings)}
    return Step(f"dataset.{name}", "build-dataset", arguments, needs, settings, (home / "dataset.json",), home)


def _trainings(suite: Suite, folder: Path) -> list[Step]:
    """The trainings, each after the one whose first phase it uses."""

    def depth(name: str) -> int:
        first = suite.trainings[name].phase1
        return 0 if first is None else 1 + depth(first)

    ordered = sorted(suite.trainings, key=depth)
    return [_training(suite, name, seed, folder) for name in ordered for seed in suite.seeds_of(suite.trainings[name])]


def _training(suite: Suite, name: str, seed: int, folder: Path) -> Step:
    part, run, data = suite.trainings[name], training_run(name, seed), suite.dataset_of(suite.trainings[name])
    own = _training_settings(part, seed)
    config = _config(name, part, own)
    needs = [f"verify.{data}"]
    first = None
    if part.phase1 is not None:
        if seed not in suite.seeds_of(suite.trainings[part.phase1]):
            raise AnibenchError(f"trainings.{name}: {part.phase1} is not trained with the seed {seed}; add it there")
        first = training_run(part.phase1, seed)
        needs.append(f"train.{first}")
    arguments = (
        part.method,
        *_options(preset=part.preset, name=run, phase1=first),
        *_options(data=dataset_folder(suite, data, folder), runs=folder / "runs"),
        *_set(own),
    )
    settings = {key: value for key, value in flat(config.model_dump(mode="json")).items() if not FREE_KEYS.match(key)}
    home = folder / "runs" / "train" / part.method / run
    return Step(
        f"train.{run}", "train", arguments, tuple(needs), {"method": part.method, **settings},
        (home / "checkpoints",), home, part.gpus, config=config, method=part.method,
    )  # fmt: skip


def _training_settings(part: Training, seed: int) -> Settings:
    budget = {} if part.budget is None else {"budget": {"images": part.budget}}
    return {**part.settings, **budget, **({"seed": seed} if seed else {})}


def _config(name: str, part: Training, settings: Settings) -> Config:
    """The resolved configuration of a training."""
    try:
        method = get_method(part.method)
        preset = method.preset(part.preset) if part.preset else None
        if method.train is None:
            raise AnibenchError(f"{part.method} needs no training; name it in an evaluation")
        return load_config(method.config, preset=preset, settings=_texts(settings))
    except AnibenchError as error:
        raise AnibenchError(f"trainings.{name}: {error}") from error


def _available(part: EvaluationPart) -> tuple[list[str], list[str]]:
    """The methods of an evaluation, and a note on each that is left out because its files are missing."""
    found, notes = [], []
    for name in part.methods:
        lacks = _missing(name) if part.optional else None
        if lacks is None:
            found.append(name)
        else:
            notes.append(f"{name} is left out: {lacks}")
    return found, notes


def _missing(name: str) -> str | None:
    method = get_method(name)
    return method.missing(method.config())


def _evaluations(suite: Suite, name: str, part: EvaluationPart, methods: Sequence[str], folder: Path) -> Iterator[Step]:
    """One step for each trained run and protocol, and one for the methods without training and a protocol."""
    runs = [
        (f"{suite.trainings[each].method}/{training_run(each, seed)}", training_run(each, seed))
        for each in methods if each in suite.trainings for seed in suite.seeds_of(suite.trainings[each])
    ]  # fmt: skip
    others = [each for each in methods if each not in suite.trainings]
    for target in part.protocols or (part.matrix or "",):
        for method_run, run in runs:
            label = safe_label(method_run.replace("/", "."))
            yield _evaluation(suite, name, part, target, (method_run,), (label,), run, folder)
        if others:
            labels = _labels(name, others, folder)
            yield _evaluation(suite, name, part, target, tuple(others), labels, "", folder)


def _labels(name: str, methods: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The labels of methods that need no training."""
    try:
        return tuple(entry.label for entry in find_entries(methods, None, folder / "runs")[0])
    except AnibenchError as error:
        raise AnibenchError(f"evaluations.{name}: {error}; a training of the suite is named by its own name") from error


def _evaluation(
    suite: Suite, name: str, part: EvaluationPart, target: str, methods: tuple[str, ...], labels: Iterable[str],
    run: str, folder: Path,
) -> Step:  # fmt: skip
    data, changes = suite.dataset_of(part), _texts(part.method_settings)
    labels = [label_with(label, changes) if changes else label for label in labels]
    try:
        own = load_config(EvalSettings, settings=_texts(part.settings)).model_dump(mode="json", exclude={"batch"})
        if part.matrix is None:
            protocol = get_protocol(target)
            homes = [folder / "runs" / "eval" / protocol.label / label / CARD for label in labels]
            decides = flat({"protocol": protocol.model_dump(mode="json", exclude={"description"})})
        else:
            matrix = find_matrix(target)
            homes = [folder / "runs" / "matrix" / safe_label(matrix.name) / label / "matrix.json" for label in labels]
            decides = {"matrix": matrix.model_dump(mode="json", exclude={"description"})}
    except AnibenchError as error:
        raise AnibenchError(f"evaluations.{name}: {error}") from error
    arguments = (
        *methods,
        *_options(**({"protocol": target} if part.matrix is None else {"matrix": target})),
        *_options(data=dataset_folder(suite, data, folder), runs=folder / "runs"),
        *_set(part.settings),
        *_set(part.method_settings, "method."),
        *(["--cost"] if part.cost else []),
    )
    settings = {"methods": list(methods), **decides, **flat(own), **flat({"method": part.method_settings})}
    settings |= {"cost": True} if part.cost else {}
    needs = (f"verify.{data}", *([f"train.{run}"] if run else []))
    return Step(
        ".".join(["eval", name, *([target] if part.matrix is None else []), run or "others"]),
        "eval", arguments, needs, settings, tuple(homes), devices=1,
    )  # fmt: skip


def _reports(suite: Suite, folder: Path, needs: Sequence[str]) -> Iterator[Step]:
    for name, part in suite.reports.items():
        formats = [word for each in part.formats for word in ("--format", each)]
        unknown = [each for each in part.formats if each not in SUFFIXES]
        if unknown:
            raise AnibenchError(f"reports.{name}: there is no format {unknown[0]}; formats: {', '.join(SUFFIXES)}")
        out = folder / f"{name}{SUFFIXES[part.formats[0]]}"
        arguments = (
            *_options(runs=folder / "runs", out=out),
            *(formats if len(part.formats) > 1 else ()),
            *(() if part.pictures else ("--no-pictures",)),
        )
        results = tuple(folder / f"{name}{SUFFIXES[each]}" for each in part.formats)
        settings = {"formats": list(part.formats), "pictures": part.pictures}
        yield Step(f"report.{name}", "report", arguments, tuple(needs), settings, results, tolerant=True)
