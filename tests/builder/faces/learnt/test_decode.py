"""Maps of the learnt detector: what is written into them is read from them."""

import numpy as np
import pytest

from builder.faces.learnt.decode import CHANNELS, MapFace, make_maps, read_maps

FACE = np.array([30, 40, 78, 100, 42, 62, 66, 64, 55, 98, -0.4, 1], np.float32)
NONE = np.zeros((0, 4), np.float32)


def logits(target: np.ndarray) -> np.ndarray:
    maps = target.copy()
    maps[0] = np.where(target[0] == 1, 4.0, -6.0)
    maps[11] = np.arctanh(target[11])
    return maps


def test_faces_are_read_as_they_were_written() -> None:
    small = FACE.copy()
    small[:10] = small[:10] * 0.3 + 120
    target, weight, seen = make_maps(np.stack([FACE, small]), NONE, 192)
    found = read_maps(logits(target), 0.5)
    assert len(found) == 2
    for face, read in zip((FACE, small), sorted(found, key=lambda face: face.points[0, 0]), strict=True):
        assert read.points.ravel() == pytest.approx(face[[0, 1, 2, 3, *range(4, 10)]], abs=1e-3)
        assert read.turn == pytest.approx(-0.4)
    assert (weight[1:].sum((1, 2)) > 0).all()
    assert (seen == 1).all()


def test_a_hidden_eye_has_no_weight_and_an_ignored_box_no_background() -> None:
    hidden = FACE.copy()
    hidden[6:8] = np.nan
    target, weight, seen = make_maps(hidden[None], np.array([[120, 120, 160, 160]], np.float32), 192)
    assert weight[7:9].sum() == 0
    assert weight[5:7].sum() > 0
    assert np.isfinite(target).all()
    assert seen[17, 17] == 0
    assert seen[5, 5] == 1


def test_scores_below_the_least_are_left_out_and_the_rest_sorted() -> None:
    maps = np.zeros((CHANNELS, 6, 6), np.float32)
    maps[0] = -9
    maps[0, 1, 1], maps[0, 4, 4], maps[0, 1, 4] = 1.0, 3.0, -2.0
    found = read_maps(maps, 0.5)
    assert [face.score for face in found] == pytest.approx([1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-1))])
    assert found[1].points[:2] == pytest.approx(np.array([[-20, -20], [44, 44]]))  # the cell's middle at 12, sides 64


def test_a_mirrored_face_keeps_the_order_of_its_eyes() -> None:
    face = MapFace(0.9, FACE[:10].reshape(5, 2).astype(float), -0.4)
    other = face.mirrored(192)
    assert other.points.tolist() == [[114, 40], [162, 100], [126, 64], [150, 62], [137, 98]]
    assert other.turn == 0.4
    assert other.mirrored(192).points == pytest.approx(face.points)
    assert face.moved(2.0, 1.0).middle.tolist() == [109, 141]
    assert face.side == pytest.approx(np.sqrt(48 * 60))
