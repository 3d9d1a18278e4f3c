"""Files of posts: read in every form, bad lines named, indexed by bucket."""

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from posts import NEW, OLD, write_lines

from benchmark.core.errors import AnibenchError
from builder.sources.metadata import Metadata
from builder.sources.post_formats import BadLine
from builder.sources.posts import MAX_NAMED, Posts, index_posts, read_posts


def test_bad_lines_are_named_and_cost_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.sources.post_formats.MAX_LINE", 2000)
    broken = [b'{"id": 1', b"\xff\xfe", {"score": 3}, b"7", b"[" * 1500, b'{"id": 5, "x": "' + b"y" * 9000 + b'"}']
    file = write_lines(tmp_path / "posts.json", OLD, *broken, b"", NEW)
    found = list(read_posts(file))
    assert [one[0] for one in found if isinstance(one, tuple)] == [251218, 6285839]
    bad = [one for one in found if isinstance(one, BadLine)]
    assert [one.line for one in bad] == [2, 3, 4, 5, 6, 7]
    assert "cannot be read as JSON" in bad[0].why
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
    assert bad[-1].why == "5 more lines are not posts"


def test_files_without_a_post_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"no post in a\.json; a\.json line 1: it cannot be read as JSON"):
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
    assert "the rest of the file cannot be read" in last.why


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
