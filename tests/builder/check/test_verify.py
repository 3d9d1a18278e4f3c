"""Each rule of a dataset, broken once: the file is named, and nothing else is blamed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from fields import paint

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_grey, read_json, read_rgb, write_json, write_png
from builder.build.pipeline import build
from builder.check.verify import Problem, verify
from builder.core.recipe import resolve_recipe
from builder.sources.folder import Folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 4 train and 3 test samples, one of the train ones in two sizes to have a duplicate."""
    source = tmp_path_factory.mktemp("source")
    for number in range(7):
        PIL.Image.fromarray(paint(number)).save(source / f"{number}.png")
    shutil.copy(source / "0.png", source / "copy.png")
    out = tmp_path_factory.mktemp("faces") / "set"
    build(Folder(source), out, resolve_recipe(None, [], detector="whole", test=3), workers=1)
    return out


@pytest.fixture
def faces(sound: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(sound, tmp_path / "set"))


def found(root: Path) -> str:
    problems = verify(root)
    return "\n".join(f"{problem.file}: {problem.what}" for problem in problems)


def first(root: Path, split: str, kind: str) -> Path:
    return sorted((root / split / kind).glob("*.png"))[0]


def change_manifest(root: Path, change: Callable[[pd.DataFrame], object]) -> None:
    table = pd.read_parquet(root / "manifest.parquet")
    change(table)
    table.to_parquet(root / "manifest.parquet", index=False)


def test_a_sound_dataset_has_no_problem(sound: Path) -> None:
    assert verify(sound) == []


@pytest.mark.parametrize("split", ["train", "test"])
def test_one_level_of_one_pixel_of_colour(faces: Path, split: str) -> None:
    path = first(faces, split, "color")
    color = read_rgb(path)
    color[100, 50, 2] ^= 1
    write_png(path, color)
    assert f"{split}/color/{path.name}: was changed: its pixels have the id" in found(faces)


def test_one_pixel_of_a_line(faces: Path) -> None:
    path = first(faces, "test", "line")
    line = read_grey(path)
    line[3, 4] = 255 - line[3, 4]
    write_png(path, line)
    text = found(faces)
    assert f"test/line/{path.name}: was changed: the hash of its pixels is not the hash in the manifest" in text
    assert f"test/line/{path.name}: differs from the XDoG lines of its colour picture" in text
    assert "dataset.json: has the fingerprint" in text


def test_grey_in_a_line(faces: Path) -> None:
    path = first(faces, "train", "line")
    line = read_grey(path)
    line[0, 0] = 128
    write_png(path, line)
    assert f"train/line/{path.name}: has other values than 0 and 255" in found(faces)


def test_wrong_size_wrong_mode_and_another_format(faces: Path) -> None:
    small, grey, jpeg = sorted((faces / "train" / "color").glob("*.png"))[:3]
    write_png(small, np.zeros((128, 256, 3), np.uint8))
    write_png(grey, np.zeros((256, 256), np.uint8))
    PIL.Image.fromarray(read_rgb(jpeg)).save(jpeg, "JPEG")
    text = found(faces)
    assert f"{small.name}: is uint8 128 x 256 x 3, not uint8 256 x 256 x 3" in text
    assert f"{grey.name}: is uint8 256 x 256, not uint8 256 x 256 x 3" in text
    assert f"{jpeg.name}: is not a readable PNG" in text


def test_missing_and_extra_files(faces: Path) -> None:
    gone = first(faces, "test", "color")
    gone.unlink()
    (faces / "test" / "color" / "extra.png").write_bytes(b"x")
    (faces / "README.md").unlink()
    assert verify(faces) == sorted(
        [
            Problem("README.md", "is missing"),
            Problem("test/color/extra.png", "is not listed in the manifest"),
            Problem(f"test/color/{gone.name}", "is missing"),
        ]
    )


def test_a_group_an_artist_or_a_source_on_both_sides(faces: Path) -> None:
    for column in ("group", "artist", "source_sha256", "source_id"):

        def straddle(table: pd.DataFrame, column: str = column) -> None:
            table[column] = "X" if column == "artist" else table[column].mask(table.index < 6, "X")

        before = (faces / "manifest.parquet").read_bytes()
        change_manifest(faces, straddle)
        assert f"manifest.parquet: {column} X is on both sides of the split" in found(faces)
        (faces / "manifest.parquet").write_bytes(before)


def test_near_duplicates_across_the_split_are_found_in_the_pixels(tmp_path: Path) -> None:
    """Built without any search for duplicates, then verified by the usual rules."""
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    for number in range(12):
        picture = PIL.Image.fromarray(paint(number))
        picture.save(source / f"{number}.png")
        picture.save(source / f"{number}.jpg", quality=50)
    off = ["duplicates.same_hash=-1", "duplicates.near_hash=-1", "duplicates.same_color=0"]
    build(Folder(source), out, resolve_recipe(None, off, detector="whole", test=10), workers=1)
    card = read_json(out / "dataset.json")
    assert card["counts"] == {"train": 14, "test": 10}
    assert verify(out) == []
    card["config"]["duplicates"] = resolve_recipe(None, []).duplicates.model_dump()
    write_json(out / "dataset.json", card)
    assert "in the other split" in found(out)


def test_a_moved_sample_changes_counts_and_fingerprint(faces: Path) -> None:
    moved = first(faces, "test", "color").stem
    for kind in ("color", "line"):
        shutil.move(faces / "test" / kind / f"{moved}.png", faces / "train" / kind / f"{moved}.png")
    change_manifest(faces, lambda table: table.loc.__setitem__((table["id"] == moved, "split"), "train"))
    text = found(faces)
    assert "dataset.json: has the counts" in text
    assert "dataset.json: has the fingerprint" in text
    assert "manifest.parquet: has 2 test samples, the recipe requires 3" in text
    assert "random-ref-v2.parquet: does not list every test sample once" in text


def test_a_sample_listed_twice(faces: Path) -> None:
    table = pd.read_parquet(faces / "manifest.parquet")
    pd.concat([table, table[:1]]).to_parquet(faces / "manifest.parquet", index=False)
    assert f"{table['id'][0]} is listed more than once" in found(faces)


def test_another_sigma(faces: Path) -> None:
    change_manifest(faces, lambda table: table.loc.__setitem__((0, "sigma"), 0.9))
    assert "differ from those of the recipe" in found(faces)


def test_drops_that_do_not_add_up(faces: Path) -> None:
    table = pd.read_parquet(faces / "dropped.parquet")
    assert list(table["reason"]) == ["duplicate"]
    table[:0].to_parquet(faces / "dropped.parquet", index=False)
    assert "dropped.parquet {}" in found(faces)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.__setitem__("reference", t["sample"]), "has a sample that is its own reference"),
        (lambda t: t.__setitem__("reference", t["reference"][0]), "does not use every test sample as a reference once"),
        (lambda t: t.__setitem__("seed", t["seed"] + 1), "differs from the pairing of the protocol's seed"),
        (lambda t: t.__setitem__("sample", t["sample"][0]), "does not list every test sample once"),
        (lambda t: t.__delitem__("seed"), "cannot be read"),
    ],
)
def test_pairs(faces: Path, change: Callable[[pd.DataFrame], object], message: str) -> None:
    path = faces / "pairs" / "random-ref-v2.parquet"
    table = pd.read_parquet(path)
    change(table)
    table.to_parquet(path, index=False)
    assert f"pairs/random-ref-v2.parquet: {message}" in found(faces)
    path.unlink()
    assert "pairs/random-ref-v2.parquet: is missing" in found(faces)


def test_a_manifest_that_is_missing_or_lacks_a_column(faces: Path) -> None:
    change_manifest(faces, lambda table: table.__delitem__("line_sha256"))
    assert verify(faces) == [Problem("manifest.parquet", "has no column line_sha256")]
    (faces / "manifest.parquet").unlink()
    assert verify(faces) == [Problem("manifest.parquet", "is missing")]


def test_a_folder_that_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="no finished dataset"):
        verify(tmp_path)
