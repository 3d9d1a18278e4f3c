"""Pictures for training a face detector: their truth lies where the figures are painted."""

from __future__ import annotations

import numpy as np

from benchmark.data.parts import PARTS
from builder.drawing.character import make_artist
from builder.drawing.crowd import crowd
from builder.drawing.crowd.crowd import SUPERSAMPLING, draw_crowd
from builder.drawing.figure import Pose
from builder.drawing.medium.canvas import Canvas


def test_a_seed_gives_one_picture() -> None:
    first, again, other = draw_crowd(3), draw_crowd(3), draw_crowd(4)
    assert (first.rgb == again.rgb).all()
    assert [face.box for face in first.faces] == [face.box for face in again.faces]
    assert first.rgb.shape != other.rgb.shape or (first.rgb != other.rgb).any()


def test_eyes_and_chin_lie_where_they_are_painted() -> None:
    """The middle of an eye is its iris in most faces, and the chin is the lower end of the skin."""
    iris, eyes, skin, chins = PARTS.index("iris"), 0, PARTS.index("skin"), 0
    for seed in range(12):
        rng, canvas = np.random.default_rng(seed), Canvas(300, 300, SUPERSAMPLING, parts=True)
        figure = crowd._paint(canvas, Pose(150, 140, 70, 0.3, 0.0, True), make_artist(seed), rng)
        face = figure.truth(canvas)
        assert canvas.parts is not None
        for x, y in face.eyes[np.isfinite(face.eyes[:, 0])] * SUPERSAMPLING:
            eyes += canvas.parts[int(y), int(x)] == iris
        up = face.chin + 0.06 * (np.nanmean(face.eyes, axis=0) - face.chin)
        chins += canvas.parts[int(up[1] * SUPERSAMPLING), int(up[0] * SUPERSAMPLING)] == skin
        left, top, right, bottom = face.box
        assert left < np.nanmin(face.eyes[:, 0]) < np.nanmax(face.eyes[:, 0]) < right
        assert top < np.nanmin(face.eyes[:, 1]) < face.chin[1] <= bottom + 1
    assert eyes >= 12
    assert chins >= 6


def test_the_variety_holds_what_a_detector_meets() -> None:
    pictures = [draw_crowd(seed) for seed in range(60)]
    faces = [face for picture in pictures for face in picture.faces]
    assert 4 <= sum(not picture.faces for picture in pictures) <= 22
    assert max(len(picture.faces) for picture in pictures) >= 4
    assert any(np.isnan(face.eyes).any() and abs(face.turn) == 1 for face in faces)  # profiles
    assert any(0.3 < abs(face.turn) < 1 for face in faces)
    assert any(face.visible < 0.6 for face in faces)
    widths = [face.box[2] - face.box[0] for face in faces]
    assert min(widths) < 40
    assert max(widths) > 150
    assert any((picture.rgb.max(2) == picture.rgb.min(2)).all() for picture in pictures)  # monochrome


def test_a_covered_face_is_less_visible() -> None:
    canvas = Canvas(200, 200, SUPERSAMPLING)
    figure = crowd._paint(canvas, Pose(100, 90, 40, 0.0, 0.0, True), make_artist(1), np.random.default_rng(5))
    before = figure.truth(canvas).visible
    canvas.color[:, : canvas.color.shape[1] // 2] = (1, 2, 3)
    after = figure.truth(canvas).visible
    assert before > 0.4
    assert 0.2 * before < after < 0.8 * before
