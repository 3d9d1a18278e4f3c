"""Initial weights of a training: found, loaded, and listed in the checkpoints that follow."""

from pathlib import Path

import pytest
import torch
from toys import Tint, register, write_built_in, write_training_run

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_file
from benchmark.training.initial import find_initial


def test_a_checkpoint_file_is_found_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "toy", Tint())
    path = write_training_run(tmp_path, "toy", "a", value=0.25)
    found = find_initial(str(path), "toy")
    assert found.record == f"{path} (SHA-256 {sha256_file(path)})"
    lost, way_out = "--init .* is for another network: missing bias; ", "train with the network settings that"
    with pytest.raises(AnibenchError, match=lost + ".*" + way_out):
        found.load_into(torch.nn.Linear(1, 1))


def test_weights_of_another_method_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "toy", Tint())
    path = write_training_run(tmp_path, "toy", "a")
    with pytest.raises(AnibenchError, match="is a checkpoint of toy, not of other"):
        find_initial(str(path), "other")


def test_weights_that_come_with_anibench_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "tint", Tint())
    path = write_built_in(monkeypatch, tmp_path, "tint", "drawn")
    assert find_initial("tint/drawn", "tint").checkpoint == path
    with pytest.raises(AnibenchError, match=r"no such checkpoint; give .* \(tint/drawn\)"):
        find_initial("tint/other", "tint")
