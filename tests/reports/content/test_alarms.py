"""Warnings on pictures that look like copies, and how they could have been made: mirrored, moved, blended."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import Image, write_png
from benchmark.data.dataset import Dataset
from benchmark.data.shapes import draw_shapes
from benchmark.results.scorecard import MeanScore
from benchmark.scoring.copies.search import NOTHING, moved_picture
from benchmark.scoring.outputs import output_path
from reports.content.alarms import Copy, alarms, copied_from, describe
from reports.content.grids import random_pairs
from reports.document import plain
from reports.read.collect import Group, collect

TARGET, REFERENCE = (draw_shapes(seed)[0] for seed in (1, 2))


def score(mean: float, low: float | None = None, high: float | None = None) -> MeanScore:
    return MeanScore(mean=mean, low=low, high=high, level=0.95, n=5, identical=0)


def rows(runs: Path, **scores: MeanScore) -> Group:
    """The group of random-ref, with `scores` on the card of its method."""
    group = next(g for g in collect(runs).groups if g.protocol.reference == "random")
    named = {name.replace("_", "-"): each for name, each in scores.items()}
    changed = [
        replace(run, card=run.card.model_copy(update={"images": run.card.images | named}))
        if run.card.method == "tint" else run
        for run in group.runs
    ]  # fmt: skip
    return replace(group, runs=tuple(changed))


def text(group: Group) -> str:
    return "\n".join(plain(each) for each in alarms(group))


def test_what_is_far_from_the_limits_is_not_named(evaluated: Path) -> None:
    assert text(rows(evaluated, copy=score(0.3, 0.1, 0.5), line_f1=score(0.45, 0.3, 0.6))) == ""


def test_low_line_f1_is_named_beside_that_of_the_floors(evaluated: Path) -> None:
    found = text(rows(evaluated, copy=score(0.0), line_f1=score(0.31, 0.3, 0.33)))
    assert "tint.a does not follow the lines: its line F1 is 0.310, so its pictures show other shapes" in found
    assert "Floors that draw the given lines have 1.000 or more." in found
    assert "none of 5 pictures drawn by the protocol's seed contains its reference" in found
    assert "tint.a copies" not in found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r, _: r, "contain their reference, unchanged"),
        (lambda r, _: r[:, ::-1], "contain their reference, mirrored"),
        (lambda r, _: moved_picture(r, False, 8, 1), "rotated by about 8 degrees"),
        (lambda r, _: moved_picture(r, False, 0, 1.15), "scaled by about 1.15"),
        (lambda r, t: 0.3 * r + 0.7 * t, "blended with another picture at about 3"),
    ],
    ids=["copied", "mirrored", "rotated", "scaled", "blended"],
)
def test_how_the_pictures_could_have_been_made_is_read_from_them(
    runs: Path, data: Dataset, change: Callable[[Image, Image], Image], words: str
) -> None:
    group = rows(runs, copy=score(0.9, 0.8, 1.0))
    run = next(run for run in group.runs if run.card.method == "tint")
    for pair in random_pairs(group):
        image = np.asarray(change(data.color(pair.reference), data.color(pair.sample)), np.uint8)
        write_png(output_path(run.folder, pair.picture), np.ascontiguousarray(image))
    found = text(group)
    assert "tint.a copies: its copy score is 0.900" in found
    assert "How the pictures of tint.a could have been made: 5 of 5 pictures drawn by the protocol's seed" in found
    assert words in found


def test_training_pictures_are_named(runs: Path, data: Dataset) -> None:
    group = rows(runs, memorised=score(0.9, 0.8, 1.0))
    run = next(run for run in group.runs if run.card.method == "tint")
    for number, pair in enumerate(random_pairs(group)):
        write_png(output_path(run.folder, pair.picture), data.color(data.ids("train")[number % 3]))
    found = text(group)
    assert "tint.a repeats training pictures: its memorisation is 0.900" in found
    assert "5 of 5 pictures drawn by the protocol's seed are the nearest training picture" in found


def test_a_picture_that_cannot_be_read_is_said(runs: Path) -> None:
    group = rows(runs, copy=score(0.9))
    run = next(run for run in group.runs if run.card.method == "tint")
    output_path(run.folder, random_pairs(group)[0].picture).unlink()
    assert "could have been made: not known, since a picture cannot be read" in text(group)


def test_a_copy_has_its_movement_and_contrast_and_another_picture_has_none() -> None:
    blend = (0.3 * REFERENCE[:, ::-1].astype(float) + 0.7 * TARGET).astype(np.uint8)
    found = copied_from(blend, REFERENCE, TARGET)
    assert found is not None
    assert found.match.mirrored
    assert found.contrast == pytest.approx(0.3, abs=0.08)
    assert copied_from(TARGET, REFERENCE, TARGET) is None


def test_a_movement_is_described_by_its_median() -> None:
    turned = [Copy(NOTHING._replace(angle=angle, mirrored=angle < 0), 1.0) for angle in (-8.0, 8.0, 7.0)]
    assert describe(turned) == "1 of them mirrored, rotated by about 8 degrees"
    assert describe([Copy(NOTHING._replace(shift=(3, 4), scale=0.9), 0.5)]) == (
        "scaled by about 0.90, shifted by about 5 px, blended with another picture at about 50 %"
    )
    assert describe([Copy(NOTHING, 1.0)]) == ""
