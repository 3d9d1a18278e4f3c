"""Folders of synthetic pictures for the builder's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fields import paint_folder


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """`make_folder(count, name="source", size=256)`: a folder of PNGs of random fields."""

    def make(count: int, name: str = "source", size: int = 256) -> Path:
        return paint_folder(tmp_path / name, count, size)

    return make
