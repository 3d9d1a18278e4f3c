"""Eyes where the landmarks say, heterochromia by their hues, and slices by sigma."""

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.color import lab2rgb

from benchmark.core.files import Image, write_png
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import Pair
from benchmark.scoring.slices import Box, eye_boxes, heterochromatic, pair_slices

EYES = (Box(60, 100, 100, 140), Box(150, 100, 190, 140))


def face(left: tuple[int, int, int], right: tuple[int, int, int]) -> Image:
    image = np.full((256, 256, 3), (250, 220, 200), np.uint8)
    for box, color in zip(EYES, (left, right), strict=True):
        centre = ((box.left + box.right) // 2, (box.top + box.bottom) // 2)
        cv2.circle(image, centre, 14, color, -1)
        cv2.circle(image, centre, 5, (10, 10, 10), -1)
    return image


def with_columns(data: Dataset, **columns: object) -> Dataset:
    return replace(data, manifest=data.manifest.assign(**columns))


def marks(scale: float = 2.0, x: float = 30, y: float = 10) -> str:
    """The eyes as a detector saw them, in a source in which the crop begins at (x, y), `scale` px to one of ours."""
    eyes = {
        name: [x + box.left * scale, y + box.top * scale, 40 * scale, 40 * scale]
        for name, box in zip(("left_eye", "right_eye"), EYES, strict=True)
    }
    return json.dumps(eyes)


@pytest.mark.parametrize(
    ("left", "right", "mixed"),
    [
        ((30, 60, 200), (190, 140, 20), True),
        ((200, 40, 40), (40, 160, 60), True),
        ((30, 60, 200), (30, 60, 200), False),
        ((30, 60, 200), (60, 90, 225), False),
        ((90, 90, 90), (30, 60, 200), False),
    ],
)
def test_two_hues_make_heterochromia(left: tuple[int, int, int], right: tuple[int, int, int], mixed: bool) -> None:
    assert heterochromatic(face(left, right), EYES) is mixed
    assert heterochromatic(face(right, left), EYES) is mixed
    darker = (face(left, right) * 0.8).astype(np.uint8)
    assert heterochromatic(darker, EYES) is mixed


def eye(lab: tuple[float, float, float], pixels: int = 400) -> Image:
    """An eye of 40 x 40 px, grey but for the first `pixels` of its central 20 x 20 px."""
    image = np.full((40, 40, 3), 128, np.uint8)
    iris = np.full((400, 3), 128, np.uint8)
    iris[:pixels] = np.rint(lab2rgb(np.array(lab, np.float64)) * 255)
    image[10:30, 10:30] = iris.reshape(20, 20, 3)
    return image


def mixed(left: Image, right: Image) -> bool:
    """Whether the two eyes side by side are heterochromatic."""
    return heterochromatic(np.hstack([left, right]), (Box(0, 0, 40, 40), Box(40, 0, 80, 40)))


def test_the_hue_of_an_eye_is_that_of_its_central_half() -> None:
    assert Box(60, 100, 100, 140).middle() == (70, 110, 90, 130)
    assert Box(0, 0, 9, 7).middle() == (2, 1, 7, 6)


def test_hues_differ_from_a_distance_of_30() -> None:
    assert not mixed(eye((60, 40, 0)), eye((60, 40, 28)))
    assert mixed(eye((60, 40, 0)), eye((60, 40, 32)))


def test_a_hue_has_a_chroma_of_15_at_least() -> None:
    assert not mixed(eye((60, 13, 0)), eye((60, -40, 0)))
    assert mixed(eye((60, 17, 0)), eye((60, -40, 0)))


def test_an_eye_has_a_hue_from_a_twentieth_of_its_centre() -> None:
    assert not mixed(eye((60, 40, 0), 19), eye((60, -40, 0)))
    assert mixed(eye((60, 40, 0), 20), eye((60, -40, 0)))


def test_eyes_of_a_turned_crop_are_turned_with_it(tiny_dataset: Dataset) -> None:
    """The crop is a square turned clockwise by 30 degrees about its centre (286, 266) of the source."""
    turn, found = math.radians(30), {}
    for name, box in zip(("left_eye", "right_eye"), EYES, strict=True):
        x, y = 2 * ((box.left + box.right) / 2 - 128), 2 * ((box.top + box.bottom) / 2 - 128)
        middle = 286 + math.cos(turn) * x - math.sin(turn) * y, 266 + math.sin(turn) * x + math.cos(turn) * y
        found[name] = [middle[0] - 40, middle[1] - 40, 80, 80]
    columns = {"crop_x": 30, "crop_y": 10, "crop_size": 512, "crop_angle": 30.0}
    boxes = eye_boxes(with_columns(tiny_dataset, landmarks=json.dumps(found), **columns), tiny_dataset.ids("test")[0])
    assert boxes is not None
    assert np.abs(np.array(boxes) - np.array(EYES)).max() <= 1


def test_eyes_are_where_the_crop_has_them(tiny_dataset: Dataset) -> None:
    sample = tiny_dataset.ids("test")[0]
    assert eye_boxes(tiny_dataset, sample) is None, "no landmarks"
    data = with_columns(tiny_dataset, landmarks=marks(), crop_x=30, crop_y=10, crop_size=512)
    assert eye_boxes(data, sample) == EYES
    assert eye_boxes(with_columns(data, crop_x=300), sample) is None, "outside the crop"
    assert eye_boxes(with_columns(data, landmarks=None), sample) is None
    assert eye_boxes(with_columns(data, landmarks=json.dumps({"left_eye": None})), sample) is None
    points = {"left_eye": [160, 120], "right_eye": [320, 120]}  # as boxes:FILE has them
    assert eye_boxes(with_columns(data, landmarks=json.dumps(points)), sample) is None


def test_pairs_are_sliced_by_sigma_and_by_the_eyes_of_their_reference(tiny_dataset: Dataset) -> None:
    ids = tiny_dataset.ids("test")
    write_png(tiny_dataset.color_path(ids[1]), face((30, 60, 200), (190, 140, 20)))
    sigma = tiny_dataset.manifest["id"].map(lambda i: 0.4 if i == ids[0] else 0.3)
    data = with_columns(tiny_dataset, landmarks=marks(), crop_x=30, crop_y=10, crop_size=512, sigma=sigma)
    pairs = [Pair(ids[0], ids[1], 1), Pair(ids[1], ids[0], 2), Pair(ids[2], ids[1], 3)]
    found = pair_slices(data, pairs)
    assert found["sigma-0.4"] == [True, False, False]
    assert found["sigma-0.3"] == [False, True, True]
    assert found["heterochromia"][0] is found["heterochromia"][2] is True
    one = with_columns(tiny_dataset, sigma=0.3)
    assert pair_slices(one, pairs) == {}, "a slice of everything says nothing"
    assert pair_slices(with_columns(tiny_dataset, sigma=pd.NA), pairs) == {}
