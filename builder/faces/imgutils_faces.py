"""The optional face detector of dghs-imgutils (YOLOv8, ONNX; https://github.com/deepghs/imgutils).

Nothing is downloaded or sent. The model must be in the cache of huggingface_hub, which is set to offline mode, and the
telemetry of onnxruntime is switched off.
"""

import os
from importlib.util import find_spec

import numpy as np
import PIL.Image

from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.files import Image
from benchmark.weights.files import hash_file
from builder.core.recipe import DetectRecipe
from builder.faces.detectors import DEFAULTS, Detection
from builder.faces.optional import cached_file, installed_version

REPOSITORY = "deepghs/anime_face_detection"
VERSION, LEVEL = "v1.4", "s"  # the defaults of detect_faces
MODEL = f"face_detect_{VERSION}_{LEVEL}"
THRESHOLD = 0.25  # the default of detect_faces; detections below it are not returned
INSTALL = "run: pip install --no-deps dghs-imgutils pyrfc6266 && pip install hfutils onnxruntime"


class ImgutilsFaces:
    """`imgutils.detect.detect_faces`, which scales the picture itself. No landmarks."""

    name = "imgutils"
    framed = False

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Raises AbsentError when the package or its model is missing, AnibenchError when the model fails."""
        installed = installed_version("dghs-imgutils", INSTALL)
        if find_spec("onnxruntime") is None:  # without this check, importing imgutils installs it by pip
            raise AbsentError("onnxruntime is not installed; run: pip install onnxruntime")
        model = cached_file(REPOSITORY, f"{MODEL}/model.onnx")
        self.version = f"{installed} {MODEL} {hash_file(model)[:16]}"
        self._threshold = min(THRESHOLD, recipe.min_likelihood)
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime reads it on import, before its own function can run
        try:
            import huggingface_hub.constants
            from imgutils.detect import detect_faces

            huggingface_hub.constants.HF_HUB_OFFLINE = True  # otherwise opening a model queries the network
            self._find = detect_faces
            self.detect(np.zeros((64, 64, 3), np.uint8))
        except Exception as error:  # code and weights of another project: any exception type is possible
            raise AnibenchError(f"dghs-imgutils {installed} failed with the model {model}: {error}") from error

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        """RGB uint8 (H, W, 3) -> faces; the likelihood is the model's confidence."""
        found = self._find(PIL.Image.fromarray(rgb), level=LEVEL, version=VERSION, conf_threshold=self._threshold)
        return [
            Detection((float(x0), float(y0), float(x1 - x0), float(y1 - y0)), min(1.0, max(0.0, float(score))))
            for (x0, y0, x1, y1), _, score in found
        ]
