"""Regions between the lines of a drawing."""

import cv2
import numpy as np

from benchmark.methods.regions import line_regions


def test_regions_are_numbered_without_gaps_and_blank_paper_is_one() -> None:
    line = np.full((96, 96), 255, np.uint8)
    assert not line_regions(line).any()
    assert not line_regions(np.zeros_like(line)).any(), "nothing but ink"
    for centre in ((30, 30), (66, 66)):
        cv2.circle(line, centre, 18, 0, 2)
    regions = line_regions(line)
    assert set(np.unique(regions)) == set(range(regions.max() + 1))
    assert len({regions[30, 30], regions[66, 66], regions[5, 90]}) == 3
