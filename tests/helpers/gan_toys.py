"""Networks and runs of the GAN baselines, small enough for a second of CPU, and a judge in VGG-19's place."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from baselines.gan import training
from baselines.gan.config import GanConfig, Variant
from baselines.gan.discriminator import build_discriminator
from baselines.gan.generator import Generator
from baselines.gan.vgg import LEVELS, Vgg
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.methods.interface import get_method

CASES: list[tuple[str, Variant]] = [
    ("scft", "cao"),
    ("scft", "sga-repository"),
    ("sga", "cao"),
    ("sga", "sga-repository"),
    ("attention-aware", "cao"),
]
TINY: dict[str, Any] = {
    "resolution": 64,
    "width": 4,
    "batch": 2,
    "steps": 4,
    "loss": {"perceptual": 0, "style": 0},
    "runtime": {"log_every": 2, "state_every": 2, "samples_every": 0},
}
# VGG-19's plan to relu5_4, a sixteenth as wide.
PLAN = (4, 4, "pool", 8, 8, "pool", 16, 16, 16, 16, "pool", 32, 32, 32, 32, "pool", 32, 32, 32, 32)


def tiny_config(method: str, **changes: Any) -> GanConfig:
    """`tiny_config("scft", steps=3)`; keys replace those of `TINY`."""
    config = get_method(method).config.model_validate(TINY | changes)
    assert isinstance(config, GanConfig)
    return config


def tiny_networks(method: str, variant: Variant, width: int = 4) -> tuple[Generator, nn.Module]:
    """Generator and critic with seeded weights."""
    blocks = get_method(method).module.METHOD.blocks[variant]
    torch.manual_seed(0)
    return Generator(blocks, variant, width), build_discriminator(variant, width)


def train_tiny(folder: Path, data: Dataset, method: str, *, resume: bool = False, **changes: Any) -> Path:
    """Train in `folder` and return the checkpoint."""
    train = get_method(method).train
    assert train is not None
    return train(tiny_config(method, **changes), data, Run(folder, "cpu", resume))


def tiny_vgg(variant: Variant) -> Vgg:
    """Layers numbered as VGG-19's, with seeded weights that keep signals alive."""
    layers: list[nn.Module] = []
    into = 3
    torch.manual_seed(1)
    for step in PLAN:
        if isinstance(step, str):
            layers.append(nn.MaxPool2d(2))
            continue
        conv = nn.Conv2d(into, step, 3, padding=1)
        nn.init.kaiming_normal_(conv.weight)
        layers += [conv, nn.ReLU(inplace=True)]
        into = step
    return Vgg(nn.Sequential(*layers), LEVELS[variant])


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training finds the small judge where it looks for VGG-19."""
    monkeypatch.setattr(training, "load_vgg", lambda variant, device: tiny_vgg(variant))


def lived_in(network: nn.Module) -> None:
    """Batch norms as training leaves them, so that evaluation differs from an identity."""
    torch.manual_seed(2)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)


def pictures(side: int = 64, n: int = 2) -> tuple[Tensor, Tensor]:
    torch.manual_seed(3)
    return torch.rand(n, 1, side, side) * 2 - 1, torch.rand(n, 3, side, side) * 2 - 1
