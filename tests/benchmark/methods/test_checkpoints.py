"""Checkpoints: description, checksum, NaN, and which one of a run is the last."""

from pathlib import Path

import pytest
import torch

from benchmark.core.errors import AnibenchError
from benchmark.methods.checkpoints import (
    CheckpointInfo,
    checkpoint_path,
    last_checkpoint,
    load_tensors,
    read_info,
    save_checkpoint,
    save_tensors,
)

INFO = CheckpointInfo(
    method="m", config={"a": 1}, phase="phase1", step=3, images_seen=12, seconds=1.5, dataset="d", fingerprint="f",
    training_ids=("a", "b"), anibench_version="0",
)  # fmt: skip


def test_a_checkpoint_describes_itself(tmp_path: Path) -> None:
    path = tmp_path / "phase1-step-000000003.safetensors"
    save_checkpoint(path, {"w": torch.arange(6.0).reshape(2, 3).T}, INFO)
    assert read_info(path) == INFO
    assert torch.equal(load_tensors(path)["w"], torch.arange(6.0).reshape(2, 3).T)


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_what_is_no_checkpoint_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.safetensors"
    path.write_bytes(content)
    with pytest.raises(AnibenchError, match=r"odd\.safetensors is not a checkpoint"):
        read_info(path)


def test_the_last_checkpoint_is_the_one_that_has_seen_most_whatever_its_phase_is_called(tmp_path: Path) -> None:
    for phase, step, seen in (("warmup", 9, 90), ("finetune", 2, 95), ("finetune", 10, 120)):
        info = INFO.model_copy(update={"phase": phase, "step": step, "images_seen": seen})
        save_checkpoint(checkpoint_path(tmp_path, phase, step), {}, info)
    (tmp_path / "zeta-step-000000099.safetensors").write_bytes(b"damaged")
    assert last_checkpoint(tmp_path) == checkpoint_path(tmp_path, "finetune", 10)
    assert last_checkpoint(tmp_path / "none") is None


def test_a_flipped_bit_in_the_tensors_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "phase1-step-000000003.safetensors"
    save_checkpoint(path, {"w": torch.arange(1000.0)}, INFO)
    content = bytearray(path.read_bytes())
    content[-1234] ^= 1
    path.write_bytes(content)
    assert read_info(path) == INFO
    with pytest.raises(AnibenchError, match=r"phase1-step-000000003\.safetensors is damaged: .* checksum"):
        load_tensors(path)


def test_a_file_without_a_checksum_is_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"w": torch.ones(2)}, tmp_path / "old.safetensors", {"anibench": INFO.model_dump_json()})
    assert load_tensors(tmp_path / "old.safetensors")["w"].tolist() == [1, 1]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_neither_written_nor_read(tmp_path: Path, value: float) -> None:
    from safetensors.torch import save_file

    weights = {"good": torch.ones(2), "bad": torch.tensor([0.0, value])}
    with pytest.raises(AnibenchError, match=r"new\.safetensors is not written: bad holds NaN"):
        save_tensors(tmp_path / "new.safetensors", weights, {})
    assert not list(tmp_path.iterdir())
    save_file(weights, tmp_path / "old.safetensors", {"anibench": INFO.model_dump_json()})
    with pytest.raises(AnibenchError, match=r"old\.safetensors cannot be used: bad holds NaN"):
        load_tensors(tmp_path / "old.safetensors")
