"""The contact sheet: places, labels and reduction of its pictures."""

import numpy as np

from benchmark.colorizing.sheet import CELL, GAP, LABEL, contact_sheet


def test_pictures_stand_in_rows_in_order_above_their_labels() -> None:
    pictures = [np.full((30, 40, 3), level, np.uint8) for level in (10, 20, 30)]
    sheet = contact_sheet(pictures, ["a", "b", "c"])
    assert sheet.shape == (2 * (30 + LABEL + GAP) + GAP, 2 * (40 + GAP) + GAP, 3)
    for level, (row, column) in zip((10, 20, 30), ((0, 0), (0, 1), (1, 0)), strict=True):
        top, left = GAP + row * (30 + LABEL + GAP), GAP + column * (40 + GAP)
        assert (sheet[top : top + 30, left : left + 40] == level).all()
        assert sheet[top + 30 : top + 30 + LABEL, left : left + 40].min() < 100, "a label"


def test_large_pictures_are_reduced() -> None:
    sheet = contact_sheet([np.zeros((2 * CELL, CELL, 3), np.uint8)], ["a"])
    assert sheet.shape == (CELL + LABEL + 2 * GAP, CELL // 2 + 2 * GAP, 3)
