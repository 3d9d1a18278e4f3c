"""The review page's files, the order of suspicion, and the server that serves nothing else."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.check.review import MARK, PAGE_FILES, write_review
from builder.core.recipe import resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.sources.folder import Folder


def page_of(folder: Path) -> dict[str, object]:
    text = (folder / MARK).read_text("utf-8")
    page: dict[str, object] = json.loads(text.removeprefix("window.REVIEW = ").rstrip(";\n"))
    return page


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source of drawn portraits, one with a hostile name, and the dataset built from it."""
    home = tmp_path_factory.mktemp("portraits")
    (home / "source").mkdir()
    for seed in range(4):
        name = "</script><img src=x onerror=alert(1)>.png".replace("/", "\u2215") if seed == 0 else f"{seed}.png"
        PIL.Image.fromarray(draw_portrait(seed, 400).color).save(home / "source" / name)
    build(Folder(home / "source"), home / "data", resolve_recipe(None, ["crop.min_size=100"]), workers=1)
    return home / "source", home / "data"


def test_the_page_shows_every_sample_and_nothing_is_a_tag(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    data = Dataset.open(portraits[1])
    made = write_review(data, tmp_path / "review")
    assert (made.samples, made.wide) == (len(data.manifest), 0)
    assert sorted(path.name for path in made.page.parent.iterdir()) == sorted([*PAGE_FILES, MARK, "pictures"])
    page = page_of(tmp_path / "review")
    samples = page["samples"]
    assert isinstance(samples, list)
    assert sorted(sample["id"] for sample in samples) == sorted(data.manifest["id"])
    assert sorted(path.stem for path in (tmp_path / "review/pictures").iterdir()) == sorted(data.manifest["id"])
    assert "<" not in (tmp_path / "review" / MARK).read_text()
    scores = [sample["score"] for sample in samples]
    assert scores == sorted(scores, reverse=True)


def test_with_the_source_tiles_show_what_lies_around(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    data = Dataset.open(portraits[1])
    made = write_review(data, tmp_path / "review", Folder(portraits[0]), workers=1)
    assert made.wide == made.samples
    name = str(data.manifest["id"][0])
    tile = np.asarray(PIL.Image.open(tmp_path / "review/pictures" / f"{name}.jpg")).astype(int)
    inner = PIL.Image.fromarray(data.color(name)).resize((170, 170), PIL.Image.Resampling.BOX)
    assert np.abs(tile[43:213, 43:213] - np.asarray(inner, int)).mean() < 12  # the crop is the middle two thirds


def test_a_folder_of_other_things_is_not_touched(portraits: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(AnibenchError, match="not part of a review"):
        write_review(Dataset.open(portraits[1]), tmp_path)
    assert (tmp_path / "thesis.tex").exists()
