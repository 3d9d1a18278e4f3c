"""Pairs in one picture: the halves told apart, the splits of the folders, and refusals by name."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import read_grey, read_rgb, write_png
from benchmark.data.dataset import Dataset
from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import SourceRecipe, resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.sources.open import import_settings, open_source
from builder.sources.side_by_side import find_color_side, halves, mean_chroma, open_side_by_side


def write_pair(path: Path, seed: int, *, line_first: bool = False) -> None:
    portrait = draw_portrait(seed, 256)
    both = [portrait.color, np.repeat(portrait.line[..., None], 3, axis=2)]
    write_png(path, np.concatenate(both[::-1] if line_first else both, axis=1))


@pytest.mark.parametrize("line_first", [False, True])
def test_the_half_with_more_colour_is_the_picture(tmp_path: Path, line_first: bool) -> None:
    write_pair(tmp_path / "a.png", 1, line_first=line_first)
    (record,) = open_side_by_side(str(tmp_path), SourceRecipe()).records()
    picture, drawn = record.load(DecodeRecipe()), draw_portrait(1, 256)
    assert np.array_equal(picture.rgb, drawn.color)
    assert picture.line is not None
    assert np.array_equal(picture.line, drawn.line)
    other = SourceRecipe(color_side="left" if line_first else "right")
    (record,) = open_side_by_side(str(tmp_path), other).records()
    assert mean_chroma(record.load(DecodeRecipe()).rgb) == 0


def test_a_folder_with_splits_keeps_them_and_one_without_is_split(tmp_path: Path) -> None:
    for seed, split in enumerate(("train", "train", "val")):
        write_pair(tmp_path / "kaggle" / split / f"{seed}.png", seed)
        write_pair(tmp_path / "flat" / f"{seed}.png", seed)
    for name, counts in (("kaggle", {"train": 2, "test": 1}), ("flat", {"train": 1, "test": 2})):
        text = f"side-by-side:{tmp_path / name}"
        recipe = resolve_recipe(None, [], imported=import_settings(text))
        card = build(open_source(text), tmp_path / f"{name}-out", recipe, workers=1).card
        assert card.counts == counts
    assert verify(tmp_path / "flat-out") == []
    data = Dataset.open(tmp_path / "kaggle-out")
    (sample,) = data.ids("test")
    assert np.array_equal(read_rgb(data.color_path(sample)), draw_portrait(2, 256).color)
    assert np.array_equal(read_grey(data.line_path(sample)), draw_portrait(2, 256).line)


def test_what_is_no_pair_is_refused_by_name() -> None:
    grey = np.full((8, 8, 3), 90, np.uint8)
    with pytest.raises(DecodeError, match=r"a\.png: .*source\.color_side") as error:
        find_color_side(grey, grey, "a.png")
    assert error.value.reason == "unclear-side"
    for width in (8, 17):
        with pytest.raises(DecodeError, match=r"a\.png is ") as error:
            halves(np.zeros((8, width, 3), np.uint8), "a.png")
        assert error.value.reason == "not-side-by-side"
