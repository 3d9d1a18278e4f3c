"""A mirror in the published layout: pictures joined with their posts, files outside of the layout refused."""

from pathlib import Path

import pytest
from posts import OLD, write_lines

from benchmark.core.errors import AnibenchError
from builder.core.recipe import SourceRecipe
from builder.sources.danbooru import open_mirror


def make_mirror(root: Path) -> Path:
    for place in ("original/0001/1.png", "original/0001/1001.jpg", "original/0002/3.png", "original/stray.png"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(b"x")
    (root / "original/0005").mkdir()
    (root / "original/0005/0005.png").write_bytes(b"x")
    (root / "original/0006").mkdir()
    (root / "original/0006/6.gif").write_bytes(b"x")
    write_lines(root / "metadata/2020000000000000", {**OLD, "id": "1"}, b"?", {**OLD, "id": "6", "rating": "q"})
    return root


def test_a_mirror_joins_its_pictures_with_their_posts(tmp_path: Path) -> None:
    mirror = open_mirror(str(make_mirror(tmp_path / "mirror")), SourceRecipe())
    records = list(mirror.prepared(tmp_path).records())
    assert [record.id for record in records] == [
        "2020000000000000:2", "original/0001/1.png", "original/0001/1001.jpg", "original/0002/3.png",
        "original/0005/0005.png", "original/0006/6.gif", "original/stray.png",
    ]  # fmt: skip
    reasons = [getattr(record, "reason", None) for record in records]
    assert reasons == ["bad-metadata", None, None, "not-in-layout", "not-in-layout", None, "not-in-layout"]
    ratings = [record.metadata and record.metadata.rating for record in records]
    assert ratings == [None, "safe", None, None, None, "questionable", None]
    assert records[1].metadata is not None
    assert records[1].metadata.attribution == "https://danbooru.donmai.us/posts/1"


def test_a_changed_post_is_a_changed_record(tmp_path: Path) -> None:
    root = make_mirror(tmp_path / "mirror")
    before = open_mirror(str(root), SourceRecipe())
    stamp, stamps = before.stamp, {record.id: record.stamp for record in before.prepared(tmp_path).records()}
    rows = [{**OLD, "id": "1", "score": "99"}, b"?", {**OLD, "id": "6", "rating": "q"}]
    write_lines(root / "metadata/2020000000000000", *rows)
    after = open_mirror(str(root), SourceRecipe())
    assert stamp != after.stamp
    changed = {record.id for record in after.prepared(tmp_path).records() if stamps.get(record.id) != record.stamp}
    assert changed == {"original/0001/1.png"}


def test_a_mirror_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="no folder original"):
        open_mirror(str(tmp_path), SourceRecipe())
    (tmp_path / "512px").mkdir()
    with pytest.raises(AnibenchError, match=r"no posts in .*source\.metadata"):
        open_mirror(str(tmp_path), SourceRecipe(pictures="512px"))
