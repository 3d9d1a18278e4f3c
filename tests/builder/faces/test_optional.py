"""Detectors that few have installed: stand-ins with the signatures of the true packages, and the true ones if here."""

import inspect
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from huggingface_hub import constants

import builder.faces.anime_face_detector
import builder.faces.imgutils_faces  # noqa: F401
from benchmark.core.errors import AbsentError, AnibenchError
from builder.core.recipe import CropRecipe, DetectRecipe
from builder.faces.crop import aligned_square
from builder.faces.detectors import Detection, Detector, get_detector

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


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that packages are imported from, until the test ends; beside it an empty cache of huggingface_hub."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    stand_ins = ("imgutils", "onnxruntime", "anime_face_detector")
    with patch.dict(sys.modules):
        for name in [name for name in sys.modules if name.partition(".")[0] in stand_ins]:
            del sys.modules[name]
        yield tmp_path / "site"


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


def test_imgutils_is_asked_offline_and_its_corners_become_boxes(site: Path) -> None:
    folder = lend_imgutils(site)
    detector = made("imgutils")
    assert detector.detect(np.zeros((50, 80, 3), np.uint8)) == [Detection((1, 2, 79, 48), 0.25)]
    assert made("imgutils", min_likelihood=0.1).detect(np.zeros((9, 9, 3), np.uint8))[0].likelihood == 0.1
    (folder / "face_detect_v1.4_s/model.onnx").write_bytes(b"another")
    assert made("imgutils").version != detector.version
    assert detector.version.startswith("1.2 face_detect_v1.4_s ")


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


@pytest.mark.parametrize("detector", ["imgutils", "anime-face-detector"])
def test_what_is_missing_is_said_with_the_way_out(site: Path, detector: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lend_imgutils(site)
    lend_anime_face_detector(site)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(site))
    with pytest.raises(AbsentError, match=r"is not in the cache of huggingface_hub; run: hf download \w+/anime"):
        made(detector)
    monkeypatch.setattr("builder.faces.optional.version", lambda package: version("a package of no such name"))
    with pytest.raises(AbsentError, match="is not installed; .*pip install"):
        made(detector)


def test_imgutils_is_not_imported_without_onnxruntime_which_it_would_install(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend_imgutils(site, "raise AssertionError('imported')")
    monkeypatch.setattr("builder.faces.imgutils_faces.find_spec", lambda name: None)
    with pytest.raises(AbsentError, match="onnxruntime is not installed"):
        made("imgutils")


def test_a_package_that_does_not_run_its_model_is_no_matter_of_installing(site: Path) -> None:
    lend_imgutils(site, "def detect_faces(image, **settings):\n    raise RuntimeError('not a model')")
    with pytest.raises(AnibenchError, match=r"failed with the model .*model\.onnx: not a model") as raised:
        made("imgutils")
    assert not isinstance(raised.value, AbsentError)


def test_the_true_imgutils_on_a_model_made_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One box, of 160 x 80 px in the middle of the upper half of 640 x 640; its score is the mean of red."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("imgutils")
    onnx = pytest.importorskip("onnx")
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    box, score = np.zeros((2, 1, 5, 8400), np.float32)
    box[0, :4, 0], score[0, 4, 0] = (320, 160, 160, 80), 1
    graph = onnx.helper.make_graph(
        [
            node("Gather", ["images", "first"], ["red"], axis=1),
            node("ReduceMean", ["red"], ["mean"], keepdims=0),
            node("Mul", ["score", "mean"], ["scored"]),
            node("Add", ["box", "scored"], ["output0"]),
        ],
        "one box",
        [value("images", onnx.TensorProto.FLOAT, (1, 3, 640, 640))],
        [value("output0", onnx.TensorProto.FLOAT, (1, 5, 8400))],
        [
            onnx.numpy_helper.from_array(content, name)
            for name, content in (("box", box), ("score", score), ("first", np.array([0])))
        ],
    )
    model = onnx.helper.make_model(graph, ir_version=9, opset_imports=[onnx.helper.make_opsetid("", 17)])
    onnx.helper.set_model_props(model, {"names": "{0: 'face'}", "imgsz": "[640, 640]"})
    cache("deepghs/anime_face_detection", {"face_detect_v1.4_s/model.onnx": model.SerializeToString()})
    red = np.full((320, 1280, 3), (204, 0, 0), np.uint8)
    (face,) = made("imgutils").detect(red)
    assert face.box == (480, 60, 320, 40)
    assert face.likelihood == pytest.approx(0.8, abs=0.01)


def test_the_true_anime_face_detector_is_called_as_it_wants() -> None:
    module = pytest.importorskip("anime_face_detector")
    wanted = {"landmark_checkpoint_path", "face_detector_name", "face_detector_checkpoint_path", "device"}
    assert wanted <= set(inspect.signature(module.LandmarkDetector).parameters)
    assert set(module.get_checkpoint_path.__globals__["HF_MODEL_REPOS"].values()) >= {
        f"hysts/anime-face-detector-{model}" for model in ("yolov3", "hrnetv2")
    }
