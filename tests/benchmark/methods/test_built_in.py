"""Weights that come with anibench: found beside their method, stored in float16, used in float32."""

from pathlib import Path

import pytest
import torch
from toys import Tint, register, write_built_in, write_training_run

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_file
from benchmark.methods.built_in import all_built_in, built_in_of, export_half, find_checkpoint, load_weights
from benchmark.methods.checkpoints import load_tensors, read_info, save_checkpoint
from benchmark.methods.interface import get_method, method_names


def test_exported_weights_are_float16_with_the_same_description(tmp_path: Path) -> None:
    checkpoint = write_training_run(tmp_path, "toy", "a", value=1 / 3)
    export_half(checkpoint, tmp_path / "half.safetensors")
    stored = load_tensors(tmp_path / "half.safetensors")["weight"]
    assert stored.dtype == torch.float16
    assert read_info(tmp_path / "half.safetensors") == read_info(checkpoint)
    loaded = load_weights(tmp_path / "half.safetensors")["weight"]
    assert loaded.dtype == torch.float32
    assert torch.allclose(loaded, load_tensors(checkpoint)["weight"], atol=2e-4)


def test_exported_weights_can_be_the_means_of_several_checkpoints(tmp_path: Path) -> None:
    first, second, third = (write_training_run(tmp_path, "toy", name, value=float(ord(name))) for name in "abf")
    export_half(first, tmp_path / "mean.safetensors", [second, third])
    assert load_weights(tmp_path / "mean.safetensors")["weight"].tolist() == [pytest.approx(99, abs=0.1)] * 3
    assert read_info(tmp_path / "mean.safetensors") == read_info(first)
    info = read_info(third)
    earlier = {"training_ids": (*info.training_ids, "earlier"), "unknown_past": True}
    save_checkpoint(third, load_tensors(third), info.model_copy(update=earlier))
    export_half(first, tmp_path / "mean.safetensors", [second, third])
    mean = read_info(tmp_path / "mean.safetensors")
    assert mean.training_ids == (*info.training_ids, "earlier"), "what one of them saw, their mean has seen"
    assert mean.unknown_past
    elsewhere = write_training_run(tmp_path, "toy", "c", fingerprint="e" * 64)
    with pytest.raises(AnibenchError, match="has another method, dataset or network than"):
        export_half(first, tmp_path / "no.safetensors", [elsewhere])


def test_a_value_too_large_for_float16_is_refused(tmp_path: Path) -> None:
    checkpoint = write_training_run(tmp_path, "toy", "a")
    save_checkpoint(checkpoint, {"weight": torch.full((3,), 1e6)}, read_info(checkpoint))
    with pytest.raises(AnibenchError, match="weight holds NaN or infinite"):
        export_half(checkpoint, tmp_path / "half.safetensors")
    assert not (tmp_path / "half.safetensors").exists()


def test_weights_beside_a_method_are_found_with_their_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "tint", Tint())
    path = write_built_in(monkeypatch, tmp_path, "tint", "drawn")
    (weights,) = built_in_of(get_method("tint")).values()
    assert (weights.name, weights.checkpoint, weights.card.hours) == ("tint/drawn", path, 1.5)
    assert "tint/drawn" in [found.name for found in all_built_in()]
    assert find_checkpoint(weights.place) == path
    assert find_checkpoint("runs/a.safetensors") == Path("runs/a.safetensors")
    assert not find_checkpoint("tint/other (built in)").exists()
    path.with_suffix(".toml").unlink()
    with pytest.raises(AnibenchError, match=r"no card drawn\.toml"):
        built_in_of(get_method("tint"))


def test_what_is_shipped_is_small_whole_and_as_its_card_says() -> None:
    for weights in all_built_in():
        assert weights.checkpoint.stat().st_size <= 12 * 2**20
        assert weights.card.sha256 == sha256_file(weights.checkpoint)
        info, card = read_info(weights.checkpoint), weights.card
        assert (card.fingerprint, card.dataset) == (info.fingerprint, info.dataset)
        assert all((card.use, card.licence, card.command, card.works, card.fails, card.scores))
        assert card.dataset.startswith("drawn"), "trained on nobody's art"
        assert weights.method.name in method_names("method")
