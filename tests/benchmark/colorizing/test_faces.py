"""Frames of faces: where they are, what they cover, and how they are set back."""

import numpy as np
import pytest

from benchmark.colorizing import faces
from benchmark.colorizing.faces import Frame, cut_frame, face_finder, frames_of, is_portrait, set_back
from builder.core.recipe import CropRecipe
from builder.drawing.illustration import draw_portrait
from builder.faces.crop import face_square


def test_a_frame_is_the_crop_of_the_dataset() -> None:
    square = face_square((100.0, 120.0, 80.0, 90.0), 1000, 1000, CropRecipe())
    assert square is not None
    assert frames_of([(100.0, 120.0, 180.0, 210.0)]) == [Frame(square.x, square.y, square.size)]


def test_small_and_overlapping_frames_are_left_out() -> None:
    first, second = (100.0, 100.0, 200.0, 200.0), (110.0, 110.0, 210.0, 210.0)
    assert len(frames_of([first, second])) == 1
    assert frames_of([(0.0, 0.0, 10.0, 10.0)]) == []
    assert frames_of([first], largest=150)[0].size == 150


def test_a_picture_framed_like_a_sample_is_a_portrait() -> None:
    assert is_portrait(Frame(-10, 0, 260), (256, 256))
    assert not is_portrait(Frame(0, 0, 260), (800, 600))


def test_a_frame_beyond_the_page_is_white_there() -> None:
    cut = cut_frame(np.zeros((50, 60), np.uint8), Frame(-10, 20, 40))
    assert cut.shape == (40, 40)
    assert (cut[:30, 10:] == 0).all()
    assert (cut[30:] == 255).all()
    assert (cut[:, :10] == 255).all()


def test_a_frame_fades_into_the_picture() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    set_back(picture, np.full((60, 60, 3), 200, np.uint8), Frame(10, -20, 60))
    assert (picture[5:30, 30:50] == 200).all()
    assert 0 < picture[5, 10, 0] < 40
    assert (picture[45:] == 0).all()
    assert (np.diff(picture[10, :40, 0].astype(int)) >= 0).all()


def test_faces_are_found_by_the_installed_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    find = face_finder()
    assert find is not None
    portrait = draw_portrait(1, 256).color
    page = np.full((400, 700, 3), 255, np.uint8)
    page[100:356, 20:276] = page[100:356, 400:656] = portrait
    found = sorted(find(page))
    assert len(found) == 2
    assert 20 < found[0][0] < 276 < 400 < found[1][0]
    monkeypatch.setattr(faces, "entry_points", lambda **_: [])
    assert face_finder.__wrapped__() is None
