"""The drawn mirror: the published layout, both eras, dirt, resumption, and a build from it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmark.core.errors import AnibenchError
from builder.build.pipeline import build
from builder.check.verify import verify
from builder.core.recipe import SourceRecipe, resolve_recipe
from builder.drawing.mirror import DIRT, Post, draw_mirror, old_row
from builder.sources.danbooru import open_mirror
from builder.sources.metadata import parse_post

COUNT, SIZE = 24, 100


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mirror") / "mirror"
    draw_mirror(COUNT, out, size=SIZE, era="2021", workers=1)
    return out


def rows_of(mirror: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted((mirror / "metadata").iterdir()) for line in path.open()]


def test_every_post_lies_where_the_published_mirror_has_it(mirror: Path) -> None:
    posts = [Post(number, SIZE) for number in range(COUNT)]
    expected = {
        f"original/{post.id % 1000:04d}/{post.id}.{post.extension}"
        for post in posts
        if post.dirt not in ("deleted", "no_file")
    }
    found = {path.relative_to(mirror).as_posix() for path in (mirror / "original").rglob("*") if path.is_file()}
    assert found == expected
    assert {row["id"] for row in rows_of(mirror)} == {post.id for post in posts if post.dirt != "no_row"}


def test_a_kill_costs_only_what_was_in_hand(mirror: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    draw_mirror(6, out, size=SIZE, era="2021", workers=1)
    whole = (out / "made.jsonl").read_text()
    (out / "made.jsonl").write_text(whole[: len(whole) * 2 // 3])  # as a kill leaves it
    before = {path: path.stat().st_mtime_ns for path in (out / "original").rglob("*") if path.is_file()}
    draw_mirror(6, out, size=SIZE, era="2021", workers=1)
    assert rows_of(out) == rows_of(mirror)[:6]
    kept = sum(path.stat().st_mtime_ns == changed for path, changed in before.items())
    assert 0 < kept < len(before)
    with pytest.raises(AnibenchError, match="choose another --out"):
        draw_mirror(7, out, size=SIZE, era="2021", workers=1)


def test_all_kinds_of_dirt_occur_in_a_large_one() -> None:
    assert {Post(number, SIZE).dirt for number in range(3000)} == {*DIRT, None}


def test_the_old_form_says_the_same_with_strings_and_objects(mirror: Path) -> None:
    for row in rows_of(mirror):
        number, new = parse_post(row)
        old_number, old = parse_post(old_row(dict(row)))
        assert old_number == number == row["id"]
        assert isinstance(old_row(dict(row))["score"], str)
        for name in ("artist", "character", "copyright", "score", "md5", "width", "extension", "deleted"):
            assert getattr(old, name) == getattr(new, name), name


def test_a_mirror_is_built_and_every_file_accounted_for(mirror: Path, tmp_path: Path) -> None:
    settings = ["crop.min_size=50", 'select.ratings=["general","sensitive"]']
    recipe = resolve_recipe(None, settings, detector="whole")
    build(open_mirror(str(mirror), SourceRecipe()), tmp_path / "out", recipe, workers=1)
    assert verify(tmp_path / "out") == []
    files = {path.relative_to(mirror).as_posix() for path in (mirror / "original").rglob("*") if path.is_file()}
    tables = [pd.read_parquet(tmp_path / "out" / name) for name in ("manifest.parquet", "dropped.parquet")]
    assert set(pd.concat(tables)["source_path"]) == files
    assert tables[0]["artist"].notna().all()
