"""The optional detector anime-face-detector 0.1 (YOLOv3, HRNetV2; https://github.com/hysts/anime-face-detector).

Nothing is downloaded. The weights (safetensors) must be in the cache of huggingface_hub.
"""

from typing import Any

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.weights.files import hash_file
from builder.core.recipe import DetectRecipe
from builder.faces.detectors import DEFAULTS, Detection
from builder.faces.optional import cached_file, installed_version

PACKAGE = "anime-face-detector"
FACES, POINTS = "yolov3", "hrnetv2"
WIDER = 1.1  # factor by which the package enlarges a box before it searches landmarks, and which it returns
CHIN, NOSE, MOUTH = 2, 23, slice(24, 28)
RIGHT_EYE, LEFT_EYE = slice(11, 17), slice(17, 23)  # the character's right eye is on the left of the picture


class AnimeFaceDetector:
    """Faces by YOLOv3 on a copy of 608 px; eyes, mouth, nose and chin by HRNetV2. Runs on the CPU."""

    name = PACKAGE
    framed = False

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Raises AbsentError when the package or its weights are missing, AnibenchError when the model fails."""
        installed = installed_version(PACKAGE, f"with Python 3.12 or newer run: pip install {PACKAGE}")
        weights = {model: cached_file(f"hysts/{PACKAGE}-{model}", "model.safetensors") for model in (FACES, POINTS)}
        self.version = " ".join([installed, *(f"{model} {hash_file(file)[:16]}" for model, file in weights.items())])
        self._likely = recipe.min_likelihood
        try:
            from anime_face_detector import LandmarkDetector

            self._model = LandmarkDetector(
                landmark_checkpoint_path=weights[POINTS],
                face_detector_name=FACES,
                face_detector_checkpoint_path=weights[FACES],
                device="cpu",
            )
            self.detect(np.zeros((64, 64, 3), np.uint8))
        except Exception as error:  # code and weights of another project: any exception type is possible
            folders = " and ".join(str(file.parent) for file in weights.values())
            raise AnibenchError(f"{PACKAGE} {installed} failed with the weights in {folders}: {error}") from error

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        """RGB uint8 (H, W, 3) -> faces. Faces below the likelihood limit get no landmarks, to save time."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        found = self._model.face_detector.detect(bgr)  # (n, 5): x0, y0, x1, y1, score
        middle, half = (found[:, :2] + found[:, 2:4]) / 2, (found[:, 2:4] - found[:, :2] + 1) * WIDER / 2
        boxes = np.hstack([middle - half, middle + half, found[:, 4:]])
        likely = boxes[:, 4] >= self._likely
        faces = self._model(bgr, boxes=list(boxes[likely]))
        return [
            *(_detection(face["bbox"], _landmarks(face["keypoints"])) for face in faces),
            *(_detection(box) for box in boxes[~likely]),
        ]


def _detection(box: Any, landmarks: dict[str, Any] | None = None) -> Detection:
    x0, y0, x1, y1, score = box.tolist()
    place = round(x0, 2), round(y0, 2), round(x1 - x0, 2), round(y1 - y0, 2)
    return Detection(place, min(1.0, max(0.0, score)), landmarks)


def _landmarks(points: Any) -> dict[str, Any]:
    """Points (28, 3) of x, y, score -> the landmarks of animeface: boxes (x, y, width, height) and points (x, y)."""
    places = points[:, :2].astype(float)
    parts = {"left_eye": places[LEFT_EYE], "right_eye": places[RIGHT_EYE], "mouth": places[MOUTH]}
    spans = {name: [*part.min(0), *np.ptp(part, 0)] for name, part in parts.items()}
    named = {**spans, "nose": places[NOSE], "chin": places[CHIN]}
    return {name: [round(float(value), 2) for value in values] for name, values in named.items()}
