"""Reading a dataset folder: names of content, and errors that name the file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes, write_json, write_png
from benchmark.data.dataset import FORMAT, Dataset, DatasetCard, fingerprint, sample_id

COLOR = np.random.default_rng(3).integers(0, 256, (256, 256, 3), np.uint8)
LINE = np.where(COLOR[..., 0] < 20, 0, 255).astype(np.uint8)
ID = sample_id(COLOR)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    card = DatasetCard(
        format=FORMAT, name="one", fingerprint="0" * 64, counts={"train": 1, "test": 0}, dropped={}, config={},
        source="made by a test", licence="none",
    )  # fmt: skip
    write_png(tmp_path / "train/color" / f"{ID}.png", COLOR)
    write_png(tmp_path / "train/line" / f"{ID}.png", LINE)
    pd.DataFrame({"id": [ID], "split": ["train"], "group": ["g"]}).to_parquet(tmp_path / "manifest.parquet")
    write_json(tmp_path / "dataset.json", card.model_dump())
    return tmp_path


def test_a_sample_comes_back_as_it_was_written(root: Path) -> None:
    data = Dataset.open(root)
    assert data.ids("train") == [ID]
    assert data.ids("test") == []
    sample = data.sample(ID)
    assert np.array_equal(sample.color, COLOR)
    assert np.array_equal(sample.line, LINE)
    assert (sample.split, sample.group) == ("train", "g")


def test_samples_of_one_character_know_each_other(root: Path) -> None:
    data = Dataset.open(root)
    assert data.same_character([ID]) == {}, "this manifest names no characters"
    names = {"a": "rin", "b": "mio", "c": "rin", "d": None, "e": "", "f": "rin", "g": "rin mio"}
    manifest = pd.DataFrame({"id": list(names), "character": list(names.values()), "split": "train", "group": "g"})
    named = replace(data, manifest=manifest)
    assert named.same_character("fabcdeg") == {"a": ("c", "f"), "b": (), "c": ("a", "f"), "f": ("a", "c")}
    assert named.same_character("ab") == {"a": (), "b": ()}


def test_an_id_is_the_hash_of_the_pixels() -> None:
    assert sha256_bytes(COLOR.tobytes())[:16] == ID
    changed = COLOR.copy()
    changed[7, 7, 1] ^= 1
    assert sample_id(changed) != ID
    assert sample_id(np.asfortranarray(COLOR)) == ID, "the memory layout does not count"


def test_a_fingerprint_depends_on_content_and_not_on_order() -> None:
    rows = [("a", "train", "1"), ("b", "test", "2")]
    assert fingerprint(rows) == fingerprint(rows[::-1])
    others = [[("a", "test", "1"), rows[1]], [("a", "train", "3"), rows[1]], rows[:1]]
    assert len({fingerprint(rows), *map(fingerprint, others)}) == 4


def test_a_folder_without_a_dataset_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="anibench build-dataset SOURCE"):
        Dataset.open(tmp_path)


def test_an_unfamiliar_format_or_card_is_refused(root: Path) -> None:
    card = Dataset.open(root).card.model_dump()
    write_json(root / "dataset.json", card | {"format": FORMAT + 1})
    with pytest.raises(AnibenchError, match="build it again"):
        Dataset.open(root)
    write_json(root / "dataset.json", {"name": "x"})
    with pytest.raises(AnibenchError, match="is not a dataset of this anibench"):
        Dataset.open(root)


def test_a_missing_or_wrongly_sized_picture_is_named(root: Path) -> None:
    data = Dataset.open(root)
    write_png(data.line_path(ID), LINE[:128])
    with pytest.raises(AnibenchError, match=rf"{ID}.png is 256 x 128, not 256 x 256"):
        data.line(ID)
    data.color_path(ID).unlink()
    with pytest.raises(AnibenchError, match=f"{ID}.png cannot be read"):
        data.color(ID)
