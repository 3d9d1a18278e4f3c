"""Synthetic faces for the builder's tests: smooth random fields, no two alike, cheap to make and to tell apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from benchmark.files import Image


def paint(seed: int, size: int = 256) -> Image:
    """A smooth random picture, RGB uint8 (size, size, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), np.uint8)
    smooth = PIL.Image.fromarray(coarse).resize((size, size), PIL.Image.Resampling.BICUBIC)
    return np.asarray(smooth, np.uint8)


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """`make_folder(count, name="source", size=256)`: a folder of PNGs of random fields."""

    def make(count: int, name: str = "source", size: int = 256) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for seed in range(count):
            PIL.Image.fromarray(paint(seed, size)).save(folder / f"{seed:03d}.png", compress_level=1)
        return folder

    return make
