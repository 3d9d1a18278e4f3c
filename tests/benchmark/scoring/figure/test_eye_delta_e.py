"""The colour of the irises, each picture's in its own boxes."""

import math

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab

from benchmark.core.files import Image
from benchmark.scoring.figure.eye_delta_e import METRIC, eye_delta_e
from benchmark.scoring.slices import Box

BLUE, BROWN, SKIN = (40, 80, 200), (120, 70, 30), (250, 220, 200)
EYES = (Box(20, 30, 40, 50), Box(60, 30, 80, 50))
MOVED = (Box(10, 60, 26, 76), Box(50, 60, 66, 76))


def face(color: tuple[int, int, int], eyes: tuple[Box, Box]) -> Image:
    """Skin everywhere except in the central halves of the eyes."""
    image = np.full((96, 96, 3), SKIN, np.uint8)
    for box in eyes:
        box.middle().cut(image)[:] = color
    return image


def test_only_the_central_halves_count() -> None:
    assert eye_delta_e(face(BLUE, EYES), EYES, face(BLUE, MOVED), MOVED) == 0
    expected = float(deltaE_ciede2000(rgb2lab(np.array(BLUE) / 255), rgb2lab(np.array(BROWN) / 255)))
    assert math.isclose(eye_delta_e(face(BLUE, EYES), EYES, face(BROWN, MOVED), MOVED), expected, abs_tol=0.01)


def test_boxes_at_another_place_read_the_skin() -> None:
    assert eye_delta_e(face(BLUE, EYES), EYES, face(BLUE, EYES), MOVED) > 30


def test_a_picture_without_boxes_has_no_value() -> None:
    assert math.isnan(eye_delta_e(face(BLUE, EYES), None, face(BLUE, EYES), EYES))
    assert math.isnan(eye_delta_e(face(BLUE, EYES), EYES, face(BLUE, EYES), None))
    assert METRIC.sparse
