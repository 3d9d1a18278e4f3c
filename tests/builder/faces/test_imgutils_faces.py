"""The detector imgutils on a stand-in, and on the true package if it is installed."""

from pathlib import Path

import numpy as np
import pytest
from detector_packages import cache, lend_imgutils, made
from huggingface_hub import constants

from benchmark.core.errors import AbsentError, AnibenchError
from builder.faces.detectors import Detection


def test_imgutils_is_asked_offline_and_its_corners_become_boxes(site: Path) -> None:
    folder = lend_imgutils(site)
    detector = made("imgutils")
    assert detector.detect(np.zeros((50, 80, 3), np.uint8)) == [Detection((1, 2, 79, 48), 0.25)]
    assert made("imgutils", min_likelihood=0.1).detect(np.zeros((9, 9, 3), np.uint8))[0].likelihood == 0.1
    (folder / "face_detect_v1.4_s/model.onnx").write_bytes(b"another")
    assert made("imgutils").version != detector.version
    assert detector.version.startswith("1.2 face_detect_v1.4_s ")


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
