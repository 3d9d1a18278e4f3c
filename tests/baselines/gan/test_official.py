"""Checkpoints of the published codes: taken over whole, or refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from gan_toys import CASES, tiny_networks
from torch import Tensor

import anibench
from baselines.gan.config import Variant
from benchmark.core.errors import AnibenchError
from benchmark.methods.checkpoints import load_tensors
from benchmark.methods.interface import get_method

State = dict[str, Tensor]


def write_cao(path: Path, generator: State, critic: State) -> Path:
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)]).state_dict()
    torch.save({"gen": generator, "optim_g": optimizer, "dis": critic, "optim_d": optimizer, "iter_num": 105_001}, path)
    return path


def write_repository(path: Path, state: State) -> Path:
    torch.save({"model": state, "optimizer": torch.optim.Adam([torch.zeros(1, requires_grad=True)]).state_dict()}, path)
    return path


def written(folder: Path, variant: Variant, generator: State, critic: State) -> Path:
    if variant == "cao":
        return write_cao(folder / "ckpt_105001.pth", generator, critic)
    write_repository(folder / "40-D.pth", critic)
    return write_repository(folder / "40-G.pth", generator)


@pytest.mark.parametrize(("method", "variant"), CASES)
def test_a_published_checkpoint_is_taken_over_and_paints_the_same(
    tmp_path: Path, method: str, variant: Variant
) -> None:
    generator, critic = (network.eval() for network in tiny_networks(method, variant))
    file = written(tmp_path, variant, generator.state_dict(), critic.state_dict())
    arguments = ["import-checkpoint", str(file), "--method", method, "--runs", str(tmp_path / "runs"), "--name", "x"]
    result = CliRunner().invoke(anibench.main, arguments)
    assert result.exit_code == 0, result.output
    checkpoint = tmp_path / f"runs/train/{method}/x/checkpoints/imported-step-000000000.safetensors"
    ours = load_tensors(checkpoint)
    published = generator.state_dict() | {f"discriminator.{name}": value for name, value in critic.state_dict().items()}
    assert ours.keys() == published.keys()
    assert all(torch.equal(ours[name], published[name]) for name in published)

    colorizer = get_method(method).load(checkpoint, "cpu")
    assert (colorizer.config.variant, colorizer.config.width) == (variant, 4)
    rng = np.random.default_rng(0)
    line = rng.integers(0, 2, (1, 1, 64, 64), np.uint8) * 255
    reference = rng.integers(0, 256, (1, 3, 64, 64), np.uint8)
    small = get_method(method).module.METHOD.config.model_validate({"resolution": 256, "variant": variant, "width": 4})
    assert colorizer.config == small
    painted = colorizer.colorize(line, reference, [0])
    with torch.no_grad():
        wanted, _ = generator(*(torch.from_numpy(part).float() / 127.5 - 1 for part in (line, reference)))
    assert np.abs(painted.astype(int) - ((wanted + 1) * 127.5).round().numpy()).max() <= 1


def edited(state: State, name: str, tensor: Tensor | None) -> State:
    changed = {key: value for key, value in state.items() if key != name}
    return changed if tensor is None else changed | {name: tensor}


@pytest.mark.parametrize(
    ("part", "name", "tensor", "message"),
    [
        ("gen", "unet_decoder.fc.bias", None, "missing unet_decoder.fc.bias"),
        ("gen", "surplus", torch.zeros(1), "unknown surplus"),
        ("gen", "unet_decoder.fc.bias", torch.zeros(4), r"unet_decoder.fc.bias has shape \(4,\), expected \(3,\)"),
        ("gen", "encoder_sketch.conv_1.0.weight", None, "the first layer of the encoder is missing"),
        ("dis", "layer_5.0.weight", None, "missing layer_5.0.weight"),
        ("dis", "layer_1.0.weight_u", torch.zeros(5), r"layer_1.0.weight_u has shape \(5,\)"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, part: str, name: str, tensor: Tensor | None, message: str) -> None:
    states = dict(zip(("gen", "dis"), (n.state_dict() for n in tiny_networks("scft", "cao")), strict=True))
    states[part] = edited(states[part], name, tensor)
    path = write_cao(tmp_path / "theirs.pth", states["gen"], states["dis"])
    with pytest.raises(AnibenchError, match=message) as caught:
        take_over(path, "scft")
    assert "theirs.pth" in str(caught.value)


def test_a_checkpoint_of_another_method_is_refused(tmp_path: Path) -> None:
    path = write_cao(tmp_path / "sga.pth", *(n.state_dict() for n in tiny_networks("sga", "cao")))
    with pytest.raises(AnibenchError, match=r"sga\.pth is not a generator of this method"):
        take_over(path, "scft")
    repository = write_repository(tmp_path / "1-G.pth", tiny_networks("sga", "sga-repository")[0].state_dict())
    with pytest.raises(AnibenchError, match="the first layer of the encoder is missing"):
        take_over(repository, "attention-aware")


def test_a_generator_alone_is_taken_too(tmp_path: Path) -> None:
    generator, _ = tiny_networks("sga", "sga-repository")
    tensors, config = take_over(write_repository(tmp_path / "1-G.pth", generator.state_dict()), "sga")
    assert config.variant == "sga-repository"
    assert tensors.keys() == generator.state_dict().keys()


def take_over(path: Path, method: str) -> tuple[State, Any]:
    take = get_method(method).import_checkpoint
    assert take is not None
    return take(path, get_method(method).config())
