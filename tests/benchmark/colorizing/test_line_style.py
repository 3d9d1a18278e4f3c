"""Grey lines become dark; black lines stay as they are."""

import numpy as np
from drawings import drawing

from benchmark.colorizing.line_style import darkened


def test_pencil_becomes_black_ink_on_white() -> None:
    line = drawing(120, 160)
    pencil = (255 - (255 - line.astype(float)) * 0.4).astype(np.uint8)
    dark = darkened(pencil)
    assert (dark[line == 0] == 0).all()
    assert (dark[line == 255] == 255).all()
    assert 0 < dark[line == 60].mean() < 130  # the lighter line stays lighter


def test_black_lines_and_blank_pages_stay() -> None:
    assert np.array_equal(darkened(drawing(120, 160)), drawing(120, 160))
    assert (darkened(np.full((9, 9), 255, np.uint8)) == 255).all()
