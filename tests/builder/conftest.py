"""Folders of synthetic pictures for the builder's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fields import paint_folder

from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.core.recipe import resolve_recipe
from builder.sources.folder import Folder


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """`make_folder(count, name="source", size=256)`: a folder of PNGs of random fields."""

    def make(count: int, name: str = "source", size: int = 256) -> Path:
        return paint_folder(tmp_path / name, count, size)

    return make


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset to read, of five pictures and a file that was dropped."""
    home = tmp_path_factory.mktemp("release")
    root = paint_folder(home / "source", 5)
    (root / "a.txt").write_text("no picture")
    build(Folder(root), home / "data", resolve_recipe(None, [], detector="whole"), workers=1)
    return Dataset.open(home / "data")
