"""Features of a small convolutional network with random weights: for simulations, never for a score card."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmark.core.files import Image

WIDTHS = (3, 32, 64, 128)
BATCH = 32


def random_inception(images: Sequence[Image], side: int = 139, seed: int = 0) -> NDArray[np.float64]:
    """Features (n, 2048) of uint8 RGB (H, W, 3) by FID's Inception with He-normal weights, at `side` px to be quick."""
    from benchmark.scoring.features.inception import fid_inception

    torch.manual_seed(seed)
    network = fid_inception()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    network.fc = nn.Identity()
    network.eval().to(memory_format=torch.channels_last)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            small = [
                cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA) for each in images[start : start + BATCH]
            ]
            batch = torch.from_numpy(np.stack(small).transpose(0, 3, 1, 2).copy()).float() / 127.5 - 1
            parts.append(network(batch.contiguous(memory_format=torch.channels_last)).numpy())
    return np.concatenate(parts).astype(np.float64)


def random_features(images: Sequence[Image], length: int = 256, seed: int = 0) -> NDArray[np.float64]:
    """Features (n, length) of uint8 RGB (H, W, 3) of one size, by He-normal weights from `seed`; no weights are needed.

    Three 3 x 3 convolutions with stride 2, a 1 x 1 one to `length`, each with a ReLU, then the mean over the picture.
    Random features tell sets of pictures apart, but no distance in them is an FID that anyone published.
    """
    generator = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs, size in [*zip(WIDTHS, WIDTHS[1:], (3, 3, 3), strict=False), (WIDTHS[-1], length, 1)]:
        convolution = nn.Conv2d(inputs, outputs, size, stride=2 if size == 3 else 1, padding=size // 2, bias=False)
        spread = math.sqrt(2 / (inputs * size * size))
        convolution.weight.data.normal_(0, spread, generator=generator)
        layers += [convolution, nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            batch = np.stack(images[start : start + BATCH]).transpose(0, 3, 1, 2)
            parts.append(network(torch.from_numpy(np.ascontiguousarray(batch)).float() / 127.5 - 1).numpy())
    return np.concatenate(parts).astype(np.float64)
