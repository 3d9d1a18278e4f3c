"""The face detector of dghs-imgutils (YOLOv8, ONNX; https://github.com/deepghs/imgutils), where somebody installed it.

Nothing is fetched: its model has to lie in the cache of huggingface_hub, which is told to stay offline.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import PIL.Image

from benchmark.errors import AnibenchError
from benchmark.files import Image, sha256_file
from builder.detect import Detection
from builder.recipe import DetectRecipe

REPOSITORY = "deepghs/anime_face_detection"
MODEL = "face_detect_v1.4_s"  # the default of detect_faces
FILES = (f"{MODEL}/model.onnx", f"{MODEL}/model_type.json", f"{MODEL}/threshold.json")


class ImgutilsFaces:
    """`imgutils.detect.detect_faces` on the whole picture; it makes a smaller copy by itself. No landmarks."""

    name = "imgutils"
    framed = False

    def __init__(self, recipe: DetectRecipe) -> None:
        """Raises AnibenchError that says what to install, or where the model has to lie."""
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is imported
        try:
            hub = import_module("huggingface_hub")
            if "huggingface_hub.constants" in sys.modules:
                sys.modules["huggingface_hub.constants"].HF_HUB_OFFLINE = True  # type: ignore[attr-defined]
            self._find: Callable[..., list[Any]] = import_module("imgutils.detect").detect_faces
        except ImportError as error:
            raise AnibenchError(
                f"the detector imgutils is not installed ({error}); run: pip install dghs-imgutils onnxruntime"
            ) from error
        model = hub.try_to_load_from_cache(REPOSITORY, FILES[0])
        if not isinstance(model, str):
            raise AnibenchError(
                f"the model of imgutils is not on this machine and is not fetched; have {', '.join(FILES)} of "
                f"{REPOSITORY} in the cache of huggingface_hub (HF_HOME), e.g. by: hf download {REPOSITORY} "
                + " ".join(FILES)
            )
        self.version = f"{_version()} {MODEL} {sha256_file(Path(model))[:16]}"

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        """RGB uint8 (H, W, 3) -> faces with the model's own confidence."""
        found = self._find(PIL.Image.fromarray(rgb))
        return [
            Detection((float(x0), float(y0), float(x1 - x0), float(y1 - y0)), min(1.0, max(0.0, float(score))))
            for (x0, y0, x1, y1), _, score in found
        ]


def _version() -> str:
    try:
        return version("dghs-imgutils")
    except PackageNotFoundError:
        return "unknown"
