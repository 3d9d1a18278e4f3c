"""The learnt detector on drawn pictures: its contract, its landmarks and its self-test."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes
from builder.core.recipe import DetectRecipe
from builder.drawing.crowd.things import paint_thing
from builder.drawing.illustration import draw_illustration, draw_portrait
from builder.drawing.medium.canvas import Canvas
from builder.faces.detectors import get_detector, overlap, refuse
from builder.faces.learnt import detector
from builder.faces.learnt.detector import WEIGHTS, DrawnFace, read_card

RECIPE = DetectRecipe(detector="drawnface")


def test_it_is_registered_with_the_version_of_its_weights() -> None:
    found = get_detector(RECIPE)
    card = read_card()
    assert (found.name, found.framed) == ("drawnface", False)
    assert found.version == f"{card['version']} {card['sha256'][:16]}"
    content = detector.files(detector.__package__).joinpath(WEIGHTS).read_bytes()
    assert sha256_bytes(content) == card["sha256"]
    assert len(content) < 2_000_000


def test_most_drawn_faces_are_found_and_little_else() -> None:
    faces = hits = false = 0
    for seed in range(20, 32):
        drawing = draw_illustration(seed)
        found = [face for face in get_detector(RECIPE).detect(drawing.color) if refuse(face, RECIPE) is None]
        matched = [any(overlap(face.box, box) > 0.4 for face in found) for box in drawing.faces]
        faces, hits, false = faces + len(matched), hits + sum(matched), false + len(found) - sum(matched)
    assert hits >= 0.9 * faces
    assert false <= 1


def test_landmarks_lie_on_the_portrait() -> None:
    portrait = draw_portrait(1, 512)
    (face,) = [face for face in DrawnFace().detect(portrait.color) if refuse(face, RECIPE) is None]
    x, y, width, height = portrait.faces[0]
    marks = face.landmarks
    assert marks is not None
    assert x < marks["left_eye"][0] < x + width / 2 < marks["right_eye"][0] < x + width
    assert y < marks["left_eye"][1] < y + 0.7 * height
    assert marks["chin"] == pytest.approx([x + width / 2, y + height], abs=0.15 * width)
    assert -1 <= marks["turn"] <= 1


def test_a_larger_picture_has_the_same_faces_in_its_own_pixels() -> None:
    portrait = draw_portrait(4, 512).color
    large = cv2.resize(portrait, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    small, double = (DrawnFace(DetectRecipe(longest=512)).detect(each)[0] for each in (portrait, large))
    assert np.array(double.box) / 2 == pytest.approx(np.array(small.box), abs=8)


def test_the_number_of_threads_changes_nothing() -> None:
    picture, threads, found = draw_illustration(40).color, cv2.getNumThreads(), []
    try:
        for count in (1, 2, 4):
            cv2.setNumThreads(count)
            found.append(DrawnFace().detect(picture))
        assert found[0] == found[1] == found[2] != []
    finally:
        cv2.setNumThreads(threads)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (33, 31), (20, 20)])
def test_pictures_of_any_shape_are_searched(shape: tuple[int, int]) -> None:
    assert [
        face for face in DrawnFace().detect(np.full((*shape, 3), 200, np.uint8)) if refuse(face, RECIPE) is None
    ] == []


def test_few_things_are_taken_for_faces() -> None:
    false = 0
    for seed in range(40):
        canvas = Canvas(256, 256, 2)
        paint_thing(canvas.pen(128, 128, 60, 0.02, 20), np.random.default_rng(seed))
        false += sum(refuse(face, RECIPE) is None for face in DrawnFace().detect(canvas.finish()[0]))
    assert false <= 2


def test_damaged_weights_and_a_blind_network_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DrawnFace, "detect", lambda self, rgb, name="": [])
    with pytest.raises(AnibenchError, match="drawnface finds no face on a drawn portrait with OpenCV"):
        DrawnFace()
    monkeypatch.setattr(detector, "read_card", lambda: {**read_card(), "sha256": "0" * 64})
    detector._network.cache_clear()
    with pytest.raises(AnibenchError, match=r"face\.onnx is damaged; install anibench again"):
        DrawnFace()
    detector._network.cache_clear()


def test_workers_need_no_torch() -> None:
    code = "import sys; import builder.faces.learnt.detector as d; d.DrawnFace(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
