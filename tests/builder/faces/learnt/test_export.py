"""The exported network: OpenCV computes what torch computes, for pictures of any size."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from benchmark.core.files import sha256_file
from builder.faces.learnt.export import main
from builder.faces.learnt.network import FaceNetwork


def test_opencv_computes_the_maps_of_torch(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = FaceNetwork()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean, layer.running_var = torch.randn_like(layer.running_mean), layer.running_var * 1.3
    torch.save(network.state_dict(), tmp_path / "average.pt")
    options = ["--training", str(tmp_path), "--threshold", "0.4", "--command", "train", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "face.json").read_text())
    assert card["sha256"] == sha256_file(tmp_path / "face.onnx")
    assert (card["threshold"], card["commands"]) == (0.4, ["train"])
    assert card["bytes"] == (tmp_path / "face.onnx").stat().st_size < 2_000_000
    opened = cv2.dnn.readNetFromONNX(str(tmp_path / "face.onnx"))
    for shape in ((1, 3, 64, 64), (1, 3, 96, 160)):
        rgb = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
        opened.setInput(rgb)
        with torch.no_grad():
            expected = network.eval()(torch.from_numpy(rgb)).numpy()
        assert opened.forward() == pytest.approx(expected, abs=0.01)  # weights in float16
