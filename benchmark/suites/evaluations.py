"""The evaluation steps of a suite: one for each trained run and protocol, one for methods without training."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmark.core.config import Config, flat, load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries, label_with, safe_label
from benchmark.evaluation.matrix import find_matrix
from benchmark.methods.interface import get_method
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import CARD
from benchmark.suites.names import dataset_folder, training_run
from benchmark.suites.steps import Step, options, set_options, setting_texts
from benchmark.suites.suite import EvaluationPart, Suite


def available(part: EvaluationPart) -> tuple[list[str], list[str]]:
    """The methods of an evaluation, and a note on each that is left out because its files are missing."""
    found, notes = [], []
    for name in dict.fromkeys(part.methods):
        lacks = _missing(name) if part.optional else None
        if lacks is None:
            found.append(name)
        else:
            notes.append(f"{name} is left out: {lacks}")
    return found, notes


def evaluation_steps(
    suite: Suite, name: str, methods: Sequence[str], trained: Mapping[str, Step], folder: Path
) -> Iterator[Step]:
    """The steps of the evaluation `name` of `methods`; `trained` are the training steps by their names.

    Raises AnibenchError that names the evaluation for an unknown method, protocol, matrix or setting.
    """
    part = suite.evaluations[name]
    runs = [
        trained[f"train.{training_run(each, seed)}"]
        for each in methods if each in suite.trainings for seed in suite.seeds_of(suite.trainings[each])
    ]  # fmt: skip
    others = [each for each in methods if each not in suite.trainings]
    try:
        for target in dict.fromkeys(part.protocols) or (part.matrix or "",):
            for run in runs:
                yield _evaluation(suite, name, target, run, folder)
            if others:
                yield _evaluation(suite, name, target, others, folder)
    except AnibenchError as error:
        raise AnibenchError(f"evaluations.{name}: {error}") from error


def _missing(name: str) -> str | None:
    method = get_method(name)
    return method.missing(method.config())


def _evaluation(suite: Suite, name: str, target: str, painters: Step | Sequence[str], folder: Path) -> Step:
    """One step: the run of a training step, or methods without training, by a protocol or for a matrix."""
    part, runs = suite.evaluations[name], folder / "runs"
    needs: tuple[str, ...]
    changes, data = setting_texts(part.method_settings), suite.dataset_of(part)
    if isinstance(painters, Step):
        run = painters.name.removeprefix("train.")
        methods, labels = [f"{painters.method}/{run}"], [safe_label(f"{painters.method}.{run}")]
        needs, method, config = (f"verify.{data}", painters.name), painters.method, _painting(painters, changes)
    else:
        methods, labels = list(painters), [entry.label for entry in find_entries(painters, None, runs)[0]]
        run, needs, method, config = "others", (f"verify.{data}",), "", None
    labels = [label_with(label, changes) if changes else label for label in labels]
    changed = load_config(EvalSettings, settings=setting_texts(part.settings), called="settings.{}".format)
    own = changed.model_dump(mode="json", exclude={"batch"})
    settings = {"methods": methods, **flat(own), **flat({"method": part.method_settings})}
    settings |= {"cost": True} if part.cost else {}
    if part.matrix is None:
        protocol = get_protocol(target)
        settings |= flat({"protocol": protocol.model_dump(mode="json", exclude={"description"})})
        results = [runs / "eval" / protocol.label / label / CARD for label in labels]
        where, title, pictures = options(protocol=target), [target], protocol.pairings
    else:
        matrix = find_matrix(target)
        settings |= {"matrix": matrix.model_dump(mode="json", exclude={"description"})}
        results = [runs / "matrix" / safe_label(matrix.name) / label / "matrix.json" for label in labels]
        where, title, pictures = options(matrix=target), [], len(matrix.cells())
    arguments = (
        *methods,
        *where,
        *options(data=dataset_folder(suite, data, folder), runs=runs),
        *set_options(part.settings),
        *set_options(part.method_settings, "method."),
        *(["--cost"] if part.cost else []),
    )
    return Step(
        ".".join(["eval", name, *title, run]), "eval", arguments, needs, settings, tuple(results), devices=1,
        method=method, config=config, part=data, pictures=pictures * len(methods),
    )  # fmt: skip


def _painting(step: Step, changes: Sequence[str]) -> Config | None:
    """The configuration with which the weights of a training paint."""
    if step.config is None or not changes:
        return step.config
    base = step.config.model_dump(mode="json")
    return load_config(type(step.config), base=base, settings=changes, called="method_settings.{}".format)
