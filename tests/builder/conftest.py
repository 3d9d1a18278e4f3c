"""Folders of synthetic pictures for the builder's tests."""

from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest
from fields import paint


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
