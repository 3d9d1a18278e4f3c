"""VGG-19: features at the named layers, and a missing weight file."""

from pathlib import Path

import pytest
import torch
from gan_toys import tiny_vgg, train_tiny
from torch import nn

from baselines.gan.config import Variant
from baselines.gan.vgg import LEVELS, build_vgg
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset

WITH_VGG = {"loss": {}}


@pytest.mark.usefixtures("no_weights")
def test_without_vgg_training_is_refused_with_the_way_out(tmp_path: Path, tiny_dataset: Dataset) -> None:
    with pytest.raises(AnibenchError, match=r"vgg19-dcbb9e9d\.pth was not found.*--set loss\.perceptual=0") as caught:
        train_tiny(tmp_path / "run", tiny_dataset, "sga", **WITH_VGG)
    assert "loss.style=0" in str(caught.value)
    with pytest.raises(AnibenchError, match="was not found"):
        train_tiny(tmp_path / "run", tiny_dataset, "sga", loss={"style": 0})


def test_features_are_those_of_the_named_layers() -> None:
    vgg = tiny_vgg("sga-repository")
    images = torch.rand(2, 3, 16, 16)
    features = vgg(images)
    assert [tuple(each.shape) for each in features] == [(2, 4, 16, 16), (2, 8, 8, 8)]
    assert torch.equal(features[0], vgg.layers[:4](images))
    assert len(vgg.layers) == LEVELS["sga-repository"][-1] + 1, "no layer after the last level is run"
    assert not any(weight.requires_grad for weight in vgg.parameters())


@pytest.mark.parametrize("variant", ["cao", "sga-repository"])
def test_the_levels_are_the_activations_before_the_pools(variant: Variant) -> None:
    layers = build_vgg(variant).layers
    assert all(isinstance(layers[level], nn.ReLU) for level in LEVELS[variant])
    assert isinstance(layers[LEVELS[variant][0] + 1], nn.MaxPool2d)
    assert len(LEVELS[variant]) == {"cao": 5, "sga-repository": 2}[variant], "relu1_2 to relu5_4, or the first two"
