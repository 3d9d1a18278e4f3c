"""The network of ST-LPIPS, an LPIPS that tolerates small shifts (Ghildyal and Liu 2022, arXiv:2207.13686).

The variant `alex`, `shift_tolerant` of the authors' package stlpips-pytorch: AlexNet, trained from scratch together
with the linear weights. A blur that halves the size follows its first convolution and its pools, which have stride 1.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.core.errors import AnibenchError
from benchmark.scoring.features.lpips_network import Lpips, linear_weights, read_tensors
from benchmark.weights.files import read_weights

LEVELS = {2: 64, 6: 192, 10: 384, 12: 256, 14: 256}  # layer, a ReLU -> its channels
SMALLEST = 21  # px; a smaller side leaves fewer pixels than a blur reflects
AT_ONCE = 2  # pictures; the first convolution has 64 channels at nearly full resolution
TRUNK = re.compile(r"net\.slice\d\.(\d+\.(?:weight|bias|filt))")  # names of the trunk's tensors


class Blur(nn.Module):
    """A 3 x 3 binomial blur of each channel that halves the size, after reflection by 2 px (arXiv:1904.11486)."""

    filt: Tensor  # (channels, 1, 3, 3), read from the file

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("filt", torch.empty(channels, 1, 3, 3))

    def forward(self, features: Tensor) -> Tensor:
        """Features (n, channels, h, w) -> (n, channels, (h + 1) // 2 + 1, (w + 1) // 2 + 1)."""
        return F.conv2d(F.pad(features, (2, 2, 2, 2), mode="reflect"), self.filt, stride=2, groups=len(self.filt))


def build_trunk() -> nn.Sequential:
    """The layers up to the last level, without weights, numbered as in the authors' package."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, padding=2), Blur(64), nn.ReLU(),
        nn.MaxPool2d(3, 1), Blur(64), nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, 1), Blur(192), nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(),
    )  # fmt: skip


def load_st_lpips(
    device: str, names: Sequence[str], *, pins: Sequence[str | None] = (None,), folders: Sequence[Path] | None = None
) -> Lpips:
    """Load the network from its one weight file.

    `folders` and each of `pins` as in `benchmark.weights.files`. Raises AnibenchError if the file is missing, has
    another hash, or does not fit the network.
    """
    (file,) = (read_weights(name, pin=pin, folders=folders) for name, pin in zip(names, pins, strict=True))
    tensors = read_tensors(file)
    with torch.device("meta"):
        layers = build_trunk()
    try:
        found = {match[1]: value for name, value in tensors.items() if (match := TRUNK.fullmatch(name))}
        layers.load_state_dict(found, assign=True)
        linear = linear_weights(tensors, LEVELS.values())
    except (KeyError, RuntimeError) as error:
        raise AnibenchError(f"{file.path} does not contain the expected weights: {error}") from error
    return Lpips(
        layers=layers.eval().requires_grad_(False).float().to(device),
        levels=tuple(LEVELS),
        linear=tuple(weight.float().to(device) for weight in linear),
        device=device,
        weights=dict.fromkeys(names, file.sha256),
        smallest=SMALLEST,
        at_once=AT_ONCE,
    )
