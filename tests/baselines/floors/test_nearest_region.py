"""The floor nearest-region: colours of the reference's regions by place and size."""

import cv2
import numpy as np
import pytest
from floor_painting import paint

from baselines.floors.nearest_region import median_colors, places
from benchmark.core.files import Image


def drawing(circles: list[tuple[int, int, int]]) -> Image:
    line = np.full((256, 256), 255, np.uint8)
    for x, y, radius in circles:
        cv2.circle(line, (x, y), radius, 0, 2)
    return line


def picture(circles: list[tuple[int, int, int]], colors: list[tuple[int, int, int]]) -> Image:
    image = np.full((256, 256, 3), 245, np.uint8)
    for (x, y, radius), color in zip(circles, colors, strict=True):
        cv2.circle(image, (x, y), radius, color, -1)
        cv2.circle(image, (x, y), radius, (20, 20, 20), 2)
    return image


def test_a_region_takes_the_colour_of_the_nearest_region_of_its_size() -> None:
    theirs = [(70, 80, 45), (190, 80, 45), (128, 200, 20)]
    red, blue, green = (200, 40, 40), (40, 40, 200), (40, 180, 60)
    line = drawing([(78, 90, 42), (182, 74, 47), (140, 196, 22)])
    reference = picture(theirs, [red, blue, green])
    painted = paint("nearest-region", line[None, None], reference.transpose(2, 0, 1)[None], [5])[0].transpose(1, 2, 0)
    for (x, y), color in (((78, 90), red), ((182, 74), blue), ((140, 196), green), ((8, 250), (245, 245, 245))):
        assert np.abs(painted[y, x].astype(int) - color).max() <= 3
    assert (painted[line == 0] == 0).all()


def test_places_are_centres_and_roots_of_areas_in_sides() -> None:
    regions = np.zeros((40, 40), np.int64)
    regions[:, 20:] = 1
    half = 0.5**0.5
    wanted = [9.5 / 40, 19.5 / 40, half, 29.5 / 40, 19.5 / 40, half]
    assert places(regions).ravel().tolist() == pytest.approx(wanted)


def test_the_colour_of_a_region_is_its_median() -> None:
    regions = np.array([[0, 0, 0, 1], [0, 0, 1, 1]])
    image = np.zeros((2, 4, 3), np.uint8)
    image[regions == 1] = (9, 8, 7)
    image[0, 0] = 255
    assert median_colors(regions, image).tolist() == [[0, 0, 0], [9, 8, 7]]
