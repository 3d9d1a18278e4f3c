"""Features are found again by what they are of, and a damaged file is never taken for them."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.scoring.features.feature_cache import FeatureCache

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
