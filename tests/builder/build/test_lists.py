"""Lists of pictures as people write them: what can be meant is matched, the rest is named."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_file
from builder.build.lists import Matches, read_lists
from builder.build.pipeline import build
from builder.core.recipe import SelectRecipe, resolve_recipe
from builder.sources.folder import Folder
from builder.sources.metadata import Metadata
from builder.sources.source import RefusedRecord

MD5 = "9bfa382be6e6db4569eb5bec458b0d17"
NAMES = ("e\u0301te\u0301.png", "a, b.png", "#1 pic.png", " lead space.png", "UPPER.PNG", "x.y.z.png", "plain.png",
         "original/0123/123.png", f"danbooru_55_{MD5}.png")  # fmt: skip


def match(folder: Path, text: str, *, allow: bool = False) -> Matches:
    (folder / "list.txt").write_text(text, encoding="utf-8")
    recipe = SelectRecipe(**{"allow" if allow else "takedown": str(folder / "list.txt")})
    metadata = {"x.y.z.png": Metadata(source_url="https://www.pixiv.net/artworks/9", md5="f" * 32)}
    records = [RefusedRecord(name, "", "", "", metadata.get(name)) for name in NAMES]
    return read_lists(recipe).match(records)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("\u00e9t\u00e9.png", "e\u0301te\u0301.png"),
        ("a, b.png", "a, b.png"),
        ('"a, b.png",asked by mail', "a, b.png"),
        ("#1 pic.png", "#1 pic.png"),
        (" lead space.png", " lead space.png"),
        ("lead space.png", " lead space.png"),
        ("./x.y.z.png", "x.y.z.png"),
        ("x.y.z", "x.y.z.png"),
        ("source/UPPER.PNG", "UPPER.PNG"),
        ("C:\\mine\\source\\plain.png", "plain.png"),
        ("plain.png  # asked by mail", "plain.png"),
        ("plain.png,2024-01-01", "plain.png"),
        ("123", "original/0123/123.png"),
        ("0123/123.png", "original/0123/123.png"),
        ("post #123", "original/0123/123.png"),
        ("#123", "original/0123/123.png"),
        ("https://danbooru.donmai.us/posts/123", "original/0123/123.png"),
        ("https://danbooru.donmai.us/posts/55?q=hat", NAMES[-1]),
        (MD5.upper(), NAMES[-1]),
        (f"https://cdn.donmai.us/original/9b/fa/{MD5}.png", NAMES[-1]),
        ("f" * 32, "x.y.z.png"),
        ("https://www.pixiv.net/artworks/9", "x.y.z.png"),
    ],
)
def test_an_entry_finds_its_picture_alone(tmp_path: Path, line: str, name: str) -> None:
    down = match(tmp_path, f"# a list\n{line}\n")
    assert down.taken_down == {name}
    assert down.unmatched_takedown == ()
    refused = down.refuse(name)
    assert refused is not None
    assert refused[0] == "taken-down"
    allowed = match(tmp_path, line, allow=True)
    assert allowed.refuse(name) is None
    assert all((allowed.refuse(other) or ("",))[0] == "not-allowed" for other in NAMES if other != name)


def test_entries_that_match_nothing_are_named_with_their_line(tmp_path: Path) -> None:
    down = match(
        tmp_path, "id,why\nplain.pngg\n\n# plain.pngg too\nother/123.png,x\nhttps://danbooru.donmai.us/posts/1\n"
    )
    assert [(entry.line, entry.text) for entry in down.unmatched_takedown] == [
        (2, "plain.pngg"), (5, "other/123.png,x"), (6, "https://danbooru.donmai.us/posts/1")
    ]  # fmt: skip


def test_the_contents_of_a_list_are_in_its_stamp_and_a_missing_one_is_named(tmp_path: Path) -> None:
    recipe = SelectRecipe(takedown=str(tmp_path / "down.txt"))
    (tmp_path / "down.txt").write_text("12\n")
    first = read_lists(recipe)
    (tmp_path / "down.txt").write_text("13\n")
    assert read_lists(recipe).stamp != first.stamp
    assert read_lists(SelectRecipe()).stamp == ""
    with pytest.raises(AnibenchError, match=r"gone\.txt"):
        read_lists(SelectRecipe(allow=str(tmp_path / "gone.txt")))


def test_a_takedown_without_a_picture_stops_the_build_before_it_opens_any(
    tmp_path: Path, make_folder: Callable[..., Path]
) -> None:
    root = make_folder(5)
    md5 = hashlib.md5((root / "001.png").read_bytes()).hexdigest()
    down = tmp_path / "down.txt"
    down.write_text(f"./000.png\n{md5}\n{sha256_file(root / '002.png')}\n003.pngg\n")
    recipe = resolve_recipe(None, [f"select.takedown={down}"], detector="whole")
    with pytest.raises(
        AnibenchError, match=r"down\.txt: 1 entries match no picture.*line 4 '003\.pngg'.*unmatched_takedown"
    ):
        build(Folder(root), tmp_path / "out", recipe, workers=1)
    assert not list((tmp_path / "out").rglob("*.png"))
    recipe = resolve_recipe(None, [f"select.takedown={down}", "select.unmatched_takedown=report"], detector="whole")
    build(Folder(root), tmp_path / "out", recipe, workers=1)
    dropped = pd.read_parquet(tmp_path / "out" / "dropped.parquet")
    assert dict(zip(dropped["source_id"], dropped["reason"], strict=True)) == {
        "000.png": "taken-down", "001.png": "taken-down", "002.png": "taken-down", "003.pngg": "unmatched-entry"
    }  # fmt: skip


def test_entries_of_an_allow_list_and_rows_of_boxes_are_named(
    tmp_path: Path, make_folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_folder(2)
    (tmp_path / "allow.txt").write_text("000.png\n001.png\nnone.png\n")
    (tmp_path / "boxes.csv").write_text("id,x0,y0,x1,y1\nsource\\000.png,60,60,190,190\ngone.png,1,1,2,2\n")
    settings = [f"select.allow={tmp_path / 'allow.txt'}", "crop.min_size=64"]
    recipe = resolve_recipe(None, settings, detector=f"boxes:{tmp_path / 'boxes.csv'}")
    card = build(Folder(root), tmp_path / "out", recipe, workers=1).card
    assert sum(card.counts.values()) == 1
    assert card.dropped == {"no-face": 1, "unmatched-entry": 2}
    told = capsys.readouterr().err
    assert "allow.txt, line 3: none.png" in told
    assert "boxes.csv, row 2: gone.png" in told
