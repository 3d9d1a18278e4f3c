"""The agreement of two detectors: boxes are matched once, in falling order of IoU."""

import pytest

from builder.faces.agreement import Agreement, agree, report_agreement
from builder.faces.detectors import Detection


def test_boxes_are_matched_once_the_closest_first() -> None:
    def face(x: float) -> Detection:
        return Detection((x, 0, 10, 10), 1)

    assert agree([face(0), face(2)], [face(1), face(2)]) == Agreement(2, 0, 0, pytest.approx(1 + 9 / 11))
    assert agree([face(0)], [face(0), face(1)]) == Agreement(1, 0, 1, 1.0)
    assert agree([face(0)], [face(4)]) == Agreement(0, 1, 1, 0)  # 6 of 14
    assert agree([], []) == Agreement(0, 0, 0, 0)
    assert report_agreement([], "a", "b")["faces by a and by b"]["share found by both"] == 0
