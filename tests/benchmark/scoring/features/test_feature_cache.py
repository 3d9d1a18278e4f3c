"""Features are found again by what they are of, and a damaged file is never taken for them."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import Image
from benchmark.data.dataset import pixel_hash
from benchmark.scoring.features.feature_cache import FeatureCache
from benchmark.scoring.features.taker import take_features

PIXELS = "ab" * 32
VALUES = np.random.default_rng(0).normal(size=7).astype(np.float32)


def test_features_come_back_and_hang_on_picture_and_extractor(tmp_path: Path) -> None:
    cache = FeatureCache("one", 7, tmp_path)
    assert cache.get(PIXELS) is None
    cache.put(PIXELS, VALUES.astype(np.float64))
    assert np.array_equal(FeatureCache("one", 7, tmp_path).get(PIXELS), VALUES)  # type: ignore[arg-type]
    assert cache.get("cd" * 32) is None
    assert FeatureCache("two", 7, tmp_path).get(PIXELS) is None
    assert FeatureCache("one", 8, tmp_path).get(PIXELS) is None


@pytest.mark.parametrize("change", [lambda c: c[:-4], lambda c: c[:40] + b"x" + c[41:], lambda c: b"", lambda c: c + c])
def test_a_damaged_file_is_left_aside_and_written_again(tmp_path: Path, change: object) -> None:
    cache = FeatureCache("one", 7, tmp_path)
    cache.put(PIXELS, VALUES)
    (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
    assert callable(change)
    path.write_bytes(change(path.read_bytes()))
    assert cache.get(PIXELS) is None
    cache.put(PIXELS, VALUES)
    assert cache.get(PIXELS) is not None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FeatureCache("one", 7, tmp_path / "file")
    cache.put(PIXELS, VALUES)
    assert cache.get(PIXELS) is None


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
