"""Features of pictures, computed by a network whose weights were checked. Metrics per set compare features."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.core.files import Image
from benchmark.results.feature_modes import FeatureMode


@dataclass(frozen=True)
class Extractor:
    """Computes `length` features of each picture. `name`, `mode` and `sha256` are recorded in the score card."""

    name: str
    mode: FeatureMode
    sha256: str
    device: str
    resize: Callable[[Image], NDArray[np.float32]]  # uint8 (H, W, 3) -> float (side, side, 3), 0..255
    network: Callable[[Tensor], Tensor]  # float (n, 3, side, side), 0..255 -> (n, length)
    length: int

    @property
    def key(self) -> str:
        """Key of the cache: everything except the picture that determines features. GPU and CPU round differently."""
        return f"{self.name}-{self.mode}-{self.sha256[:16]}-{self.device.partition(':')[0]}"

    def __call__(self, images: Sequence[Image]) -> NDArray[np.float64]:
        """Features (n, length) of uint8 RGB pictures (H, W, 3); raises ValueError for another dtype or shape."""
        for image in images:
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
                raise ValueError(f"features are computed from uint8 RGB (H, W, 3), not {image.dtype} {image.shape}")
        with warnings.catch_warnings():  # clean-fid's resizers use deprecated names of Pillow
            warnings.simplefilter("ignore")
            resized = np.stack([self.resize(image) for image in images]).transpose(0, 3, 1, 2)
        batch = torch.from_numpy(np.ascontiguousarray(resized, np.float32)).to(self.device)
        with torch.inference_mode():
            features = self.network(batch.contiguous(memory_format=torch.channels_last))
        return np.asarray(features.cpu().double().numpy().reshape(len(images), self.length))
