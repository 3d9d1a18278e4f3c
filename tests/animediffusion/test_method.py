"""AnimeDiffusion as a method: loading checkpoints, refusals and warnings."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import load, parameters
from animediffusion.sampling import build_unet
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.methods.checkpoints import load_tensors, read_info, save_checkpoint


def test_load_gives_the_trained_colorizer_and_refuses_what_is_none(
    train_tiny: Any, tmp_path: Path, tiny_dataset: Dataset
) -> None:
    checkpoint = train_tiny("run", **{"phase1.steps": 1, "phase2.steps": 1})
    lines, references = np.full((1, 1, 256, 256), 255, np.uint8), np.full((1, 3, 256, 256), 90, np.uint8)
    first = load(checkpoint, "cpu").colorize(lines, references, [1])
    assert np.array_equal(first, load(checkpoint, "cpu").colorize(lines, references, [1]))
    with pytest.raises(AnibenchError, match="is missing"):
        load(tmp_path / "none.safetensors", "cpu")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    with pytest.raises(AnibenchError, match=checkpoint.name):
        load(checkpoint, "cpu")
    with pytest.raises(AnibenchError, match="needs a checkpoint"):
        load(None, "cpu")


def test_another_start_than_phase_2_trained_from_is_warned_of(
    train_tiny: Any, tiny_config: Callable[..., AnimeDiffusionConfig]
) -> None:
    quick: dict[str, Any] = {"phase1.steps": 1, "phase2.steps": 1}
    same = train_tiny("same", **quick)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(same, "cpu")
    with pytest.warns(UserWarning, match="starts from invert-reference noise, but phase 2 trained from gaussian"):
        load(same, "cpu", tiny_config(sampling={"start_noise": "invert-reference"}))
    other = train_tiny("other", **quick, **{"phase2.start_noise": "invert-target"})
    with pytest.warns(UserWarning, match="phase 2 trained from invert-target"):
        load(other, "cpu")


def test_parameters_are_counted_without_a_network(tiny_config: Callable[..., AnimeDiffusionConfig]) -> None:
    config = tiny_config()
    assert parameters(config) == sum(weight.numel() for weight in build_unet(config).parameters())


def test_a_checkpoint_of_another_method_is_refused(train_tiny: Any, tmp_path: Path) -> None:
    checkpoint = train_tiny("run", **{"phase1.steps": 1, "phase2.enabled": False})
    other = tmp_path / "other.safetensors"
    save_checkpoint(other, load_tensors(checkpoint), read_info(checkpoint).model_copy(update={"method": "tint"}))
    with pytest.raises(AnibenchError, match="a checkpoint of tint, not of animediffusion"):
        load(other, "cpu")
