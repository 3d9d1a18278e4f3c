"""The network of LPIPS: AlexNet's features with linear weights (Zhang et al. 2018, arXiv:1801.03924).

As in the authors' package `lpips`: torchvision's AlexNet, and version 0.1 of the published linear weights.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.scoring.check_pictures import check_pictures
from benchmark.weights.files import Weights, read_weights

LEVELS = {1: 64, 4: 192, 7: 384, 9: 256, 11: 256}  # layer of AlexNet, a ReLU -> its channels
SHIFT = (-0.030, -0.088, -0.188)  # ImageNet's means of red, green and blue in -1..1
SCALE = (0.458, 0.448, 0.450)  # ImageNet's standard deviations
EPSILON = 1e-10
AT_ONCE = 16
SMALLEST = 31  # px; AlexNet has no output for a smaller side


@dataclass(frozen=True)
class Lpips:
    """The network on one device. `weights` maps the name of each weight file to its SHA-256."""

    layers: nn.Sequential
    levels: tuple[int, ...]  # layers whose outputs are compared
    linear: tuple[Tensor, ...]  # (channels,) for each level
    device: str
    weights: dict[str, str]
    smallest: int  # px; the least side of a picture
    at_once: int  # pictures in one pass, which limits memory

    def __call__(self, images: Sequence[Image], targets: Sequence[Image]) -> NDArray[np.float64]:
        """Distances (n,) of n uint8 RGB pictures from their targets, all (H, W, 3); 0 for identical ones. Symmetric.

        At each of five levels, the features of both pictures are scaled to unit length over the channels. Their squared
        differences are weighted by channel, summed over the channels and averaged over the positions. The levels are
        summed (eq. 1 of the paper). Raises ValueError for another dtype or shape, two shapes, and sides that are too
        small for the network.
        """
        for image, target in zip(images, targets, strict=True):
            check_pictures(image, target)
            if min(image.shape[:2]) < self.smallest:
                raise ValueError(f"LPIPS needs sides of at least {self.smallest} px, not {image.shape[:2]}")
        parts = [slice(start, start + self.at_once) for start in range(0, len(images), self.at_once)]
        return np.concatenate([self._distances(images[part], targets[part]) for part in parts])

    @torch.inference_mode()
    def _distances(self, images: Sequence[Image], targets: Sequence[Image]) -> NDArray[np.float64]:
        first, second = (self._features(each) for each in (images, targets))
        levels = [
            torch.einsum("nchw,c->nhw", (a - b).square(), weight).mean(dim=(1, 2))
            for a, b, weight in zip(first, second, self.linear, strict=True)
        ]
        return np.asarray(torch.stack(levels).sum(dim=0).cpu().double().numpy())

    def _features(self, images: Sequence[Image]) -> list[Tensor]:
        """Features (n, channels, h, w) of each level, of unit length over the channels."""
        shift, scale = (torch.tensor(each, device=self.device)[:, None, None] for each in (SHIFT, SCALE))
        pixels = torch.from_numpy(np.stack(images)).to(self.device).permute(0, 3, 1, 2).float()
        features = (pixels / 127.5 - 1 - shift) / scale
        found = []
        for index, layer in enumerate(self.layers):
            features = layer(features)
            if index in self.levels:
                found.append(features / (features.norm(dim=1, keepdim=True) + EPSILON))
        return found


def load_lpips(
    device: str,
    names: Sequence[str],
    *,
    pins: Sequence[str | None] = (None, None),
    folders: Sequence[Path] | None = None,
) -> Lpips:
    """Load the network from two weight files: that of AlexNet, and that of the linear weights.

    `folders` and each of `pins` as in `benchmark.weights.files`. Raises AnibenchError if a file is missing, has another
    hash, or does not fit the network.
    """
    from torchvision.models import alexnet  # two seconds to import

    files = [read_weights(name, pin=pin, folders=folders) for name, pin in zip(names, pins, strict=True)]
    trunk, linear = (read_tensors(file) for file in files)
    with torch.device("meta"):
        layers = alexnet(weights=None).features[: max(LEVELS) + 1]
    for layer in layers:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False  # the output of the layer before must not change
    path = files[0].path
    try:
        layers.load_state_dict({name: trunk[f"features.{name}"] for name in layers.state_dict()}, assign=True)
        path = files[1].path
        weights = linear_weights(linear, LEVELS.values())
    except (KeyError, RuntimeError) as error:
        raise AnibenchError(f"{path} does not contain the expected weights: {error}") from error
    return Lpips(
        layers=layers.eval().requires_grad_(False).float().to(device),
        levels=tuple(LEVELS),
        linear=tuple(weight.float().to(device) for weight in weights),
        device=device,
        weights={name: file.sha256 for name, file in zip(names, files, strict=True)},
        smallest=SMALLEST,
        at_once=AT_ONCE,
    )


def linear_weights(tensors: Mapping[str, Tensor], sizes: Iterable[int]) -> list[Tensor]:
    """The linear weights (channels,) of each level, under the names of the authors' packages.

    Raises KeyError for a missing tensor, and RuntimeError for one of another size.
    """
    return [tensors[f"lin{level}.model.1.weight"].reshape(size) for level, size in enumerate(sizes)]


def read_tensors(weights: Weights) -> dict[str, Tensor]:
    """The tensors of a checked file by name; raises AnibenchError for any other content."""
    try:
        held: object = torch.load(io.BytesIO(weights.content), map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, EOFError, UnpicklingError) as error:
        raise AnibenchError(f"{weights.path} does not contain the expected weights: {error}") from error
    if not isinstance(held, dict) or not all(isinstance(value, Tensor) for value in held.values()):
        raise AnibenchError(f"{weights.path} does not contain a mapping of names to tensors")
    return held
