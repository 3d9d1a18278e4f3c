"""Features of a stream of pictures: only new pictures are extracted, in order."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import Image
from benchmark.data.dataset import pixel_hash
from benchmark.scoring.features.taker import take_features


class Counting:
    """An extractor of mean colours that counts the pictures it is given."""

    key, length = "counting-clean-0-cpu", 3

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, images: list[Image]) -> np.ndarray:
        self.seen += [pixel_hash(image) for image in images]
        return np.stack([image.mean(axis=(0, 1)) for image in images])


def test_only_new_pictures_are_extracted_and_the_order_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    images = list(np.random.default_rng(1).integers(0, 256, (40, 4, 4, 3), np.uint8))
    first, second = Counting(), Counting()
    (few,) = take_features([first], images[::2], 20, "some")  # type: ignore[list-item]
    (every,) = take_features([second], images, 40, "all")  # type: ignore[list-item]
    assert len(first.seen) == len(second.seen) == 20
    assert np.allclose(every, [image.mean(axis=(0, 1)) for image in images], atol=1e-4)
    assert np.allclose(every[::2], few, atol=1e-4)
