"""Checks of an evaluation against its score card: the kind of method, the saved pictures and the training."""

from collections.abc import Iterator
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import SHAPE
from benchmark.methods.built_in import find_checkpoint
from benchmark.methods.checkpoints import CheckpointInfo, read_info
from benchmark.methods.interface import get_method, method_names
from benchmark.results.consistency import Evaluated, scored_pairs
from benchmark.results.scorecard import ScoreCard, TrainingFacts
from benchmark.scoring.outputs import FOLDER, hash_outputs
from benchmark.weights.files import hash_file


def kind_problems(card: ScoreCard) -> Iterator[str]:
    """Yield a problem if the card's kind, method or floor, is not the registered kind."""
    floors = method_names("floor")
    if card.kind == "floor" and card.method not in floors:
        yield f"its score card says floor, but no floor is called {card.method}; the floors are: {', '.join(floors)}"
    elif card.kind == "method" and card.method in floors:
        yield f"its score card says method, but {card.method} is a floor"


def picture_problems(run: Evaluated, *, required: bool = False) -> Iterator[str]:
    """Yield a problem if the saved pictures are not those that were scored; without pictures only if `required`."""
    if not required and not (run.folder / FOLDER).is_dir():
        return
    try:
        if hash_outputs(run.folder, [pair.picture for pair in scored_pairs(run.scores)], SHAPE) != run.card.outputs:
            yield "its pictures were changed after they were scored"
    except AnibenchError as error:
        yield str(error)


def training_problems(run: Evaluated) -> Iterator[str]:
    """Yield the differences of training and settings from those of the checkpoint; none if the checkpoint is not found.

    A file of the checkpoint's name with another SHA-256 counts as not found.
    """
    path = find_checkpoint(run.config.checkpoint or "")
    places = (place / path for place in (Path(), *run.folder.resolve().parents))
    found = next((place for place in places if run.config.checkpoint and place.is_file()), None)
    if found is None or run.card.kind != "method" or hash_file(found) != run.card.checkpoint:
        return
    try:
        info = read_info(found)
    except AnibenchError:  # weights in the form of another program
        return
    yield from _config_problems(run, info)
    stated = run.card.training
    if stated is None:
        if info.training_ids:
            yield f"its score card states no training, but its checkpoint lists {len(info.training_ids):,} pictures"
        return
    true = info.model_dump(include=set(TrainingFacts.model_fields)) | {"pictures": len(info.training_ids)}
    for what, value in stated.model_dump().items():
        if value != true[what]:
            yield f"its score card states {what} {value} of the training, but its checkpoint {true[what]}"


def _config_problems(run: Evaluated, info: CheckpointInfo) -> Iterator[str]:
    """Settings of the checkpoint that differ in the run's configuration, except those that painting may change."""
    changed = [key for key, value in info.config.items() if not _holds(run.config.method_config.get(key), value)]
    if changed and run.card.method in method_names("method"):
        settable = get_method(run.card.method).settable
        for key in (key for key in changed if key not in settable):
            yield f"its configuration states another {key} than its checkpoint"


def _holds(stated: object, true: object) -> bool:
    """Whether `stated` has every value of `true`. Settings that the version of the checkpoint lacked are ignored."""
    if isinstance(true, dict) and isinstance(stated, dict):
        return all(key in stated and _holds(stated[key], value) for key, value in true.items())
    return stated == true
