"""The detector anime-face-detector on a stand-in, and on the true package if it is installed."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
from detector_packages import lend_anime_face_detector, made

from builder.core.recipe import CropRecipe
from builder.faces.crop import aligned_square


def test_anime_face_detector_gives_eyes_to_align_by(site: Path) -> None:
    lend_anime_face_detector(site)
    detector = made("anime-face-detector")
    likely, unlikely = detector.detect(np.full((200, 200, 3), (255, 0, 0), np.uint8))
    assert likely.box == (8.5, 17.5, 22, 44), "widened by a tenth about its middle"
    assert likely.likelihood == pytest.approx(0.9)
    assert likely.landmarks == {
        "left_eye": [51, 40, 15, 1], "right_eye": [33, 40, 15, 1], "mouth": [72, 40, 9, 1],
        "nose": [69, 41], "chin": [6, 40],
    }  # fmt: skip
    square = aligned_square((28, 18, 44, 44), likely.landmarks, 200, 200, CropRecipe(align=True))
    assert square is not None
    assert (square.size, square.angle) == (int(18 / 0.242), 0)
    assert unlikely.landmarks is None
    assert json.loads(json.dumps(likely.landmarks)) == likely.landmarks
    assert [word for word in detector.version.split() if len(word) != 16] == ["1.2", "yolov3", "hrnetv2"]


def test_the_true_anime_face_detector_is_called_as_it_wants() -> None:
    module = pytest.importorskip("anime_face_detector")
    wanted = {"landmark_checkpoint_path", "face_detector_name", "face_detector_checkpoint_path", "device"}
    assert wanted <= set(inspect.signature(module.LandmarkDetector).parameters)
    assert set(module.get_checkpoint_path.__globals__["HF_MODEL_REPOS"].values()) >= {
        f"hysts/anime-face-detector-{model}" for model in ("yolov3", "hrnetv2")
    }
