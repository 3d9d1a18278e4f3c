"""Memorisation: training pictures are found in outputs, also mirrored and recoloured, and other pictures are not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmark.data.dataset import Dataset
from benchmark.data.near.sketches import sketch, vectors
from benchmark.data.shapes import draw_shapes
from benchmark.scoring.copies.memorised import TrainingPictures, memorised, training_pictures

PICTURES = [draw_shapes(seed)[0] for seed in range(20, 32)]
TRAINING = TrainingPictures(vectors(b"".join(map(sketch, PICTURES))), PICTURES.__getitem__)
TARGET = draw_shapes(1)[0]


def test_a_training_picture_is_found() -> None:
    for copy in (PICTURES[3], PICTURES[7][:, ::-1], 60 + PICTURES[5] // 2):
        assert memorised(np.ascontiguousarray(copy), TARGET, TRAINING) > 0.9


def test_the_target_and_pictures_that_are_new_are_not() -> None:
    assert memorised(TARGET, TARGET, TRAINING) == 0
    new = [memorised(draw_shapes(seed)[0], TARGET, TRAINING) for seed in range(40, 48)]
    assert np.mean(new) < 0.2
    assert memorised(40 + TARGET // 2, TARGET, TRAINING) < 0.1


def test_without_training_pictures_nothing_is_memorised() -> None:
    assert memorised(PICTURES[0], TARGET, TrainingPictures(vectors(b""), PICTURES.__getitem__)) == 0


def test_the_training_pictures_are_those_of_the_dataset(tmp_path: Path, make_dataset: Callable[..., Dataset]) -> None:
    data = make_dataset(tmp_path / "faces")
    found = training_pictures(data)
    assert found is not None
    assert len(found.sketches) == len(data.ids("train"))
    assert (found.read(1) == data.color(data.ids("train")[1])).all()
    (tmp_path / "faces/train").rename(tmp_path / "elsewhere")
    assert training_pictures(data) is None


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="uint8 RGB"):
        memorised(TARGET.astype(float), TARGET, TRAINING)
    with pytest.raises(ValueError, match="more than 96 px"):
        memorised(TARGET[:96], TARGET[:96], TRAINING)
