"""Line fidelity on pictures whose right order is known."""

import cv2
import numpy as np
import pytest
from scipy.spatial import cKDTree

from benchmark.core.files import Image
from benchmark.data.shapes import draw_shapes
from benchmark.data.xdog import XDoG, extract_lines
from benchmark.scoring.line_fidelity import line_f1

PARAMS = XDoG()


def painted(seed: int) -> tuple[Image, Image]:
    """A drawn picture with dark outlines, and the lines XDoG finds in it."""
    color, outline = draw_shapes(seed)
    color[outline == 0] = 20
    return color, extract_lines(color, PARAMS)


def plain_f1(image: Image, line: Image, tolerance: int) -> float:
    """The formula by distances between points."""
    found, given = (np.argwhere(each < 128) for each in (extract_lines(image, PARAMS), line))
    precision = float(np.mean(cKDTree(given).query(found)[0] <= tolerance + 1e-9))
    recall = float(np.mean(cKDTree(found).query(given)[0] <= tolerance + 1e-9))
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("tolerance", [1, 2])
def test_it_is_the_f1_of_nearest_ink(tolerance: int) -> None:
    image, _ = painted(1)
    _, other = painted(2)
    assert line_f1(image, other, PARAMS, tolerance) == pytest.approx(plain_f1(image, other, tolerance), abs=1e-12)


def test_lines_match_within_one_pixel_unless_told_otherwise() -> None:
    image, (_, other) = painted(1)[0], painted(2)
    expected = [plain_f1(image, other, tolerance) for tolerance in (0, 1, 2)]
    assert np.diff(expected).min() > 0.01, "the tolerance makes a difference here"
    assert line_f1(image, other, PARAMS) == pytest.approx(expected[1], abs=1e-12)


def test_the_picture_the_line_was_made_from_has_all_of_it() -> None:
    image, line = painted(3)
    assert (line < 128).mean() > 0.01, "there are lines"
    assert line_f1(image, line, PARAMS) == 1


def test_worse_lines_score_lower() -> None:
    image, line = painted(4)
    one_off, three_off, eight_off = (np.roll(image, shift, axis=1) for shift in (1, 3, 8))
    noise = np.random.default_rng(0).normal(0, 1, image.shape)
    noisy = [np.clip(image + level * noise, 0, 255).astype(np.uint8) for level in (10, 40)]
    scores = [line_f1(each, line, PARAMS) for each in (image, one_off, three_off, eight_off)]
    assert scores == sorted(scores, reverse=True)
    assert scores[1] > 0.97, "one pixel is within the tolerance"
    assert scores[0] - scores[2] > 0.2
    assert 1 > line_f1(noisy[0], line, PARAMS) > line_f1(noisy[1], line, PARAMS)
    other = painted(77)[0]
    assert line_f1(other, line, PARAMS) < 0.5 < line_f1(cv2.GaussianBlur(image, (3, 3), 0.5), line, PARAMS)


def test_recolouring_does_not_count() -> None:
    image, line = painted(5)
    paler = (128 + image.astype(int) // 2).astype(np.uint8)
    paler[line == 0] = 20
    assert line_f1(np.ascontiguousarray(image[..., ::-1]), line, PARAMS) > 0.8
    assert line_f1(paler, line, PARAMS) > 0.9


def test_pages_without_ink() -> None:
    white, blank = np.full((64, 64, 3), 255, np.uint8), np.full((64, 64), 255, np.uint8)
    drawn = blank.copy()
    drawn[10:50, 30] = 0
    assert line_f1(white, blank, PARAMS) == 1
    assert line_f1(white, drawn, PARAMS) == 0
    assert line_f1(np.repeat(drawn[..., None], 3, axis=2), blank, PARAMS) == 0


@pytest.mark.parametrize(
    ("image", "line"),
    [
        (np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.uint8)),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), bool)),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9), np.uint8)),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)),
    ],
)
def test_other_kinds_of_pictures_are_refused(image: Image, line: Image) -> None:
    with pytest.raises(ValueError, match="uint8"):
        line_f1(image, line, PARAMS)
