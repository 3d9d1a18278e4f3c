"""Which pictures are opened: every rule has a reason of its own, and a build drops by it before a file is read."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import PIL.Image
import pytest
from fields import paint

from benchmark.data.dataset import Dataset
from builder.build.pipeline import build
from builder.build.select import refuse_metadata
from builder.check.verify import verify
from builder.core.recipe import SelectRecipe, resolve_recipe
from builder.sources.drawn import Drawn
from builder.sources.metadata import Metadata
from builder.sources.open import open_source

GOOD = Metadata(rating="general", tags="1girl solo", score=5, width=900, height=700, extension="png", md5="ff")


def reason(metadata: Metadata, **settings: Any) -> str | None:
    refused = refuse_metadata("x.png", metadata, SelectRecipe(**settings))
    assert refused is None or "x.png" in refused[1]
    return refused[0] if refused else None


def changed(**values: Any) -> Metadata:
    return Metadata(**{**GOOD.known(), **values})


@pytest.mark.parametrize(
    ("metadata", "settings", "expected"),
    [
        (GOOD, {}, None),
        (changed(rating="safe"), {}, None),
        (changed(rating="sensitive"), {}, "rating"),
        (changed(rating=None), {}, "no-rating"),
        (changed(rating=None), {"unknown": True}, None),
        (changed(rating="explicit"), {"ratings": ()}, None),
        (changed(tags="1girl monochrome"), {}, "forbidden-tag"),
        (changed(tags="1girl monochrome"), {"forbidden": ()}, None),
        (changed(copyright="touhou"), {"forbidden": ("touhou",)}, "forbidden-tag"),
        (GOOD, {"required": ("1girl", "hat")}, "required-tag"),
        (GOOD, {"required": ("1girl",)}, None),
        (changed(extension="mp4"), {}, "extension"),
        (GOOD, {"min_score": 6}, "score"),
        (GOOD, {"min_score": 5}, None),
        (GOOD, {"min_side": 701}, "picture-size"),
        (GOOD, {"max_side": 899}, "picture-size"),
        (changed(deleted=True), {}, "deleted"),
        (changed(deleted=True), {"deleted": True}, None),
        (changed(banned=True), {}, "banned"),
        (changed(pending=True), {}, "pending"),
    ],
)
def test_each_rule(metadata: Metadata, settings: dict[str, Any], expected: str | None) -> None:
    assert reason(metadata, **settings) == expected


def make_mirror(root: Path, posts: dict[int, dict[str, Any] | None]) -> Path:
    """A mirror of random fields, one per post, with the posts that are not None as metadata."""
    rows = []
    for number, post in posts.items():
        path = root / "original" / f"{number % 1000:04d}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        PIL.Image.fromarray(paint(number)).save(content, "PNG", compress_level=1)
        path.write_bytes(content.getvalue())
        if post is not None:
            rows.append({"id": number, "rating": "g", "file_ext": "png", "tag_string_general": "1girl", **post})
    (root / "metadata").mkdir()
    (root / "metadata" / "posts.json").write_text("\n".join(map(json.dumps, rows)))
    return root


def test_a_build_drops_by_metadata_and_keeps_the_rest(tmp_path: Path) -> None:
    posts: dict[int, dict[str, Any] | None] = {number: {"tag_string_artist": f"a{number}"} for number in range(1, 7)}
    posts |= {7: {"rating": "e"}, 8: {"is_deleted": True}, 9: None, 10: {"tag_string_general": "comic"}, 11: {}}
    root = make_mirror(tmp_path / "mirror", posts)
    (root / "original/0007/7.png").chmod(0)  # it is not even opened
    (tmp_path / "down.txt").write_text("11\n")
    recipe = resolve_recipe(None, [f"select.takedown={tmp_path / 'down.txt'}"], detector="whole", test=2)
    build(open_source(f"danbooru:{root}"), tmp_path / "out", recipe, workers=1)
    dropped = pd.read_parquet(tmp_path / "out" / "dropped.parquet")
    assert dict(zip(dropped["source_path"], dropped["reason"], strict=True)) == {
        "original/0007/7.png": "rating", "original/0008/8.png": "deleted", "original/0009/9.png": "no-metadata",
        "original/0010/10.png": "forbidden-tag", "original/0011/11.png": "taken-down",
    }  # fmt: skip
    manifest = Dataset.open(tmp_path / "out").manifest
    assert set(manifest["artist"]) == {f"a{number}" for number in range(1, 7)}
    assert set(manifest["rating"]) == {"general"}
    assert set(manifest["tags"]) == {"1girl"}
    assert verify(tmp_path / "out") == []


def test_rules_hold_for_pictures_that_are_known_only_once_drawn(tmp_path: Path) -> None:
    recipe = resolve_recipe(None, ["select.forbidden=['solo']"])
    build(Drawn(4), tmp_path / "out", recipe, workers=1)
    manifest = Dataset.open(tmp_path / "out").manifest
    assert not any("solo" in tags.split() for tags in manifest["tags"])
    assert set(pd.read_parquet(tmp_path / "out" / "dropped.parquet")["reason"]) >= {"forbidden-tag"}
