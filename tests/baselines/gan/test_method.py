"""The method interface of the GAN baselines: refused checkpoints and counted parameters."""

from pathlib import Path

import pytest
from gan_toys import tiny_config, tiny_networks, train_tiny

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors, read_info, save_checkpoint
from benchmark.methods.interface import get_method


def test_checkpoints_of_other_methods_and_settings_are_refused(tmp_path: Path, tiny_dataset: Dataset) -> None:
    checkpoint = train_tiny(tmp_path / "run", tiny_dataset, "sga", steps=1)
    with pytest.raises(AnibenchError, match="is a checkpoint of sga, not of scft"):
        get_method("scft").load(checkpoint, "cpu")
    with pytest.raises(AnibenchError, match=r"sga needs a checkpoint; train it with: anibench train sga"):
        get_method("sga").load(None, "cpu")
    info, tensors = read_info(checkpoint), load_tensors(checkpoint)
    other = tmp_path / "other.safetensors"
    save_checkpoint(other, tensors, info.model_copy(update={"config": info.config | {"depth": 3}}))
    with pytest.raises(AnibenchError, match=r"other\.safetensors has a configuration that is not valid here"):
        get_method("sga").load(other, "cpu")
    save_checkpoint(other, tensors, info.model_copy(update={"config": info.config | {"width": 5}}))
    with pytest.raises(AnibenchError, match=r"other\.safetensors does not match its own configuration"):
        get_method("sga").load(other, "cpu")


def test_enlarging_can_be_changed_after_training(tmp_path: Path, tiny_dataset: Dataset) -> None:
    checkpoint = train_tiny(tmp_path / "run", tiny_dataset, "sga", steps=1)
    sga = get_method("sga")
    assert "upsampling" in sga.settable
    trained = sga.load(checkpoint, "cpu")
    changed = sga.load(checkpoint, "cpu", tiny_config("sga", upsampling="regions", width=3))
    assert (trained.config.upsampling, changed.config.upsampling) == ("guided", "regions")
    assert changed.config.model_copy(update={"upsampling": "guided"}) == trained.config, "nothing else changes"


def test_parameters_are_those_of_the_generator() -> None:
    generator, _ = tiny_networks("scft", "cao")
    count = sum(weight.numel() for weight in generator.parameters())
    assert get_method("scft").module.parameters(tiny_config("scft")) == count
