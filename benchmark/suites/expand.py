"""The steps of a suite, in an order in which each follows those whose results it reads."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmark.core.config import Config, flat, load_config
from benchmark.core.errors import AnibenchError
from benchmark.methods.interface import get_method
from benchmark.suites.evaluations import available, evaluation_steps
from benchmark.suites.names import dataset_folder, training_run
from benchmark.suites.steps import Step, options, set_options, setting_texts
from benchmark.suites.suite import DatasetPart, Settings, Suite, Training
from benchmark.training.config import AFTER_PHASE1, FREE_KEYS

SUFFIXES = {"markdown": ".md", "html": ".html", "latex": ".tex", "csv": ".csv", "json": ".json"}


def suite_steps(suite: Suite, folder: Path) -> tuple[list[Step], list[str]]:
    """The steps of a suite whose results are in `folder`, and notes on the parts that are left out.

    Raises AnibenchError that names the part for an unknown method, preset, setting, protocol or matrix.
    """
    unused = _unused_fits(suite)
    steps = [*_fits(suite, folder, unused), *_datasets(suite, folder)]
    notes = [f"fits.{name} is left out: every dataset that names it has path" for name in unused]
    steps += _trainings(suite, folder)
    for name, part in suite.evaluations.items():
        methods, missing = available(part)
        notes += [f"evaluations.{name}: {each}" for each in missing]
        trained = {step.name: step for step in steps if step.command == "train"}
        steps += evaluation_steps(suite, name, methods, trained, folder)
    steps += _reports(suite, folder, [step.name for step in steps if step.command == "eval"])
    return steps, notes


def _unused_fits(suite: Suite) -> list[str]:
    """The fits that are named by finished datasets alone; a fit that no dataset names is a result of its own."""
    users = {name: [part for part in suite.datasets.values() if part.xdog == name] for name in suite.fits}
    return [name for name, parts in users.items() if parts and all(part.path for part in parts)]


def _fits(suite: Suite, folder: Path, unused: Collection[str]) -> Iterator[Step]:
    for name, fit in suite.fits.items():
        if name in unused:
            continue
        out = folder / f"{name}.toml"
        arguments = (fit.pairs, *options(out=out, runs=folder / "runs"), *set_options(fit.settings))
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


def _build(name: str, part: DatasetPart, home: Path, folder: Path) -> Step:
    xdog = None if part.xdog is None else folder / f"{part.xdog}.toml"
    own = part.model_dump(include={"detector", "split", "train", "test"}, exclude_none=True)
    arguments = (str(part.source), *options(**own, xdog=xdog, out=home), *set_options(part.settings))
    needs = (f"fit.{part.xdog}",) if part.xdog else ()
    settings = {"source": part.source, **own, **flat(part.settings)}
    return Step(
        f"dataset.{name}", "build-dataset", arguments, needs, settings, (home / "dataset.json",), home, part=name
    )


def _trainings(suite: Suite, folder: Path) -> list[Step]:
    """The trainings, each after the one whose first phase it uses."""

    def depth(name: str) -> int:
        first = suite.trainings[name].phase1
        return 0 if first is None else 1 + depth(first)

    ordered = sorted(suite.trainings, key=depth)
    return [_training(suite, name, seed, folder) for name in ordered for seed in suite.seeds_of(suite.trainings[name])]


def _training(suite: Suite, name: str, seed: int, folder: Path) -> Step:
    part, run, data = suite.trainings[name], training_run(name, seed), suite.dataset_of(suite.trainings[name])
    own = _training_settings(suite, part, seed)
    config = _config(suite, name, own)
    needs = [f"verify.{data}"]
    first = None
    if part.phase1 is not None:
        if seed not in suite.seeds_of(suite.trainings[part.phase1]):
            raise AnibenchError(f"trainings.{name}: {part.phase1} is not trained with the seed {seed}; add it there")
        _check_phase1(suite, name, part.phase1, seed, config)
        first = training_run(part.phase1, seed)
        needs.append(f"train.{first}")
    arguments = (
        part.method,
        *options(preset=part.preset, name=run, phase1=first),
        *options(data=dataset_folder(suite, data, folder), runs=folder / "runs"),
        *set_options(own),
    )
    settings = {key: value for key, value in flat(config.model_dump(mode="json")).items() if not FREE_KEYS.match(key)}
    home = folder / "runs" / "train" / part.method / run
    return Step(
        f"train.{run}", "train", arguments, tuple(needs), {"method": part.method, **settings},
        (home / "checkpoints",), home, part.gpus, method=part.method, config=config, part=name,
    )  # fmt: skip


def _check_phase1(suite: Suite, name: str, first: str, seed: int, config: Config) -> None:
    """Raise AnibenchError that names the settings of phase 1 in which a training and the one it begins with differ."""
    other = suite.trainings[first]
    if other.method != suite.trainings[name].method:
        raise AnibenchError(f"trainings.{name}: phase1 = {first} is of another method, {other.method}")
    theirs, ours = (
        flat(each.model_dump(mode="json", exclude=AFTER_PHASE1))
        for each in (_config(suite, first, _training_settings(suite, other, seed)), config)
    )
    changed = [
        f"{key} is {theirs[key]} there, {value} here"
        for key, value in ours.items()
        if theirs[key] != value and not FREE_KEYS.match(key)
    ]
    if changed:
        differs = f"phase1 = {first} has another phase 1 ({', '.join(changed)})"
        raise AnibenchError(f"trainings.{name}: {differs}; give both the same settings")


def _training_settings(suite: Suite, part: Training, seed: int) -> Settings:
    budget = {} if part.budget is None else {"budget.images": part.budget}
    return {**flat(suite.settings), **flat(part.settings), **budget, **({"seed": seed} if seed else {})}


def _config(suite: Suite, name: str, settings: Settings) -> Config:
    """The resolved configuration of a training; raises AnibenchError that names the training and the suite's key."""
    part = suite.trainings[name]
    try:
        method = get_method(part.method)
        preset = method.preset(part.preset) if part.preset else None
        if method.train is None:
            raise AnibenchError(f"{part.method} needs no training; name it in an evaluation")
    except AnibenchError as error:
        raise AnibenchError(f"trainings.{name}: {error}") from error
    called, whole = partial(_called, suite, name), f"trainings.{name}: the configuration"
    return load_config(method.config, preset=preset, settings=setting_texts(settings), called=called, whole=whole)


def _called(suite: Suite, name: str, setting: str) -> str:
    """The key of the suite that gives a training the setting `key.path=value`."""
    part, key = suite.trainings[name], setting.partition("=")[0]
    if key == "budget.images" and part.budget is not None:
        return f"trainings.{name}.budget={part.budget}"
    shared = key in flat(suite.settings) and key not in flat(part.settings)
    return f"settings.{setting}, for trainings.{name}" if shared else f"trainings.{name}.settings.{setting}"


def _reports(suite: Suite, folder: Path, needs: Sequence[str]) -> Iterator[Step]:
    for name, part in suite.reports.items():
        formats = [word for each in part.formats for word in ("--format", each)]
        unknown = [each for each in part.formats if each not in SUFFIXES]
        if unknown:
            raise AnibenchError(f"reports.{name}: there is no format {unknown[0]}; formats: {', '.join(SUFFIXES)}")
        out = folder / f"{name}{SUFFIXES[part.formats[0]]}"
        arguments = (
            *options(suite=folder, out=out, pictures=part.pictures),
            *formats,
        )
        results = tuple(folder / f"{name}{SUFFIXES[each]}" for each in part.formats)
        settings = {"formats": list(part.formats), "pictures": part.pictures}
        yield Step(f"report.{name}", "report", arguments, tuple(needs), settings, results, tolerant=True)
