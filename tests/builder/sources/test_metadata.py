"""Posts of every published form, and files of them: read line by line, bad lines named, joined with a mirror."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.core.errors import AnibenchError
from builder.core.recipe import SourceRecipe
from builder.sources.danbooru import open_mirror
from builder.sources.metadata import Metadata, is_old_form, parse_post, rating_word
from builder.sources.posts import MAX_NAMED, BadLine, Posts, index_posts, read_posts

OLD = {
    "id": "251218", "created_at": "2008-05-21 00:41:56 UTC", "score": "-2", "source": "", "md5": "a3", "rating": "s",
    "image_width": "350", "image_height": "700", "file_ext": "JPG", "file_size": "73187", "is_deleted": False,
    "tags": [
        {"id": "1", "name": "1girl", "category": "0"}, {"id": "2", "name": "aruruw", "category": "4"},
        {"id": "3", "name": "marupeke", "category": "1"}, {"id": "4", "name": "photoshop_(medium)", "category": "5"},
        {"id": "5", "name": "utawareru_mono", "category": "3"},
    ],
}  # fmt: skip
NEW = {
    "id": 6285839, "score": 152, "rating": "s", "image_width": 500, "image_height": 700, "file_ext": "png",
    "is_deleted": True, "source": "https://example.org/1", "tag_string": "1girl hat seseren herta",
    "tag_string_general": "1girl hat", "tag_string_artist": "seseren", "tag_string_character": "herta",
    "tag_string_copyright": "", "pixiv_id": None,
}  # fmt: skip


def test_the_old_form() -> None:
    number, post = parse_post(OLD)
    assert number == 251218
    assert is_old_form(OLD)
    assert post == Metadata(
        rating="s", artist="marupeke", character="aruruw", copyright="utawareru_mono", tags="1girl photoshop_(medium)",
        score=-2, md5="a3", created="2008-05-21 00:41:56 UTC", width=350, height=700, extension="jpg", bytes=73187,
    )  # fmt: skip


def test_the_new_form() -> None:
    number, post = parse_post(NEW)
    assert (number, is_old_form(NEW)) == (6285839, False)
    assert (post.artist, post.character, post.copyright, post.tags) == ("seseren", "herta", None, "1girl hat")
    assert (post.deleted, post.banned, post.source_url) == (True, False, "https://example.org/1")


def test_keys_may_be_missing() -> None:
    assert parse_post({}) == (None, Metadata())
    assert parse_post({"id": "7", "tag_string": "a b"}) == (7, Metadata(tags="a b"))


@pytest.mark.parametrize(
    ("post", "why"),
    [
        ([1], "a list, not an object"),
        ({"id": "x1"}, "its id is 'x1', not a number"),
        ({"score": {}}, "its score"),
        ({"rating": 3}, "its rating is a int"),
        ({"tags": ["1girl"]}, "its tags"),
        ({"id": 10**30}, "too large"),
    ],
)
def test_what_is_no_post_says_why(post: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_post(post)


def test_the_letter_s_has_two_meanings() -> None:
    assert rating_word("s", old=True) == "safe"
    assert rating_word("s", old=False) == "sensitive"
    assert rating_word("Q", old=True) == rating_word("q", old=False) == "questionable"
    assert rating_word("general", old=True) == "general"
    assert rating_word("x", old=False) is None
    assert rating_word(None, old=True) is None


def write_lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines))
    return path


def test_bad_lines_are_named_and_cost_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.sources.posts.MAX_LINE", 2000)
    broken = [b'{"id": 1', b"\xff\xfe", {"score": 3}, b"7", b"[" * 1500, b'{"id": 5, "x": "' + b"y" * 9000 + b'"}']
    file = write_lines(tmp_path / "posts.json", OLD, *broken, b"", NEW)
    found = list(read_posts(file))
    assert [one[0] for one in found if isinstance(one, tuple)] == [251218, 6285839]
    bad = [one for one in found if isinstance(one, BadLine)]
    assert [one.line for one in bad] == [2, 3, 4, 5, 6, 7]
    assert "no JSON" in bad[0].why
    assert "UTF-8" in bad[1].why
    assert "no id" in bad[2].why
    assert "more than 2000 bytes" in bad[5].why


def test_the_index_gives_each_bucket_its_posts(tmp_path: Path) -> None:
    first = write_lines(tmp_path / "a.json", *({"id": n, "rating": "s"} for n in (1, 1001, 2002)), {"id": 5}, b"?")
    second = tmp_path / "b.json.gz"
    second.write_bytes(gzip.compress(b'[\n{"id": 2001, "rating": "e"},\n{"id": 5, "score": 9}\n]\n'))
    posts = Posts(index_posts([first, second], tmp_path))
    assert {number: post.rating for number, post in posts.bucket(1).items()} == {
        1: "safe", 1001: "safe", 2001: "explicit"
    }  # fmt: skip
    assert posts.bucket(5) == {5: Metadata(score=9)}
    assert posts.bucket(7) == {}
    assert (posts.count, posts.bad_count) == (5, 1)
    assert [bad.line for bad in posts.bad_lines()] == [5]


def test_one_general_post_makes_s_sensitive(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.json", {"id": 1, "rating": "s"}, {"id": 2, "rating": "g"}, {**OLD, "id": "3"})
    posts = Posts(index_posts([file], tmp_path))
    ratings = [next(iter(posts.bucket(number).values())).rating for number in (1, 2, 3)]
    assert ratings == ["sensitive", "general", "safe"]


def test_many_bad_lines_are_counted_rather_than_named(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.json", NEW, *([b"?"] * (MAX_NAMED + 5)))
    bad = list(Posts(index_posts([file], tmp_path)).bad_lines())
    assert len(bad) == MAX_NAMED + 1
    assert bad[-1].why == "5 more of its lines are no posts"


def test_files_without_a_post_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"no post in a\.json; a\.json line 1: it is no JSON"):
        index_posts([write_lines(tmp_path / "a.json", b"<html>")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_cut_archive_gives_what_came_before(tmp_path: Path) -> None:
    content = gzip.compress(
        b"".join(json.dumps({"id": n, "md5": os.urandom(99).hex()}).encode() + b"\n" for n in range(500))
    )
    file = tmp_path / "a.json.gz"
    file.write_bytes(content[: len(content) // 2])
    *good, last = read_posts(file)
    assert len(good) > 100
    assert isinstance(last, BadLine)
    assert "cannot be read any further" in last.why


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*OLD, *NEW, "x"]), inner, max_size=6),
    max_leaves=12,
)


@given(st.lists(json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=80), max_size=5))
def test_no_file_can_stop_the_reader(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    file = tmp_path_factory.mktemp("posts") / "posts.json"
    file.write_bytes(b"\n".join(lines))
    for found in read_posts(file):
        if isinstance(found, tuple):
            json.dumps(found[2].known()).encode()
            assert found[0] >= 0


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


@pytest.mark.real
@pytest.mark.skipif(not os.environ.get("ANIBENCH_REAL_DATA"), reason="$ANIBENCH_REAL_DATA is not set")
def test_true_posts_of_both_forms(tmp_path: Path) -> None:
    folder = Path(os.environ["ANIBENCH_REAL_DATA"]) / "danbooru_metadata"
    found = [one for file in sorted(folder.glob("*.jsonl")) for one in read_posts(file)]
    assert not [one for one in found if isinstance(one, BadLine)]
    posts = {one[0]: one[2] for one in found if isinstance(one, tuple)}
    assert len(posts) == 9
    assert posts[901634].artist == "nardack"
    assert posts[901634].character == "iri_flina"
    assert posts[6222225].character == "tingyun_(honkai:_star_rail) yukong_(honkai:_star_rail)"
    assert "no_humans" in (posts[2552401].tags or "").split()
    assert posts[6983465].pending
    assert all(post.md5 and post.width and post.created and post.tags for post in posts.values())
    index = Posts(index_posts(sorted(folder.glob("*.jsonl")), tmp_path))
    assert index.bucket(112)[148112].rating == "safe"
    assert index.bucket(225)[6222225].rating == "general"
