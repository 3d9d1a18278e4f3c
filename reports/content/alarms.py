"""Sentences on methods whose pictures look like copies, and on how such pictures could have been made."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.data.dataset import SHAPE, Dataset
from benchmark.data.references import reference_image
from benchmark.results.metric import Alarm
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import number
from benchmark.results.scorecard import MeanScore
from benchmark.scoring.copies.memorised import TrainingPictures, memorised, training_pictures
from benchmark.scoring.copies.search import Match, Plane, away_from, find_match, moved_picture, structure
from benchmark.scoring.outputs import output_path, read_output
from reports.content.grids import open_data, random_pairs
from reports.document import Strong, Text
from reports.read.collect import EvalRun, Group
from reports.read.floors import returns_reference

LOOKED_AT = 12  # pairs
FOUND = 0.75  # correlation with the reference, and score with a training picture, from which a picture is a copy
TURNED, SCALED, SHIFTED, WHOLE = 2.0, 0.04, 3.0, 0.85  # least changes that a sentence names; greatest contrast


class Copy(NamedTuple):
    """The reference as found in an output, and its contrast there relative to the reference's."""

    match: Match
    contrast: float


def alarms(group: Group) -> Iterator[Text]:
    """For each method, a warning per metric whose interval is worse than its alarm, and how such pictures are made.

    A mean without an interval counts as the interval.
    """
    known = {name: each.alarm for name, each in METRICS.items() if each.alarm and each.applies_to(group.protocol)}
    for name, run in zip(group.names, group.runs, strict=True):
        scores = {metric: run.card.images[metric] for metric in known if metric in run.card.images}
        raised = {metric: score for metric, score in scores.items() if _is_raised(metric, score, known[metric])}
        if run.card.kind != "floor" and raised:
            for metric, score in raised.items():
                yield _warning(name, metric, score, known[metric], group)
            yield (Strong(f"How the pictures of {name} could have been made:"), f" {_origin(run, group, set(raised))}.")


def copied_from(image: Image, reference: Image, target: Image) -> Copy | None:
    """The reference in an output, all uint8 RGB (H, W, 3), by its shapes away from the target's edges, or None."""
    shapes, shape = structure(image), structure(reference)
    weights = away_from(structure(target))
    match = find_match(shapes, shape, weights)
    if match.score < FOUND:
        return None
    moved = moved_picture(shape, match.mirrored, match.angle, match.scale, match.shift)
    return Copy(match, _spread(shapes, weights) / max(_spread(moved, weights), 1e-6))


def describe(copies: Sequence[Copy]) -> str:
    """How the references lie in the outputs, by the medians: "mirrored, rotated by 8 degrees"; empty for unchanged."""
    mirrored = sum(copy.match.mirrored for copy in copies)
    turn = median(abs(copy.match.angle) for copy in copies)
    scale = median(copy.match.scale for copy in copies)
    shift = median(float(np.hypot(*copy.match.shift)) for copy in copies)
    contrast = median(copy.contrast for copy in copies)
    parts = [
        ("mirrored" if mirrored == len(copies) else f"{mirrored} of them mirrored", mirrored > 0),
        (f"rotated by about {turn:.0f} degrees", turn >= TURNED),
        (f"scaled by about {scale:.2f}", abs(scale - 1) >= SCALED),
        (f"shifted by about {shift:.0f} px", shift >= SHIFTED),
        (f"blended with another picture at about {100 * contrast:.0f} %", contrast <= WHOLE),
    ]
    return ", ".join(text for text, changed in parts if changed)


def _is_raised(metric: str, score: MeanScore, alarm: Alarm | None) -> bool:
    """Whether the whole interval, or the mean without one, lies on the worse side of the alarm's limit."""
    if alarm is None or score.mean is None:
        return False
    if METRICS[metric].better == "higher":
        return (score.mean if score.high is None else score.high) < alarm.limit
    return (score.mean if score.low is None else score.low) > alarm.limit


def _warning(name: str, metric: str, score: MeanScore, alarm: Alarm | None, group: Group) -> Text:
    assert alarm is not None
    assert score.mean is not None
    rough = " (too few pictures for an interval)" if score.low is None else ""
    return (
        Strong(f"{name} {alarm.verb}:"),
        f" its {METRICS[metric].title} is {number(metric, score.mean)}{rough}, so {alarm.consequence}."
        f"{_of_floors(metric, group)}",
    )


def _of_floors(metric: str, group: Group) -> str:
    """The worst value of the floors that do not return the reference."""
    floors = [run for run in group.runs if run.card.kind == "floor" and not returns_reference(run.card.method)]
    values = [value for run in floors if (value := run.value(metric)) is not None]
    if not values:
        return ""
    worst = min(values) if METRICS[metric].better == "higher" else max(values)
    more = "more" if METRICS[metric].better == "higher" else "less"
    return f" Floors that draw the given lines have {number(metric, worst)} or {more}."


def _origin(run: EvalRun, group: Group, raised: set[str]) -> str:
    data, _ = open_data(group)
    if data is None:
        return (
            "from the references or from other pictures, perhaps moved, mirrored or blended; the dataset was not found "
            "at its recorded path, so the pictures were not compared"
        )
    try:
        return _compared(run, group, data, training_pictures(data) if "memorised" in raised else None)
    except AnibenchError as error:
        return f"not known, since a picture cannot be read: {error}"


def _compared(run: EvalRun, group: Group, data: Dataset, training: TrainingPictures | None) -> str:
    pairs = random_pairs(group, LOOKED_AT)
    copies: list[Copy] = []
    repeated = 0
    for pair in pairs:
        image, target = read_output(output_path(run.folder, pair.picture), SHAPE), data.color(pair.sample)
        copy = copied_from(image, reference_image(pair, data, group.protocol), target)
        if copy is not None:
            copies.append(copy)
        elif training is not None and memorised(image, target, training) >= FOUND:
            repeated += 1
    looked = f"of {len(pairs)} pictures drawn by the protocol's seed"
    parts = [f"{len(copies)} {looked} contain their reference, {describe(copies) or 'unchanged'}"] if copies else []
    parts += [f"{repeated} {looked} are the nearest training picture"] if repeated else []
    unknown = "they are other pictures, or copies that are bent or rotated by more than 12 degrees"
    return "; ".join(parts) or f"none {looked} contains its reference as the search sees it: {unknown}"


def _spread(plane: Plane, weights: Plane) -> float:
    """Weighted standard deviation."""
    mean = float(np.average(plane, weights=weights))
    return float(np.sqrt(np.average((plane - mean) ** 2, weights=weights)))
