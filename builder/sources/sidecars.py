"""Metadata files among the pictures of a folder or a shard, indexed on disk and matched with pictures by name.

`a.png.json`, `a.json` and the caption `a.txt` belong to `a.png`, in any order of listing. A file in another folder
belongs to the picture of its name when no picture is beside the file and no other file has that name. Files of several
posts (an array, JSON lines, CSV, parquet) are matched by file name, MD5 or post id. Only posts with a rating count;
other tables are not metadata. A picture whose own JSON has no rating has unknown metadata.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, runtime_checkable

from benchmark.core.files import atomic_path, sha256_bytes
from builder.sources.metadata import Metadata, caption_rating, is_old_form, parse_post, rating_word
from builder.sources.names import md5_in, name_stems, normal_path, post_in_file_name
from builder.sources.post_formats import (
    JSON_SUFFIXES,
    TABLE_SUFFIXES,
    BadLine,
    RawPost,
    inner_suffix,
    read_values,
    unpacked,
)
from builder.sources.source import Record, RefusedRecord

CAPTION_SUFFIXES = (".txt", ".caption")
MAX_CAPTION = 2**16  # bytes of a caption that are searched for a rating
MAX_NAMED = 1000  # bad posts of one file that are named
FILE_NAMES = ("file_name", "filename", "file", "path", "image", "source_id")  # keys of a post that may name its picture

_TABLES = """
CREATE TABLE pictures (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE files (number INTEGER PRIMARY KEY, name TEXT, key TEXT, posts INTEGER);
CREATE TABLE posts (key TEXT, file INTEGER, caption INTEGER, row TEXT);
CREATE TABLE bad (file INTEGER, line INTEGER, why TEXT);
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
"""
_FINISH = """
CREATE TABLE beside AS SELECT number FROM files JOIN pictures USING (key);
DELETE FROM posts WHERE key LIKE '*%' AND file IN (SELECT number FROM beside);
CREATE INDEX posts_by_key ON posts (key);
CREATE INDEX files_by_name ON files (name);
"""

_LOOKUP = "SELECT file, caption, row FROM posts WHERE key = ? ORDER BY file, rowid"


@runtime_checkable
class Stored(Protocol):
    """A record whose bytes can be read without decoding them as a picture."""

    @property
    def id(self) -> str: ...

    def open(self) -> BinaryIO:
        """The bytes, from the start; raises OSError or DecodeError."""
        ...


def may_hold_metadata(name: str) -> bool:
    """Whether a file, by its suffix, may hold posts or a caption."""
    return inner_suffix(name) in (*JSON_SUFFIXES, *TABLE_SUFFIXES, *CAPTION_SUFFIXES)


def described(record: Any, metadata: Metadata) -> Any:
    """The record with its metadata; another stamp for other metadata."""
    digest = sha256_bytes(json.dumps(metadata.known()).encode())[:12]
    return replace(record, metadata=metadata, stamp=f"{record.stamp} {digest}")


def index_sidecars(records: Iterable[Record], extra: Iterable[Stored], path: Path) -> Path:
    """Write the index of all metadata among `records`, and of the files of posts `extra`, to `path`."""
    with atomic_path(path) as temporary, closing(sqlite3.connect(temporary, isolation_level=None)) as db:
        db.executescript(_TABLES)
        db.execute("BEGIN")
        for record in records:
            if isinstance(record, RefusedRecord):
                continue
            if isinstance(record, Stored) and may_hold_metadata(record.id):
                _index_file(db, record)
            else:
                keys = (_place(record.id) + stem for stem in name_stems(_base(record.id)))
                db.executemany("INSERT OR IGNORE INTO pictures VALUES (?)", ((key,) for key in keys))
        for file in extra:
            _add_posts(db, _add_file(db, file.id, ""), read_values(file.id, file.open), "")
        db.execute("COMMIT")
        db.executescript(_FINISH)
    return path


def joined(list_records: Callable[[], Iterator[Record]], index: Path) -> Iterator[Record]:
    """The records of a source with their metadata from an index; see `Sidecars.join`."""
    sidecars = Sidecars(index)
    try:
        yield from sidecars.join(list_records)
    finally:
        sidecars.close()


class Sidecars:
    """A finished index. `metadata` matches a picture; `left` lists the metadata files that matched none."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        (self._any,) = self._db.execute("SELECT count(*) FROM posts").fetchone()
        self._used: set[int] = set()

    def join(self, list_records: Callable[[], Iterator[Record]]) -> Iterator[Record]:
        """Yield every picture with its metadata, then a record for each metadata file that matches no picture.

        Unmatched files without posts are yielded unchanged. They come last, in a second listing of the records, since
        the first listing determines which files match.
        """
        unsure = False
        for record in list_records():
            if isinstance(record, RefusedRecord) or not may_hold_metadata(record.id):
                yield self._described(record)
            elif (number := self._beside(record.id)) is not None:
                yield from self._bad(number, record)
            else:
                unsure = True
        if unsure:
            for record in list_records():
                if not isinstance(record, RefusedRecord) and may_hold_metadata(record.id):
                    yield from self._left(record)

    def close(self) -> None:
        self._db.close()

    def _described(self, record: Record) -> Record:
        if isinstance(record, RefusedRecord) or not self._any:
            return record
        metadata = self._metadata(record.id)
        found: Record = record if metadata is None else described(record, metadata)
        return found

    def _metadata(self, name: str) -> Metadata | None:
        """The metadata of a picture; empty metadata when its own file has no usable values."""
        caption: str | None = None
        for key in _lookup_keys(name):
            rows = self._db.execute(_LOOKUP, (key,)).fetchall()
            if key.startswith("*") and len(rows) > 1:
                continue  # several posts for one file name: none is known to be the right one
            self._used.update(file for file, _, _ in rows)
            posts = [row for _, is_caption, row in rows if not is_caption]
            if posts:
                return Metadata(**json.loads(posts[-1]))  # of two posts of one id the later one counts
            caption = caption or next((row for _, _, row in rows if row is not None), None)
        return None if caption is None else Metadata(rating=caption)

    def _beside(self, name: str) -> int | None:
        """The number of a metadata file with a picture beside it."""
        query = "SELECT number FROM files JOIN beside USING (number) WHERE name = ?"
        row = self._db.execute(query, (name,)).fetchone()
        return None if row is None else int(row[0])

    def _left(self, record: Record) -> Iterator[Record]:
        row = self._db.execute("SELECT number, posts FROM files WHERE name = ?", (record.id,)).fetchone()
        if row is None or self._beside(record.id) is not None:
            return
        number, posts = row
        if number in self._used:
            yield from self._bad(number, record)
        elif posts:
            detail = f"{record.id} holds posts, but no picture of this source has their name, MD5 or id"
            yield RefusedRecord(record.id, record.stamp, "unmatched-metadata", detail)
        else:
            yield record

    def _bad(self, number: int, record: Record) -> Iterator[Record]:
        for line, why in self._db.execute("SELECT line, why FROM bad WHERE file = ? ORDER BY rowid", (number,)):
            name = f"{record.id}:{line}" if line else record.id
            yield RefusedRecord(name, f"{record.stamp} {why}", "bad-metadata", f"{name} is not a post: {why}")


def _index_file(db: sqlite3.Connection, record: Stored) -> None:
    own = _place(record.id) + unpacked(_base(record.id)).rpartition(".")[0]
    number = _add_file(db, record.id, own)
    if inner_suffix(record.id) in CAPTION_SUFFIXES:
        _add_post(db, number, [own], _caption(record), caption=True)
        return
    values = read_values(record.id, record.open)
    first = list(islice(values, 2))
    if inner_suffix(record.id) == ".json" and len(first) == 1:
        _add_sidecar(db, number, own, first[0])
    else:
        _add_posts(db, number, chain(first, values), _place(record.id))


def _add_sidecar(db: sqlite3.Connection, number: int, own: str, found: RawPost | BadLine) -> None:
    """Index a file of one post; a picture beside an unreadable post has unknown metadata."""
    keys, metadata = [own, f"*{own.rpartition('/')[2]}"], Metadata()
    try:
        if isinstance(found, BadLine):
            raise ValueError(found.why)
        keys, metadata = keys + _keys(found[1], _place(own)), _rated(found[1])
        if metadata != Metadata():
            db.execute("UPDATE files SET posts = 1 WHERE number = ?", (number,))
    except ValueError as error:
        db.execute("INSERT INTO bad VALUES (?, 0, ?)", (number, str(error)))
    _add_post(db, number, keys, json.dumps(metadata.known()))


def _add_posts(db: sqlite3.Connection, number: int, values: Iterable[RawPost | BadLine], place: str) -> None:
    """Index the posts of a file in the folder `place` by the name, MD5 or id in each post."""
    good = bad = 0
    for found in values:
        try:
            if isinstance(found, BadLine):
                raise ValueError(found.why)
            metadata = _rated(found[1])
        except ValueError as error:
            bad += 1
            if bad <= MAX_NAMED:
                line = found.line if isinstance(found, BadLine) else found[0]
                db.execute("INSERT INTO bad VALUES (?, ?, ?)", (number, line, str(error)))
            continue
        if metadata.rating is not None:
            good += 1
            _add_post(db, number, _keys(found[1], place), json.dumps(metadata.known()))
    db.execute("UPDATE files SET posts = ? WHERE number = ?", (good, number))


def _add_file(db: sqlite3.Connection, name: str, key: str) -> int:
    return int(db.execute("INSERT INTO files VALUES (NULL, ?, ?, 0)", (name, key)).lastrowid or 0)


def _add_post(
    db: sqlite3.Connection, number: int, keys: Iterable[str], row: str | None, *, caption: bool = False
) -> None:
    db.executemany("INSERT INTO posts VALUES (?, ?, ?, ?)", [(key, number, int(caption), row) for key in keys])


def _rated(post: Any) -> Metadata:
    """The metadata of a post with the rating as a word; raises ValueError that names the error in the post."""
    _, metadata = parse_post(post)
    return replace(metadata, rating=rating_word(metadata.rating, old=is_old_form(post)))


def _caption(record: Stored) -> str | None:
    """The metadata of a caption: its rating."""
    try:
        with record.open() as file:
            return caption_rating(file.read(MAX_CAPTION).decode("utf-8", "replace"))
    except (OSError, ValueError):
        return None


def _keys(post: Mapping[str, Any], place: str) -> list[str]:
    """The keys of a post by its path, also as seen from the folder `place`, its MD5 and its id; raises ValueError."""
    paths = [normal_path(value) for name in FILE_NAMES if isinstance(value := post.get(name), str)]
    keys = [key for path in paths for key in (path, place + path, f"*{_base(path)}")]
    number, metadata = parse_post(post)
    keys += [f"md5 {metadata.md5.lower()}"] if metadata.md5 else []
    keys += [] if number is None else [f"post {number}"]
    return list(dict.fromkeys(keys))


def _lookup_keys(name: str) -> list[str]:
    """The keys of a picture, the most reliable first."""
    stems = name_stems(_base(name))
    md5, number = md5_in(stems[0]), post_in_file_name(stems[0])
    keys = [_place(name) + stem for stem in stems]
    keys += [f"md5 {md5}"] if md5 else []
    return keys + ([f"post {number}"] if number is not None else []) + [f"*{stem}" for stem in stems]


def _place(name: str) -> str:
    """The folder of a record, with its slash."""
    folder = normal_path(name).rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _base(name: str) -> str:
    return normal_path(name).rpartition("/")[2]
