"""The authors' checkpoints: every key and shape counts, and nothing but tensors is loaded."""

from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from torch import Tensor

from animediffusion.config import AnimeDiffusionConfig, UNetConfig
from animediffusion.diffusion import make_schedule
from animediffusion.official import SCHEDULE, read_official
from animediffusion.sampling import build_unet
from benchmark.core.errors import AnibenchError

SMALL = UNetConfig(channels=16, multipliers=(1, 2, 4), blocks=1, groups=4, heads=2)


def official_state(unet: UNetConfig, steps: int = 1000) -> dict[str, Tensor]:
    """A state dict as the authors' code saves it: the schedule's buffers and the network under `denoise_fn.`."""
    network = build_unet(AnimeDiffusionConfig(unet=unet, resolution=64)).state_dict()
    schedule = make_schedule(steps)
    buffers = {name: getattr(schedule, name) for name in SCHEDULE}
    return buffers | {f"denoise_fn.{name}": tensor for name, tensor in network.items()}


def save(path: Path, value: object) -> Path:
    torch.save(value, path)
    return path


def given(unet: UNetConfig = SMALL) -> AnimeDiffusionConfig:
    """What a user states: heads and groups, which no shape tells; the file decides the rest."""
    stated = UNetConfig(groups=unet.groups, heads=unet.heads, attention_levels=(0,), reference_attention=True)
    return AnimeDiffusionConfig(unet=stated, resolution=64)


def test_the_published_network_has_259_tensors_named_as_in_the_specification() -> None:
    with torch.device("meta"):
        state = official_state(UNetConfig())
    assert len(state) == 259
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    expected = {
        "denoise_fn.time_embedding.0.weight": (256, 64),
        "denoise_fn.input.0.weight": (64, 7, 1, 1),
        "denoise_fn.output.2.weight": (3, 64, 1, 1),
        "denoise_fn.encoder_block.10.conv2.3.weight": (512, 512, 3, 3),
        "denoise_fn.encoder_block.3.skip_connection.weight": (128, 64, 1, 1),
        "denoise_fn.bottom_block.1.attention.1.weight": (1536, 512, 1),
        "denoise_fn.decoder_block.0.conv1.2.weight": (512, 1024, 3, 3),
        "denoise_fn.decoder_block.2.0.conv1.2.weight": (512, 768, 3, 3),
        "denoise_fn.decoder_block.10.time_emb.1.bias": (64,),
    }
    assert {name: shapes.get(name) for name in expected} == expected


@pytest.mark.parametrize("cbam", [False, True])
def test_width_levels_blocks_and_cbam_are_read_off_the_shapes(tmp_path: Path, cbam: bool) -> None:
    unet = SMALL.model_copy(update={"cbam": cbam, "blocks": 2, "multipliers": (1, 2, 2)})
    state = official_state(unet, steps=500)
    path = save(tmp_path / "a.pth", state)
    with pytest.warns(UserWarning, match="2 are assumed.*--set unet.heads=N") if cbam else nullcontext():
        tensors, config = read_official(path, given(unet))
    assert config.unet == unet
    assert config.diffusion.steps == 500
    assert tensors.keys() == {name.removeprefix("denoise_fn.") for name in state if name.startswith("denoise_fn.")}
    assert all(torch.equal(tensor, state[f"denoise_fn.{name}"]) for name, tensor in tensors.items())


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod."])
def test_a_bare_network_and_wrapped_ones_are_taken(tmp_path: Path, prefix: str) -> None:
    bare = {name.removeprefix("denoise_fn."): t for name, t in official_state(SMALL).items() if name not in SCHEDULE}
    path = save(tmp_path / "a.pth", {prefix + name: tensor for name, tensor in bare.items()})
    tensors, config = read_official(path, given())
    assert config.unet == SMALL
    assert all(torch.equal(tensors[name], tensor) for name, tensor in bare.items())


def edited(**changes: Tensor | None) -> dict[str, Tensor]:
    state = official_state(SMALL)
    for name, tensor in changes.items():
        key = name.replace("__", ".")
        state.pop(key, None)
        if tensor is not None:
            state[key] = tensor
    return state


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"denoise_fn__output__2__bias": None}, "missing output.2.bias"),
        ({"denoise_fn__surplus": torch.zeros(1)}, "unknown surplus"),
        ({"denoise_fn__reference_attention__norm__bias": torch.zeros(1)}, "unknown reference_attention.norm.bias"),
        ({"denoise_fn__output__2__bias": torch.zeros(4)}, r"output.2.bias has shape \(4,\), expected \(3,\)"),
        ({"denoise_fn__input__0__weight": torch.zeros(16, 6, 1, 1)}, "does not have 7 input channels"),
        ({"denoise_fn__encoder_block__x__y": torch.zeros(1)}, "unknown encoder_block.x.y"),
        ({"denoise_fn__encoder_block__0__conv1__2__weight": None}, "different block counts or widths"),
        ({"optimizer": torch.zeros(1)}, "unknown tensors optimizer"),
        ({"gammas": None}, "the schedule lacks gammas"),
        ({"gammas": torch.linspace(1, 0, 1000)}, "gammas differs from the published schedule"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, changes: dict[str, Tensor | None], message: str) -> None:
    path = save(tmp_path / "theirs.pth", edited(**changes))
    with pytest.raises(AnibenchError, match=message) as caught:
        read_official(path, given())
    assert "theirs.pth" in str(caught.value)


class Harmful:
    """Unpickling this would call a function."""

    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("code from a checkpoint was run",))


@pytest.mark.parametrize("value", [Harmful(), {"a": Harmful()}, {}, [torch.zeros(1)], {"epoch": 3}])
def test_nothing_but_tensors_is_loaded(tmp_path: Path, value: object, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "theirs.pth", value)
    with pytest.raises(AnibenchError, match=r"theirs\.pth"):
        read_official(path, given())
    assert "was run" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "theirs.pth"
    path.write_bytes(content)
    with pytest.raises(AnibenchError, match=r"theirs\.pth"):
        read_official(path, given())
