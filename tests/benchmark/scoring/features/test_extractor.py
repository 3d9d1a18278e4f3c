"""An extractor: what the network is given, what comes back, and pictures that are refused."""

import numpy as np
import pytest
import torch

from benchmark.core.files import Image
from benchmark.scoring.features.extractor import Extractor


def halved(image: Image) -> np.ndarray:
    return image[::2, ::2].astype(np.float32)


EXTRACTOR = Extractor("means", "clean", "ab" * 32, "cpu", halved, lambda batch: batch.mean(dim=(2, 3)), 3)


def test_features_are_the_networks_of_the_resized_pictures_in_order() -> None:
    images = list(np.random.default_rng(0).integers(0, 256, (4, 6, 6, 3), np.uint8))
    found = EXTRACTOR(images)
    assert found.dtype == np.float64
    assert found == pytest.approx(np.array([halved(image).mean(axis=(0, 1)) for image in images]), rel=1e-5)


def test_no_gradient_is_kept_and_the_key_names_weights_and_kind_of_device() -> None:
    seen: list[torch.Tensor] = []
    weight = torch.ones(3, requires_grad=True)

    def network(batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch.mean(dim=(2, 3)) * weight)
        return seen[-1]

    Extractor("n", "clean", "ab" * 32, "cpu", halved, network, 3)([np.zeros((2, 2, 3), np.uint8)])
    assert not seen[0].requires_grad
    assert Extractor("n", "clean", "ab" * 32, "cuda:1", halved, network, 3).key == "n-clean-abababababababab-cuda"


@pytest.mark.parametrize("shape", [(4, 4), (3, 4, 4), (4, 4, 4)])
def test_other_shapes_and_dtypes_are_refused(shape: tuple[int, ...]) -> None:
    for image in (np.zeros(shape, np.uint8), np.zeros((4, 4, 3), np.float32)):
        with pytest.raises(ValueError, match="uint8 RGB"):
            EXTRACTOR([image])
