"""A finished dataset imported as it is: lines, split and counts kept, faults told rather than mended."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner
from fields import paint_folder

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_grey, read_rgb, write_png
from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.commands.verify_dataset import verify_dataset
from builder.core.recipe import Recipe, SourceRecipe, resolve_recipe
from builder.drawing.illustration import draw_portrait
from builder.share.export_recipe import export_recipe, read_recipe
from builder.share.rebuild import rebuild
from builder.sources.folder import Folder
from builder.sources.official import SETTINGS, open_official, resized

ANY = SourceRecipe(any_count=True)


def official(*settings: str) -> Recipe:
    return resolve_recipe(None, ("source.any_count=true", *settings), imported=SETTINGS)


def lay_out(root: Path, train: int = 2, test: int = 2, size: int = 256) -> Path:
    """Portraits in the authors' layout; their lines are grey, drawn and no XDoG's."""
    for seed in range(train + test):
        portrait = draw_portrait(seed, size)
        split = "train" if seed < train else "test"
        write_png(root / split / "reference" / f"{seed:02d}.png", portrait.color)
        write_png(root / split / "condition" / f"{seed:02d}.png", portrait.line)
    return root


def test_lines_split_and_pictures_are_kept(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "authors")
    card = build(open_official(str(root), ANY), tmp_path / "out", official(), workers=1).card
    assert card.counts == {"train": 2, "test": 2}
    assert verify(tmp_path / "out") == []
    data = Dataset.open(tmp_path / "out")
    assert data.manifest["sigma"].isna().all()
    for row in data.manifest.to_dict("records"):
        split, name = row["source_id"].split("/")
        assert row["split"] == split
        assert np.array_equal(data.color(row["id"]), read_rgb(root / split / "reference" / name))
        line = read_grey(root / split / "condition" / name)
        assert np.array_equal(data.line(row["id"]), line)
        assert len(np.unique(line)) > 2  # grey values were not binarised
    assert "lines imported from the source" in (tmp_path / "out" / "README.md").read_text()


def test_polarity_is_mended_and_recorded_and_blank_lines_are_dropped(tmp_path: Path) -> None:
    root, right = lay_out(tmp_path / "authors", 3, 2), lay_out(tmp_path / "right", 3, 2)
    lines = root / "train" / "condition"
    write_png(lines / "00.png", 255 - read_grey(lines / "00.png"))
    write_png(lines / "01.png", np.full((256, 256), 255, np.uint8))
    write_png(lines / "02.png", np.ascontiguousarray(read_grey(lines / "02.png")[:, ::-1]))
    card = build(open_official(str(root), ANY), tmp_path / "out", official(), workers=1).card
    assert card.dropped == {"blank-line": 1}
    data = Dataset.open(tmp_path / "out")
    notes = {row["source_id"]: row["line_note"] for row in data.manifest.to_dict("records")}
    assert notes["train/00.png"] == "white ink on black was inverted"
    assert "mirror image" in notes["train/02.png"]
    assert isinstance(notes["test/03.png"], float)  # NaN: nothing to note
    first = data.manifest[data.manifest["source_id"] == "train/00.png"]["id"].item()
    assert np.array_equal(data.line(first), read_grey(right / "train" / "condition" / "00.png"))
    (warned,) = verify(tmp_path / "out")
    assert warned.warning
    assert "mirror image" in warned.what


def test_the_dataset_is_rebuilt_from_its_recipe(tmp_path: Path) -> None:
    source = open_official(str(lay_out(tmp_path / "authors", 1, 2)), ANY)
    first = build(source, tmp_path / "out", official(), workers=1).card
    export_recipe(Dataset.open(tmp_path / "out"), tmp_path / "recipe.jsonl")
    exported = read_recipe(tmp_path / "recipe.jsonl")
    again = rebuild(tmp_path / "recipe.jsonl", exported, source, tmp_path / "again", workers=1).card
    assert again.fingerprint == first.fingerprint
    write_png(tmp_path / "authors" / "test" / "condition" / "01.png", draw_portrait(9, 256).line)
    with pytest.raises(AnibenchError, match="no line with the recipe's hash"):
        rebuild(tmp_path / "recipe.jsonl", exported, source, tmp_path / "other", workers=1)


def test_the_authors_counts_are_checked(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "authors", 1, 2)
    with pytest.raises(AnibenchError, match=r"1 train and 2 test pairs.*31,696 and 579.*source\.counts=\[1, 2\]"):
        open_official(str(root), SourceRecipe())
    assert len(list(open_official(str(root), SourceRecipe(counts=(1, 2))).records())) == 3


def test_what_has_no_partner_is_named(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "authors", 1, 2)
    (root / "test" / "condition" / "01.png").unlink()
    with pytest.raises(AnibenchError, match=r"1 in reference/ without a partner.*01\.png"):
        open_official(str(root), ANY)
    with pytest.raises(AnibenchError, match="must hold train/ and test/"):
        open_official(str(tmp_path / "nowhere"), ANY)


def test_leaks_are_told_and_identical_pictures_are_one_sample(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "authors", 2, 2)
    for kind in ("reference", "condition"):
        write_png(root / "train" / kind / "same.png", read_rgb(root / "test" / kind / "02.png"))
        near = read_rgb(root / "test" / kind / "03.png")
        near[:8, :8] = 255 - near[:8, :8]
        write_png(root / "train" / kind / "near.png", near)
    (root / "train" / "notes.txt").write_text("by hand")
    card = build(open_official(str(root), ANY), tmp_path / "out", official(), workers=1).card
    assert card.counts == {"train": 3, "test": 2}
    assert card.dropped == {"duplicate": 1, "not-in-layout": 1}
    told = card.reported["imported dataset"]
    assert told["of these in the other split"] == 1
    assert told["pairs of near duplicates across the split"] == 1
    problems = verify(tmp_path / "out")
    assert problems
    assert all(problem.warning for problem in problems)
    result = CliRunner().invoke(verify_dataset, [str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "warning: " in result.output
    assert "pairs of near duplicates across the split | 1" in (tmp_path / "out" / "README.md").read_text()


def test_a_split_without_leaks_can_be_asked_for(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "authors", 1, 3)
    card = build(
        open_official(str(root), ANY), tmp_path / "out", official("split.mode=exact", "split.test=2"), workers=1
    ).card
    assert card.counts == {"train": 2, "test": 2}
    assert verify(tmp_path / "out") == []


def test_a_pair_of_folders_is_a_test_set(tmp_path: Path) -> None:
    for seed in range(2):
        portrait = draw_portrait(seed, 256)
        write_png(tmp_path / "artist" / "color" / f"{seed}.png", portrait.color)
        write_png(tmp_path / "artist" / "line" / f"{seed}.png", portrait.line)
    source = open_official(str(tmp_path / "artist"), SourceRecipe(any_count=True, color="color", line="line"))
    card = build(source, tmp_path / "out", official("source.color=color", "source.line=line"), workers=1).card
    assert card.counts == {"train": 0, "test": 2}
    assert verify(tmp_path / "out") == []


def test_other_sizes_are_resized_and_cut_as_the_authors_loader_does(tmp_path: Path) -> None:
    tall = np.zeros((600, 300, 3), np.uint8)
    tall[250:350] = 200  # what lies in the middle of the height
    small = resized(tall)
    assert small.shape == (256, 256, 3)
    assert small[128, 128].tolist() == [200, 200, 200]
    assert small[0, 0].tolist() == [0, 0, 0]
    expected = PIL.Image.fromarray(tall).resize((256, 512), PIL.Image.Resampling.BILINEAR).crop((0, 128, 256, 384))
    assert np.array_equal(small, np.asarray(expected))
    root = lay_out(tmp_path / "authors", 1, 2, size=320)
    card = build(open_official(str(root), ANY), tmp_path / "out", official(), workers=1).card
    assert card.reported["imported dataset"]["pictures resized to 256 px and cropped to the centre"] == 3


def test_a_source_without_lines_cannot_keep_them(tmp_path: Path) -> None:
    source = Folder(paint_folder(tmp_path / "source", 2))
    with pytest.raises(AnibenchError, match="have no imported line"):
        build(source, tmp_path / "out", resolve_recipe(None, ["lines.origin=source"], detector="whole"), workers=1)
    with pytest.raises(AnibenchError, match=r"split\.mode=source needs"):
        build(source, tmp_path / "other", resolve_recipe(None, ["split.mode=source"], detector="whole"), workers=1)
