"""Files of a folder, as records. Every file is listed; files that are not opened are refused by name.

Metadata among the pictures, and the posts that `source.metadata` names, are joined with the pictures.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from benchmark.core.files import sha256_bytes
from benchmark.data.decode import DecodeRecipe, read_content, read_picture
from builder.core.recipe import SourceRecipe
from builder.sources.metadata import Metadata
from builder.sources.posts import named_posts, stamp_files
from builder.sources.sidecars import index_sidecars, joined
from builder.sources.source import UNKNOWN_LICENCE, Picture, Record, RefusedRecord, Source


@dataclass(frozen=True)
class FileRecord:
    """A picture file."""

    id: str
    stamp: str
    path: Path
    metadata: Metadata | None = None

    def load(self, recipe: DecodeRecipe) -> Picture:
        content = read_content(self.path, recipe, self.id)
        return decoded(content, recipe, self.id, self.metadata)

    def open(self) -> BinaryIO:
        return self.path.open("rb")


def decoded(content: bytes, recipe: DecodeRecipe, name: str, metadata: Metadata | None) -> Picture:
    """The picture of a file's bytes; raises DecodeError that names it."""
    return Picture(read_picture(content, recipe, name), sha256_bytes(content), metadata or Metadata())


def is_hidden(name: str) -> bool:
    """Whether a file, by its path in the source, is a hidden or system file."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


@dataclass(frozen=True)
class Folder:
    """Every file under `root`, sorted by name; pictures have metadata once the source is prepared."""

    root: Path
    metadata: tuple[Path, ...] = ()  # files of posts outside of the folder, or named by source.metadata
    index: Path | None = None
    licence: str = UNKNOWN_LICENCE

    @property
    def name(self) -> str:
        return self.root.resolve().name or "pictures"

    @property
    def described(self) -> bool:
        return bool(self.metadata)

    @property
    def stamp(self) -> str:
        return stamp_files(self.metadata) if self.metadata else ""

    def prepared(self, scratch: Path) -> Source:
        posts = (FileRecord(path.name, "", path) for path in self.metadata)
        return replace(self, index=index_sidecars(walk(self.root), posts, scratch / "sidecars.sqlite"))

    def records(self) -> Iterator[Record]:
        return walk(self.root) if self.index is None else joined(lambda: walk(self.root), self.index)


def open_folder(path: str, recipe: SourceRecipe) -> Folder:
    """A folder of pictures; raises AnibenchError when `source.metadata` names no posts."""
    return Folder(Path(path), named_posts(recipe))


def walk(root: Path, prefix: str = "") -> Iterator[FileRecord | RefusedRecord]:
    """Yield a record for every file below `root`, sorted by name; each id starts with `prefix`."""
    return _walk(root, prefix, os.path.realpath(root))


def _walk(folder: Path, prefix: str, root: str) -> Iterator[FileRecord | RefusedRecord]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        name = prefix.rstrip("/") or folder.name
        yield RefusedRecord(name, "", "unreadable", f"{name} cannot be listed: {error.strerror}")
        return
    for entry in found:
        name = prefix + _printable(entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/", root)
        else:
            yield _file_record(entry, name, root)


def _file_record(entry: os.DirEntry[str], name: str, root: str) -> FileRecord | RefusedRecord:
    """The record of a file. A link is followed if its target is under the root."""
    try:
        status = entry.stat()
    except OSError as error:
        broken = entry.is_symlink()
        reason, what = ("broken-link", "is a broken link") if broken else ("unreadable", "cannot be read")
        return RefusedRecord(name, "", reason, f"{name} {what}: {error.strerror}")
    stamp = f"{status.st_size} {status.st_mtime_ns}"
    if is_hidden(name):
        return RefusedRecord(name, stamp, "hidden-file", f"{name} is a hidden or system file, not a picture")
    if entry.is_symlink():
        target = os.path.realpath(entry.path)
        if os.path.commonpath([target, root]) != root:
            return RefusedRecord(name, stamp, "link-out-of-source", f"{name} links to a file outside the source")
        if stat.S_ISDIR(status.st_mode):
            return RefusedRecord(
                name, stamp, "link-to-folder", f"{name} links to a folder, which is listed under its own path"
            )
    if not stat.S_ISREG(status.st_mode):
        return RefusedRecord(name, stamp, "not-a-file", f"{name} is a device, pipe or socket")
    return FileRecord(name, stamp, Path(entry.path))


def _printable(name: str) -> str:
    """A file name as valid UTF-8: other bytes are written as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
