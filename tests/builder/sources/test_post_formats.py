"""Posts are read from whatever people keep them in, one at a time."""

import gzip
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from builder.sources import post_formats
from builder.sources.post_formats import BadLine, inner_suffix, read_values, unpacked

POSTS = [{"id": number, "rating": "e", "tags": ["1girl", "solo"]} for number in range(1, 8)]


def read(name: str, content: bytes) -> list[Any]:
    return list(read_values(name, lambda: io.BytesIO(content)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", "\n".join(map(json.dumps, POSTS)).encode()),
        ("a.json", json.dumps(POSTS).encode()),
        ("a.json", b"\xef\xbb\xbf" + json.dumps(POSTS, indent=2).encode()),
        ("a.json", ("[\n" + ",\n".join(map(json.dumps, POSTS)) + "\n]\n").encode()),
        ("a.json", "\n".join(json.dumps(post, indent=4) for post in POSTS).encode()),
        ("a.json.gz", gzip.compress(json.dumps(POSTS).encode())),
    ],
    ids=["lines", "array", "indented", "array of lines", "objects in a row", "packed"],
)
@pytest.mark.parametrize("chunk", [7, 2**20])
def test_every_form_of_json_gives_the_same_posts(
    name: str, content: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_formats, "CHUNK", chunk)
    assert [value for _, value in read(name, content)] == POSTS


def test_tables_give_the_same_posts(tmp_path: Path) -> None:
    frame = pd.DataFrame(POSTS).assign(created_at=datetime(2024, 1, 2), score=[1.0, None] + [3.0] * 5)
    frame.to_parquet(tmp_path / "a.parquet")
    rows = [value for _, value in read("a.parquet", (tmp_path / "a.parquet").read_bytes())]
    assert rows[0] == {**POSTS[0], "created_at": "2024-01-02T00:00:00", "score": 1.0}
    assert rows[1]["score"] is None
    csv = read("a.csv", b"\xef\xbb\xbfid,rating,tags,score\r\n7,e,1girl solo,\r\n")
    assert csv == [(1, {"id": "7", "rating": "e", "tags": "1girl solo"})]


def test_a_damaged_value_of_an_array_is_named_and_the_next_are_read() -> None:
    text = '[\n  {\n    "id": 1\n  },\n  {\n    "id": oops\n  },\n  {\n    "id": 3\n  }\n]'
    found = read("a.json", text.encode())
    assert [one for one in found if isinstance(one, tuple)] == [(2, {"id": 1}), (8, {"id": 3})]
    (bad,) = [one for one in found if isinstance(one, BadLine)]
    assert bad.line == 5
    assert "cannot be read as JSON" in bad.why


def test_an_array_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counted(io.BytesIO):
        largest = 0

        def read1(self, size: int | None = -1) -> bytes:
            assert size is not None
            Counted.largest = max(Counted.largest, size)
            return super().read1(size)

    content = json.dumps(POSTS * 2000).encode()
    monkeypatch.setattr(post_formats, "CHUNK", 1000)
    values = read_values("a.json", lambda: Counted(content))
    assert next(values) == (1, POSTS[0])
    assert sum(1 for _ in values) == len(POSTS) * 2000 - 1
    assert 0 < Counted.largest < len(content) // 10


def test_suffixes_of_packed_files() -> None:
    assert (inner_suffix("A.JSON.GZ"), inner_suffix("a.csv"), inner_suffix("2020")) == (".json", ".csv", "")
    assert (unpacked("a.json.xz"), unpacked("a.json")) == ("a.json", "a.json")


def test_a_table_that_is_none_says_so() -> None:
    (bad,) = read("a.parquet", b"not a table")
    assert "the rest of the file cannot be read" in bad.why
