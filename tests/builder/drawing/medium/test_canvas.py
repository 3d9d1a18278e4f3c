"""The canvas: pens in their own units, clipped tones, and the two layers of a finished picture."""

import numpy as np

from builder.drawing.medium.canvas import Canvas

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
RED, BLUE = (200, 0, 0), (0, 0, 200)


def covered(color: np.ndarray, paint: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of the pixels of exactly this colour."""
    rows, columns = np.nonzero((color == paint).all(axis=2))
    return int(rows.min()), int(columns.min()), int(rows.max()), int(columns.max())


def test_a_pen_paints_in_its_units_wherever_it_is_moved() -> None:
    canvas = Canvas(40, 30, 4)
    canvas.pen(5, 6, 10).moved(1, 0.5).scaled(2, 1).fill(SQUARE, RED)
    color, _ = canvas.finish()
    assert color.shape == (30, 40, 3)
    top, left, bottom, right = covered(color, RED)
    assert abs(top - 11) <= 1
    assert abs(left - 15) <= 1
    assert abs(bottom - 20) <= 1
    assert abs(right - 34) <= 1


def test_a_tone_stays_inside_its_clip_and_a_mirror_turns_both_layers() -> None:
    canvas = Canvas(40, 30, 4)
    pen = canvas.pen(4, 4, 10, weight=0.2)
    pen.fill(SQUARE, RED)
    pen.tone(SQUARE + np.array([0.5, 0]), BLUE, clip=SQUARE)
    pen.stroke(np.array([[0.0, 2.0], [1.0, 2.0]]), (0, 0, 0))
    color, ink = canvas.finish()
    assert covered(color, BLUE)[3] <= 14
    assert covered(color, RED)[3] < covered(color, BLUE)[1]
    assert ink[22:27, 4:14].min() < 128 < ink[:20].min()
    assert all(np.array_equal(a[:, ::-1], b) for a, b in zip((color, ink), canvas.finish(mirror=True), strict=True))
