"""Detectors by name, and which detections count."""

import json

import numpy as np
import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from builder.core.recipe import DetectRecipe
from builder.drawing.illustration import draw_illustration, draw_portrait
from builder.faces.detectors import AnimeFace, Detection, best_first, get_detector, overlap, refuse


def test_both_detectors_are_registered() -> None:
    assert [get_detector(DetectRecipe(detector=name)).name for name in ("animeface", "whole")] == ["animeface", "whole"]
    with pytest.raises(AnibenchError, match="did you mean animeface"):
        get_detector(DetectRecipe(detector="animefaces"))
    with pytest.raises(AnibenchError, match="write animeface instead of animeface:faces.csv"):
        get_detector(DetectRecipe(detector="animeface:faces.csv"))


def test_a_face_on_a_large_picture_is_found_in_its_own_pixels() -> None:
    portrait = PIL.Image.fromarray(draw_portrait(1, 512).color)
    page = PIL.Image.new("RGB", (1600, 1200), "white")
    page.paste(portrait.resize((900, 900)), (650, 200))
    (small,) = get_detector(DetectRecipe(longest=512)).detect(np.asarray(portrait))
    (large,) = get_detector(DetectRecipe()).detect(np.asarray(page))
    scale = 900 / 512
    expected = (650 + small.box[0] * scale, 200 + small.box[1] * scale, small.box[2] * scale, small.box[3] * scale)
    assert large.box == pytest.approx(expected, abs=45)
    assert large.landmarks is not None
    assert large.landmarks["nose"] == pytest.approx(
        [large.box[0] + large.box[2] / 2, large.box[1] + large.box[3] / 2], abs=large.box[2] / 4
    )
    assert large.landmarks["skin"][0] > large.landmarks["skin"][2]


@pytest.mark.parametrize("name", ["animeface", "drawnface"])
def test_detectors_keep_their_contract(name: str) -> None:
    recipe = DetectRecipe(detector=name, longest=320)
    pictures = [draw_illustration(seed).color for seed in (40, 41)]
    detector = get_detector(recipe)
    first = [best_first(detector.detect(rgb)) for rgb in pictures]
    again = [best_first(get_detector(recipe).detect(rgb)) for rgb in reversed(pictures)]
    assert first == again[::-1]
    assert all(first)
    for rgb, found in zip(pictures, first, strict=True):
        for face in found:
            assert 0 <= face.likelihood <= 1
            assert overlap(face.box, (0, 0, rgb.shape[1], rgb.shape[0])) > 0
            json.dumps(face.landmarks)  # the manifest holds them as JSON
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []


def test_a_blind_detector_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.faces.detectors.find_faces", lambda rgb: [])
    with pytest.raises(AnibenchError, match="finds no face on a drawn portrait: .* animeface==2.0.3"):
        AnimeFace(DetectRecipe())


def test_whole_is_the_picture() -> None:
    whole = get_detector(DetectRecipe(detector="whole"))
    assert whole.framed
    assert whole.detect(np.zeros((20, 30, 3), np.uint8)) == [Detection((0, 0, 30, 20), 1.0)]


def test_whole_has_the_landmarks_of_the_most_likely_face() -> None:
    whole = get_detector(DetectRecipe(detector="whole", landmarks=True))
    portrait = draw_portrait(1, 256).color
    best = best_first(AnimeFace(DetectRecipe()).detect(portrait))[0]
    assert whole.detect(portrait) == [Detection((0, 0, 256, 256), 1.0, best.landmarks)]
    assert whole.detect(np.zeros((256, 256, 3), np.uint8))[0].landmarks is None
    assert AnimeFace(DetectRecipe()).version in whole.version


def test_unlikely_and_cold_faces_are_refused() -> None:
    recipe = DetectRecipe(min_likelihood=0.7, sure_likelihood=0.99)
    box = (0.0, 0.0, 9.0, 9.0)
    assert "min_likelihood" in str(refuse(Detection(box, 0.69), recipe))
    assert refuse(Detection(box, 0.71), recipe) is None
    assert "skin" in str(refuse(Detection(box, 0.98, {"skin": [219, 227, 222]}), recipe))
    assert refuse(Detection(box, 0.98, {"skin": [242, 185, 158]}), recipe) is None
    assert refuse(Detection(box, 0.995, {"skin": [219, 227, 222]}), recipe) is None


def test_overlap_and_order() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (20, 0, 10, 10)) == 0
    a, b, c = Detection((5, 0, 1, 1), 0.9), Detection((1, 0, 1, 1), 0.9), Detection((9, 0, 1, 1), 1.0)
    assert best_first([a, b, c]) == best_first([c, b, a]) == [c, b, a]
