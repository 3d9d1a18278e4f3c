"""Scans of drawings: the shade of the paper and specks are removed."""

import numpy as np
import pytest
from drawings import drawing, shaded

from benchmark.colorizing.scan import clean_scan, is_scan
from benchmark.core.files import Image
from benchmark.data.line_check import find_ink


def test_a_scan_has_its_ink_on_white_paper_without_specks() -> None:
    line = drawing(240, 320)
    page = shaded(line)
    page[20, 30] = 60  # a speck
    assert is_scan(page)
    assert not is_scan(line)
    clean = clean_scan(page)
    assert (clean[line == 255] > 230).mean() > 0.995
    assert (clean[line == 0] < 100).mean() > 0.95
    assert clean[20, 30] == 255
    assert abs(find_ink(clean).mean() - (line < 128).mean()) < 0.01


def page(*levels: float) -> Image:
    """White paper of level 200 with strokes of 3 x 100 px, whose levels are given as a share of the paper's."""
    found = np.full((256, 256), 200, np.uint8)
    for number, level in enumerate(levels):
        found[20 + 20 * number : 23 + 20 * number, 60:160] = round(200 * level)
    return found


@pytest.mark.parametrize(("fall", "scan"), [(0.05, False), (0.09, True), (0.5, True), (0.75, False)])
def test_paper_whose_level_falls_is_a_scan_and_a_dark_part_is_none(fall: float, scan: bool) -> None:
    falling = np.rint(230 * (1 - fall * np.linspace(0, 1, 320))).astype(np.uint8)
    assert is_scan(np.repeat(falling[None], 240, axis=0)) is scan


def test_ink_is_stretched_from_its_darkest_quarter_to_the_paper() -> None:
    clean = clean_scan(page(0.2, 0.3, 0.4, 0.5, 0.6))
    assert [clean[21 + 20 * number, 100] for number in range(3)] == [0, 0, round(255 * (0.4 - 0.3) / (0.92 - 0.3))]
    assert clean[200, 100] == 255


def test_faint_marks_become_no_black_and_the_faintest_are_paper() -> None:
    assert clean_scan(page(0.85))[21, 100] == round(255 * (0.85 - 0.75) / (0.92 - 0.75))
    assert (clean_scan(page(0.95)) == 255).all()


def test_specks_of_less_than_6_px_are_removed_where_no_stroke_is_near() -> None:
    drawn = page(0.2)
    drawn[150:152, 60:62] = drawn[24, 100:104] = 20  # alone, and beside the stroke
    drawn[150:153, 160:163] = 20
    clean = clean_scan(drawn)
    assert clean[151, 61] == 255
    assert clean[24, 101] < 100
    assert clean[151, 161] < 100
