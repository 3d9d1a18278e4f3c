"""Files of Danbooru posts, read once into an index on disk: the memory used does not grow with their size.

The index is sorted by bucket (id mod 1000), as the folders of a mirror are: the posts of one folder are read together.
A line that is not a post is counted and named; the other lines are used.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path, sha256_bytes
from benchmark.core.progress import progress
from builder.core.recipe import SourceRecipe
from builder.sources.metadata import Metadata, is_old_form, parse_post, rating_word
from builder.sources.post_formats import JSON_SUFFIXES, TABLE_SUFFIXES, BadLine, inner_suffix, read_values

MAX_NAMED = 1000  # bad lines named per file; further ones are only counted
BATCH = 5000
SUFFIXES = (*JSON_SUFFIXES, *TABLE_SUFFIXES, "")  # the edition of 2017 has none
_BUCKET_BITS = 40  # bits of the id in a key; the bucket is in the higher bits

_TABLES = """
CREATE TABLE posts (key INTEGER PRIMARY KEY, old INTEGER, row TEXT);
CREATE TABLE bad (file TEXT, line INTEGER, why TEXT);
CREATE TABLE facts (posts INTEGER, bad INTEGER, general INTEGER);
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
"""


def post_files(place: Path) -> list[Path]:
    """The files of posts at a path: the file itself, or the files of a folder with a known suffix, sorted by name."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.glob("*") if path.is_file() and _is_posts(path))


def named_posts(recipe: SourceRecipe) -> tuple[Path, ...]:
    """The files of posts of `source.metadata`; empty without it. Raises AnibenchError when the path holds no posts."""
    if recipe.metadata is None:
        return ()
    files = post_files(Path(recipe.metadata))
    if not files:
        raise AnibenchError(f"there are no posts in {recipe.metadata}; set source.metadata to their file or folder")
    return tuple(files)


def stamp_files(files: Sequence[Path]) -> str:
    """A hash of names, sizes and times of the files."""
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return sha256_bytes(json.dumps(stats).encode())[:16]


class Posts:
    """A finished index of posts."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        self.count, self.bad_count, general = self._db.execute("SELECT * FROM facts").fetchone()
        self._old = not general  # without a post rated general, the ratings are those before 2022

    def bucket(self, number: int) -> dict[int, Metadata]:
        """The metadata of every post of a bucket, by post id."""
        low = number << _BUCKET_BITS
        rows = self._db.execute("SELECT * FROM posts WHERE key BETWEEN ? AND ?", (low, low + (1 << _BUCKET_BITS) - 1))
        return {key - low: self._metadata(bool(old), row) for key, old, row in rows}

    def bad_lines(self) -> Iterator[BadLine]:
        """The named bad lines, in the order of the files."""
        return (BadLine(*row) for row in self._db.execute("SELECT file, line, why FROM bad ORDER BY rowid"))

    def close(self) -> None:
        self._db.close()

    def _metadata(self, old: bool, row: str) -> Metadata:
        metadata = Metadata(**json.loads(row))
        return replace(metadata, rating=rating_word(metadata.rating, old=old or self._old))


def index_posts(files: Sequence[Path], folder: Path) -> Path:
    """The index of `files` in `folder`, written unless it exists; of two posts with one id the later one counts."""
    path = folder / f"posts-{stamp_files(files)}.sqlite"
    if path.exists():
        return path
    total = sum(file.stat().st_size for file in files)
    with atomic_path(path) as temporary, closing(sqlite3.connect(temporary, isolation_level=None)) as db:
        db.executescript(_TABLES)
        with progress("Metadata", total >> 20, unit="MiB") as advance:
            for file in files:
                _index_file(db, file)
                advance(file.stat().st_size >> 20, file.name)
        (count,) = db.execute("SELECT count(*) FROM posts").fetchone()
        (bad,) = db.execute("SELECT count(*) FROM bad").fetchone()
        general = db.execute('SELECT 1 FROM posts WHERE row LIKE \'%"rating": "g%\' LIMIT 1').fetchone()
        db.execute("INSERT INTO facts VALUES (?, ?, ?)", (count, bad, int(general is not None)))
        if not count:
            names = ", ".join(file.name for file in files[:5])
            first = db.execute("SELECT file, line, why FROM bad LIMIT 1").fetchone()
            why = f"; {first[0]} line {first[1]}: {first[2]}" if first else ""
            raise AnibenchError(f"there is no post in {names}{why}. Posts are JSON objects, or rows of CSV or parquet")
    return path


def read_posts(file: Path) -> Iterator[tuple[int, Any, Metadata] | BadLine]:
    """Yield (id, raw post, metadata) for each post of a file, or a BadLine."""
    for found in read_values(file.name, lambda: file.open("rb")):
        if isinstance(found, BadLine):
            yield found
            continue
        try:
            number, metadata = parse_post(found[1])
            yield _checked_id(number), found[1], metadata
        except ValueError as error:
            yield BadLine(file.name, found[0], str(error))


def _checked_id(number: int | None) -> int:
    if number is None:
        raise ValueError("it has no id")
    if not 0 <= number < 1 << _BUCKET_BITS:
        raise ValueError(f"its id is {number}")
    return number


def _index_file(db: sqlite3.Connection, file: Path) -> None:
    rows: list[tuple[int, int, str]] = []
    named = unnamed = 0
    db.execute("BEGIN")
    for found in read_posts(file):
        if isinstance(found, BadLine):
            named, unnamed = (named + 1, unnamed) if named < MAX_NAMED else (named, unnamed + 1)
            if not unnamed:
                db.execute("INSERT INTO bad VALUES (?, ?, ?)", (found.file, found.line, found.why))
            continue
        number, post, metadata = found
        rows.append(((number % 1000) << _BUCKET_BITS | number, int(is_old_form(post)), json.dumps(metadata.known())))
        if len(rows) == BATCH:
            _insert(db, rows)
    _insert(db, rows)
    if unnamed:
        db.execute("INSERT INTO bad VALUES (?, 0, ?)", (file.name, f"{unnamed} more lines are not posts"))
    db.execute("COMMIT")


def _insert(db: sqlite3.Connection, rows: list[tuple[int, int, str]]) -> None:
    db.executemany("INSERT OR REPLACE INTO posts VALUES (?, ?, ?)", rows)
    rows.clear()


def _is_posts(path: Path) -> bool:
    return not path.name.startswith(".") and inner_suffix(path.name) in SUFFIXES
