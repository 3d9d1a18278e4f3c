"""A dataset and its exported recipe."""

import shutil
from pathlib import Path

import PIL.Image
import pytest
from fields import paint_folder

from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.core.recipe import resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.share.export_recipe import export_recipe
from builder.sources.folder import Folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source, the dataset built from it, and its recipe."""
    home = tmp_path_factory.mktemp("exported")
    root = paint_folder(home / "source", 6)
    (root / "sub").mkdir()
    PIL.Image.fromarray(draw_portrait(1, 300).color).save(root / "sub" / "drawn.png")
    build(Folder(root), home / "data", resolve_recipe(None, [], detector="whole"), workers=1)
    export_recipe(Dataset.open(home / "data"), home / "recipe.jsonl")
    return home


@pytest.fixture
def exported(made: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A copy of the three that a test may change."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "source", tmp_path / "data", tmp_path / "recipe.jsonl"
