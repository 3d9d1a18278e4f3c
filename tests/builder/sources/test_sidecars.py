"""Metadata among the pictures: matched by name wherever they lie, and named when they belong to nothing."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from builder.core.recipe import SourceRecipe
from builder.sources.folder import open_folder
from builder.sources.metadata import Metadata
from builder.sources.sidecars import may_hold_metadata

MD5 = "9bfa382be6e6db4569eb5bec458b0d17"
EXPLICIT = {"id": 7, "rating": "e", "tag_string": "1girl"}


def lay(root: Path, **files: Any) -> Path:
    """Files by name: pictures where the content is None, JSON where it is no text."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "picture" if content is None else content if isinstance(content, str) else json.dumps(content, indent=1)
        path.write_text(text)
    return root


def found(root: Path, **settings: Any) -> dict[str, str | None]:
    """Record id -> its rating, 'unrated' for empty metadata, the reason of a refused record, or None."""
    source = open_folder(str(root), SourceRecipe(**settings)).prepared(root.parent)
    known = {}
    for record in source.records():
        metadata = record.metadata
        rating = None if metadata is None else metadata.rating or "unrated"
        known[record.id] = getattr(record, "reason", rating)
    return known


@pytest.mark.parametrize(
    ("picture", "metadata"),
    [
        ("a.png", "a.png.json"),
        ("a.png", "a.json"),
        ("d/a.png", "d/a.json"),
        ("images/a.png", "metadata/a.json"),
        ("x.y.z.png", "x.y.z.json"),
        ("e\u0301.png", "\u00e9.json"),
        ("7.png", "posts/other.json"),
        (f"danbooru_7_{MD5}.png", "posts/other.json"),
    ],
)
def test_a_post_belongs_to_the_picture_of_its_name(tmp_path: Path, picture: str, metadata: str) -> None:
    root = lay(tmp_path / "source", **{picture: None, "b.png": None, metadata: EXPLICIT})
    assert found(root) == {picture: "explicit", "b.png": None}


def test_a_post_beside_its_picture_belongs_to_no_picture_of_another_folder(tmp_path: Path) -> None:
    root = lay(tmp_path / "source", **{"a/1.png": None, "a/1.json": EXPLICIT, "b/1.png": None})
    assert found(root) == {"a/1.png": "explicit", "b/1.png": None}


@pytest.mark.parametrize("form", ["array", "lines", "csv", "parquet"])
def test_posts_of_one_file_are_matched_by_path_md5_or_id(tmp_path: Path, form: str) -> None:
    posts = [{"file_name": "d/a.png", "rating": "explicit"}, {"md5": MD5, "rating": "q"}, {"id": 7, "rating": "g"},
             {"id": 8, "rating": "e"}]  # fmt: skip
    root = lay(tmp_path / "source", **{"d/a.png": None, f"{MD5}.jpg": None, "0/7.png": None, "c.png": None})
    if form == "array":
        (root / "posts.json").write_text(json.dumps(posts))
    elif form == "lines":
        (root / "posts.jsonl").write_text("\n".join(map(json.dumps, posts)))
    elif form == "csv":
        pd.DataFrame(posts).to_csv(root / "posts.csv")
    else:
        pd.DataFrame(posts).to_parquet(root / "posts.parquet")
    assert found(root) == {"d/a.png": "explicit", f"{MD5}.jpg": "questionable", "0/7.png": "general", "c.png": None}


def test_posts_outside_of_the_folder_describe_all_of_it(tmp_path: Path) -> None:
    root = lay(tmp_path / "source", **{"7.png": None})
    lay(tmp_path, **{"posts.json": [EXPLICIT]})
    assert found(root, metadata=str(tmp_path / "posts.json")) == {"7.png": "explicit"}
    source = open_folder(str(root), SourceRecipe(metadata=str(tmp_path / "posts.json")))
    assert source.described
    assert source.stamp


def test_metadata_that_belong_to_nothing_are_named(tmp_path: Path) -> None:
    files = {"a.png": None, "b.json": EXPLICIT, "config.json": {"x": 1}, "boxes.csv": "id,x0\n1,2\n", "notes.txt": "x"}
    assert found(lay(tmp_path / "source", **files)) == {
        "a.png": None, "b.json": "unmatched-metadata", "boxes.csv": None, "config.json": None, "notes.txt": None
    }  # fmt: skip


def test_a_picture_whose_own_post_has_no_rating_is_unrated(tmp_path: Path) -> None:
    files = {"a.png": None, "a.json": {"caption": "a girl"}, "b.png": None, "b.json": "{broken", "c.png": None}
    assert found(lay(tmp_path / "source", **files)) == {
        "a.png": "unrated", "b.png": "unrated", "b.json": "bad-metadata", "c.png": None
    }  # fmt: skip


def test_captions_are_no_pictures_and_may_hold_a_rating(tmp_path: Path) -> None:
    files = {"a.png": None, "a.txt": "1girl, rating:explicit", "b.png": None, "b.txt": "a girl", "c.png": None,
             "c.txt": "rating:explicit", "c.json": {"rating": "g"}}  # fmt: skip
    assert found(lay(tmp_path / "source", **files)) == {"a.png": "explicit", "b.png": None, "c.png": "general"}


def test_other_metadata_make_another_stamp(tmp_path: Path) -> None:
    root = lay(tmp_path / "source", **{"a.png": None, "a.json": EXPLICIT})

    def record() -> Any:
        return next(iter(open_folder(str(root), SourceRecipe()).prepared(tmp_path).records()))

    before = record()
    assert before.metadata == Metadata(rating="explicit", tags="1girl")
    lay(root, **{"a.json": {**EXPLICIT, "rating": "g"}})
    assert record().stamp != before.stamp


def test_a_later_post_of_one_id_counts(tmp_path: Path) -> None:
    root = lay(tmp_path / "source", **{"7.png": None, "posts.json": [{"id": 7, "rating": "g"}, EXPLICIT]})
    assert found(root) == {"7.png": "explicit"}


def test_names_that_may_hold_metadata() -> None:
    assert all(map(may_hold_metadata, ("a.png.json", "a.jsonl.gz", "a.csv", "a.txt")))
    assert not any(map(may_hold_metadata, ("a.png", "a")))
