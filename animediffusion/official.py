"""Import of checkpoints of the authors' code. Only tensors are loaded; their shapes show the configuration."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from animediffusion.config import AnimeDiffusionConfig, DiffusionConfig, UNetConfig
from animediffusion.diffusion import make_schedule
from animediffusion.sampling import build_unet
from benchmark.core.errors import AnibenchError
from benchmark.methods.foreign import as_state, check_fit, read_plain, some

NETWORK = "denoise_fn."
SCHEDULE = (
    "gammas",
    "sqrt_reciprocal_gammas",
    "sqrt_reciprocal_gammas_m1",
    "posterior_variance",
    "posterior_log_variance",
    "posterior_mean_coef1",
    "posterior_mean_coef2",
)


def read_official(path: Path, config: AnimeDiffusionConfig) -> tuple[dict[str, Tensor], AnimeDiffusionConfig]:
    """The U-Net's tensors of a `.pth` file, and `config` with the network and T of the file.

    The file holds the whole diffusion module (7 schedule buffers and `denoise_fn.*`: 259 tensors at the published size)
    or the U-Net alone. The shapes show channels, multipliers, blocks per level and CBAM. They do not show heads, groups
    and dropout, which stay as in `config`. Warns of a network with CBAM: the authors' configuration has none, so the
    number of heads is probably different too. Raises AnibenchError that names missing and unknown tensors and wrong
    shapes.
    """
    state = as_state(path, read_plain(path))
    schedule = {name: state.pop(name) for name in SCHEDULE if name in state}
    if any(name.startswith(NETWORK) for name in state):
        foreign = [name for name in state if not name.startswith(NETWORK)]
        if foreign:
            raise AnibenchError(f"{path}: unknown tensors {some(foreign)}, which are not in the U-Net or its schedule")
        state = {name.removeprefix(NETWORK): tensor for name, tensor in state.items()}

    unet = _infer_unet(path, state, config.unet)
    if unet.cbam:
        warnings.warn(
            f"{path} has CBAM, unlike the authors' configuration. The file does not hold the number of heads; "
            f"{unet.heads} are assumed. Set the number that it was trained with: --set unet.heads=N",
            stacklevel=2,
        )
    found = config.model_copy(update={"unet": unet, "diffusion": _check_schedule(path, schedule, config.diffusion)})
    with torch.device("meta"):
        network = build_unet(found)
    return check_fit(path, "not a U-Net of AnimeDiffusion", state, network), found


def _infer_unet(path: Path, state: Mapping[str, Tensor], given: UNetConfig) -> UNetConfig:
    """Infer the network's settings from the encoder. A block number without tensors is a pool between two levels."""
    stem = state.get("input.0.weight")
    if stem is None or stem.ndim != 4 or stem.shape[1] != 7:
        raise AnibenchError(f"{path}: input.0.weight is missing or does not have 7 input channels")
    channels = stem.shape[0]
    numbers = {int(found[1]) for name in state if (found := re.match(r"encoder_block\.(\d+)\.", name))}
    levels: list[list[int]] = [[]]
    for number in range(max(numbers, default=-1) + 1):
        weight = state.get(f"encoder_block.{number}.conv1.2.weight")
        if weight is None:
            levels.append([])
        else:
            levels[-1].append(weight.shape[0])
    widths = [level[0] for level in levels if level]
    blocks = {len(level) for level in levels}
    if len(widths) != len(levels) or len(blocks) != 1 or any(width % channels for width in widths):
        raise AnibenchError(f"{path}: the encoder's levels have different block counts or widths: {levels}")
    return given.model_copy(
        update={
            "channels": channels,
            "multipliers": tuple(width // channels for width in widths),
            "blocks": blocks.pop(),
            "cbam": any(".channel_attention." in name for name in state),
            "attention_levels": (),
            "reference_attention": False,
        }
    )


def _check_schedule(path: Path, buffers: Mapping[str, Tensor], given: DiffusionConfig) -> DiffusionConfig:
    """`given` with T and predicted noise. Raises AnibenchError if the buffers are not the published schedule."""
    given = given.model_copy(update={"prediction": "noise"})
    if not buffers:
        return given
    if set(buffers) != set(SCHEDULE):
        raise AnibenchError(f"{path}: the schedule lacks {some(set(SCHEDULE) - set(buffers))}")
    published = make_schedule(len(buffers["gammas"]))
    for name, tensor in buffers.items():
        if not torch.allclose(tensor.float(), getattr(published, name), rtol=1e-4, atol=1e-7):
            raise AnibenchError(
                f"{path}: {name} differs from the published schedule, the only one that can be imported"
            )
    return given.model_copy(update={"steps": published.steps})
