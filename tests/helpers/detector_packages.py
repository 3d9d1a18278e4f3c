"""Stand-ins for the packages of face detectors that few have installed, with the signatures of the true ones."""

from pathlib import Path

from huggingface_hub import constants

import builder.faces.anime_face_detector
import builder.faces.imgutils_faces  # noqa: F401
from builder.core.recipe import DetectRecipe
from builder.faces.detectors import Detector, get_detector

IMGUTILS = """
import os
import huggingface_hub.constants as hub

TELEMETRY = os.environ["ORT_DISABLE_TELEMETRY"]

def detect_faces(image, level="x", version="v9", model_name=None, conf_threshold=0.9, iou_threshold=0.7):
    assert (level, version, hub.HF_HUB_OFFLINE, TELEMETRY) == ("s", "v1.4", True, "1")
    return [((1, 2, *image.size), "face", conf_threshold)]
"""


ANIME_FACE_DETECTOR = """
import numpy as np

class LandmarkDetector:
    def __init__(self, landmark_checkpoint_path, face_detector_name=None, face_detector_checkpoint_path=None,
                 device="cuda:0", flip_test=True, box_scale_factor=1.1):
        assert "hrnetv2" in str(landmark_checkpoint_path) and "yolov3" in str(face_detector_checkpoint_path)
        assert landmark_checkpoint_path.suffix == face_detector_checkpoint_path.suffix == ".safetensors"
        assert (face_detector_name, device) == ("yolov3", "cpu")
        self.face_detector = self

    def detect(self, image):
        red = image[0, 0, 2] / 255
        return np.array([[10, 20, 29, 59, 0.9 * red], [0, 0, 9, 9, 0.1]], np.float32)

    def __call__(self, image, boxes=None):
        points = np.array([[3 * i, 40 + i % 2, 0.5] for i in range(28)], np.float32)
        return [{"bbox": np.asarray(box, np.float32), "keypoints": points} for box in boxes]
"""


def install(site: Path, distribution: str, files: dict[str, str]) -> None:
    known = site / f"{distribution.replace('-', '_')}-1.2.dist-info" / "METADATA"
    for path, text in {**{site / name: text for name, text in files.items()},
                       known: f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n"}.items():  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def cache(repository: str, files: dict[str, bytes]) -> Path:
    """As `hf download` leaves them; returns the folder of the one revision."""
    home = Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
    folder = home / "snapshots" / ("0" * 40)
    for path, content in {home / "refs/main": b"0" * 40, **{folder / name: files[name] for name in files}}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def lend_imgutils(site: Path, module: str = IMGUTILS) -> Path:
    files = {"imgutils/__init__.py": "", "imgutils/detect.py": module, "onnxruntime/__init__.py": ""}
    install(site, "dghs-imgutils", files)
    return cache("deepghs/anime_face_detection", {"face_detect_v1.4_s/model.onnx": b"model"})


def lend_anime_face_detector(site: Path) -> None:
    install(site, "anime-face-detector", {"anime_face_detector/__init__.py": ANIME_FACE_DETECTOR})
    for model in ("yolov3", "hrnetv2"):
        cache(f"hysts/anime-face-detector-{model}", {"model.safetensors": model.encode()})


def made(detector: str, **settings: float) -> Detector:
    return get_detector(DetectRecipe(detector=detector, **settings))  # type: ignore[arg-type]
