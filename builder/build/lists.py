"""The lists `select.takedown` and `select.allow`, and the matching of their entries with the pictures of a source.

An entry is a source id, a path (or any end of it, with or without suffix), a post id, the URL of a post, or the MD5 or
SHA-256 of a file. In a CSV file the first column is read. Each line has three readings: the whole line, the line
without a comment after ` #`, and the first CSV cell. The first reading that matches a picture counts. Lines that begin
with `#` are comments.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes
from builder.core.recipe import SelectRecipe
from builder.sources.names import md5_in, normal_path, path_tails, post_in_file_name, post_in_text, without_suffix
from builder.sources.sidecars import Stored
from builder.sources.source import Record

HEADINGS = frozenset({"id", "post", "post_id", "source_id", "source_path", "name", "file", "filename", "file_name",
                      "path", "md5", "sha256", "url"})  # fmt: skip  # of a CSV's first column
SHOWN = 10  # entries named in an error
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_COMMENT = re.compile(r"\s#.*")


@dataclass(frozen=True)
class ListEntry:
    """A line of a list: `readings` are its possible keys, the most likely reading first."""

    line: int
    text: str
    readings: tuple[frozenset[str], ...]
    optional: bool  # a comment or a heading; no error when it matches nothing


@dataclass(frozen=True)
class Lists:
    """Both lists; None when the recipe names no list."""

    allow: tuple[ListEntry, ...] | None = None
    takedown: tuple[ListEntry, ...] | None = None
    stamp: str = ""  # hash of their contents

    def match(self, records: Iterable[Record]) -> "Matches":
        """Match the entries with the records of a prepared source. Files are hashed only if an entry is a hash."""
        allow, takedown = _Matcher(self.allow or ()), _Matcher(self.takedown or ())
        hashed = allow.hashes or takedown.hashes
        for record in records:
            keys = picture_keys(record, hashed=hashed)
            allow.match(record.id, keys)
            takedown.match(record.id, keys)
        return Matches(
            None if self.allow is None else allow.matched(), takedown.matched(), allow.unmatched(), takedown.unmatched()
        )


@dataclass(frozen=True)
class Matches:
    """Source ids of the pictures on each list (`allowed` None: any), and the entries that match no picture."""

    allowed: frozenset[str] | None = None
    taken_down: frozenset[str] = frozenset()
    unmatched_allow: tuple[ListEntry, ...] = ()
    unmatched_takedown: tuple[ListEntry, ...] = ()

    def refuse(self, source_id: str) -> tuple[str, str] | None:
        """Reason and text when a list excludes a picture, else None."""
        if source_id in self.taken_down:
            return "taken-down", f"{source_id} is on the list of takedowns (select.takedown)"
        if self.allowed is not None and source_id not in self.allowed:
            return "not-allowed", f"{source_id} is not on the list of allowed pictures (select.allow)"
        return None


def read_lists(recipe: SelectRecipe) -> Lists:
    """Read the lists of a recipe; raises AnibenchError that names an unreadable file."""
    texts = [None if name is None else _read(Path(name)) for name in (recipe.allow, recipe.takedown)]
    allow, takedown = (None if text is None else tuple(_entries(text)) for text in texts)
    stamp = "" if texts == [None, None] else sha256_bytes(repr(texts).encode())[:16]
    return Lists(allow, takedown, stamp)


def describe_entries(entries: Sequence[ListEntry]) -> str:
    """The entries and their line numbers, for a message."""
    named = ", ".join(f"line {entry.line} {entry.text!r}" for entry in entries[:SHOWN])
    return named + (f" and {len(entries) - SHOWN} more" if len(entries) > SHOWN else "")


def picture_keys(record: Record, *, hashed: bool = False) -> set[str]:
    """The keys of a picture: names, post id, URL, known MD5; with `hashed` also MD5 and SHA-256 of its bytes."""
    path = normal_path(record.id)
    name = path.rpartition("/")[2]
    keys = {f"full {full}" for full in (path, without_suffix(path))}
    for tail in path_tails(path):
        keys |= {f"name {tail}", f"name {without_suffix(tail)}"}
    post, md5, known = post_in_file_name(name), md5_in(name), record.metadata
    keys |= set() if post is None else {f"post {post}"}
    keys |= set() if md5 is None else {f"hash {md5}"}
    if known is not None:
        keys |= {f"hash {known.md5.lower()}"} if known.md5 else set()
        keys |= {f"url {known.source_url}"} if known.source_url else set()
    return keys | (_hash_keys(record) if hashed else set())


def _hash_keys(record: Record) -> set[str]:
    """The hashes of a picture's bytes; empty for a record without a readable file."""
    if not isinstance(record, Stored):
        return set()
    try:
        with record.open() as file:
            content = file.read()
    except (OSError, AnibenchError):
        return set()
    return {f"hash {hashlib.md5(content).hexdigest()}", f"hash {sha256_bytes(content)}"}


class _Matcher:
    """Matches the entries of one list with pictures, by the first reading that matches any."""

    def __init__(self, entries: Sequence[ListEntry]) -> None:
        self._entries = entries
        self._readings: dict[str, list[tuple[int, int]]] = {}
        self._found: dict[int, tuple[int, set[str]]] = {}  # entry -> (reading, ids that it matches)
        for number, entry in enumerate(entries):
            for place, keys in enumerate(entry.readings):
                for key in keys:
                    self._readings.setdefault(key, []).append((number, place))
        self.hashes = any(key.startswith("hash ") for key in self._readings)

    def match(self, source_id: str, keys: Iterable[str]) -> None:
        for number, place in (found for key in keys for found in self._readings.get(key, ())):
            before = self._found.get(number)
            if before is None or place < before[0]:
                self._found[number] = (place, {source_id})
            elif place == before[0]:
                before[1].add(source_id)

    def matched(self) -> frozenset[str]:
        return frozenset(source_id for _, ids in self._found.values() for source_id in ids)

    def unmatched(self) -> tuple[ListEntry, ...]:
        left = (entry for number, entry in enumerate(self._entries) if number not in self._found)
        return tuple(entry for entry in left if not entry.optional)


def _entries(text: str) -> Iterator[ListEntry]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        comment = line.lstrip().startswith("#")
        texts = (
            [line] if comment else [reading for whole in (line, _COMMENT.sub("", line)) for reading in _cells(whole)]
        )
        readings = dict.fromkeys(frozenset(_reading_keys(reading)) for reading in texts if reading.strip())
        heading = number == 1 and texts[-1].strip().lower() in HEADINGS
        yield ListEntry(number, line.strip(), tuple(readings), comment or heading)


def _cells(line: str) -> list[str]:
    """The whole line, and its first CSV cell."""
    try:
        row = next(csv.reader([line]), [])
    except csv.Error:
        row = []
    return [line, *row[:1]]


def _reading_keys(text: str) -> Iterator[str]:
    """The possible keys of a text."""
    stripped = text.strip()
    post, lower = post_in_text(stripped), stripped.lower()
    if post is not None:
        yield f"post {post}"
    if _HASH.fullmatch(lower):
        yield f"hash {lower}"
    if "://" in stripped:
        yield f"url {stripped}"
        name, md5 = stripped.partition("?")[0].rstrip("/").rpartition("/")[2], md5_in(stripped)
        yield from (f"name {name}",) if "." in name else ()
        yield from () if md5 is None else (f"hash {md5}",)
        return
    tails = path_tails(normal_path(text))
    yield f"name {tails[0]}"
    yield from (f"full {tail}" for tail in tails[1:])


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AnibenchError(f"{path} cannot be read as a list with one entry per line: {error}") from error
