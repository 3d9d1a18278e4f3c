"""Tar shards, read in order and never extracted: pictures alone, or with the metadata that `sidecars` matches by name.

Only regular files with a relative name inside the shard are read. Links, devices, other names and second members of one
name are dropped and named. A truncated or damaged shard gives the members before the damage, and one refused record.
"""

import glob
import io
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from benchmark.core.errors import AnibenchError
from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.core.recipe import SourceRecipe
from builder.sources.folder import FileRecord, decoded, is_hidden
from builder.sources.metadata import Metadata
from builder.sources.posts import named_posts, stamp_files
from builder.sources.sidecars import index_sidecars, joined
from builder.sources.source import UNKNOWN_LICENCE, Picture, Record, RefusedRecord, Source

MAX_HELD = 64 * 2**20  # bytes of a member that is held in memory: a picture of a compressed shard, a file of posts
MAX_EXTRA = 2**20  # bytes of a header's extension, which tarfile reads in one piece
_EXTENSIONS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


@dataclass(frozen=True)
class TarRecord:
    """A picture in a shard: the position of its bytes, or the bytes of a member of a compressed shard."""

    id: str
    stamp: str
    shard: Path
    offset: int
    size: int
    metadata: Metadata | None = None
    content: bytes | None = None

    def load(self, recipe: DecodeRecipe) -> Picture:
        if self.size > recipe.max_bytes:
            raise DecodeError("file-too-large", f"{self.id} has more than {recipe.max_bytes} bytes (decode.max_bytes)")
        if self.content is not None and self.size > MAX_HELD:
            raise DecodeError("file-too-large", f"{self.id} is too large for a compressed shard: {self.size} bytes")
        content = self._read() if self.content is None else self.content
        if len(content) < self.size:
            raise DecodeError("truncated", f"{self.id} is cut off: its shard holds {len(content)} of {self.size} bytes")
        return decoded(content, recipe, self.id, self.metadata)

    def open(self) -> BinaryIO:
        if self.size > MAX_HELD:
            raise OSError(f"{self.id} has {self.size} bytes; the limit for a member is {MAX_HELD}")
        return io.BytesIO(self._read() if self.content is None else self.content)

    def _read(self) -> bytes:
        try:
            with self.shard.open("rb") as file:
                file.seek(self.offset)
                return file.read(self.size)
        except OSError as error:
            raise DecodeError("unreadable", f"{self.id} cannot be read: {error.strerror}") from error


@dataclass(frozen=True)
class Shards:
    """Tar files, sorted by name; their pictures have metadata once the source is prepared."""

    paths: tuple[Path, ...]
    metadata: tuple[Path, ...] = ()  # files of posts outside of the shards
    index: Path | None = None
    licence: str = UNKNOWN_LICENCE

    @property
    def name(self) -> str:
        return _common(self.paths).name or "shards"

    @property
    def described(self) -> bool:
        return bool(self.metadata)

    @property
    def stamp(self) -> str:
        return stamp_files(self.paths + self.metadata)

    def prepared(self, scratch: Path) -> Source:
        posts = (FileRecord(path.name, "", path) for path in self.metadata)
        return replace(self, index=index_sidecars(self._members(), posts, scratch / "sidecars.sqlite"))

    def records(self) -> Iterator[Record]:
        return self._members() if self.index is None else joined(self._members, self.index)

    def _members(self) -> Iterator[Record]:
        root = _common(self.paths)
        for path in self.paths:
            yield from _shard(path, path.absolute().relative_to(root).as_posix())


def open_shards(pattern: str, recipe: SourceRecipe) -> Shards:
    """Open the shards that match a pattern; raises AnibenchError when there are none."""
    names = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  a pattern may start anywhere
    paths = tuple(Path(name) for name in names if Path(name).is_file())
    if not paths:
        raise AnibenchError(f"no file matches {pattern}; write tar:PATTERN, e.g. 'tar:shards/data-*.tar'")
    return Shards(paths, named_posts(recipe))


class _Strict(tarfile.TarInfo):
    """A reader for which damaged or truncated headers and a missing end mark are errors, not the end of the archive."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: str, errors: str) -> "_Strict":
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the end mark
            what = "it ends without its end mark" if not buf else f"damaged header ({error})"
            raise tarfile.ReadError(what) from error
        if info.type in _EXTENSIONS and info.size > MAX_EXTRA:
            raise tarfile.ReadError(f"a header of {info.size} bytes")
        return info


def _shard(path: Path, name: str) -> Iterator[Record]:
    """Yield the members in order, and after damage a last record with the error."""
    try:
        yield from _members(path, name)
    except AnibenchError:
        raise
    except Exception as error:  # tarfile and three unpackers raise nearly anything on a damaged file
        text = f"{name} is damaged; the rest cannot be read: {error or type(error).__name__}"
        yield RefusedRecord(name, "", "damaged-shard", text)


def _members(path: Path, name: str) -> Iterator[Record]:
    status = path.stat()
    packing = _packing(path)
    seen: set[str] = set()
    mode: Any = f"r|{packing}" if packing else "r:"
    with tarfile.open(path, mode, tarinfo=_Strict) as shard:
        while (info := shard.next()) is not None:
            shard.members = []  # type: ignore[attr-defined]  # it would remember every member
            if info.isdir():
                continue
            member = info.name.removeprefix("./")
            record_id = f"{name}/{_printable(member)}"
            stamp = f"{status.st_size} {status.st_mtime_ns} {info.offset}"
            refused = _refuse(info, record_id, member in seen)
            if refused is not None:
                place = "" if member not in seen else f"#{info.offset}"
                yield RefusedRecord(record_id + place, stamp, *refused)
            else:
                content = _held(shard, info) if packing else None
                yield TarRecord(record_id, stamp, path, info.offset_data, info.size, None, content)
            seen.add(member)


def _refuse(info: tarfile.TarInfo, name: str, again: bool) -> tuple[str, str] | None:
    """Reason and text when a member must not be read, else None."""
    parts = info.name.split("/")
    if info.name.startswith("/") or ".." in parts or "\\" in info.name or "\0" in info.name or ":" in parts[0]:
        return "unsafe-name", f"{name} has a name that leads out of its shard"
    if info.issym() or info.islnk():
        return "link", f"{name} is a link to {_printable(info.linkname)}, which is not followed"
    if not info.isreg() or info.issparse():
        return "not-a-file", f"{name} is a device, pipe or sparse file"
    if again:
        return "duplicate-name", f"{name} occurs twice in its shard; the first one is used"
    if is_hidden(name):
        return "hidden-file", f"{name} is a hidden or system file, not a picture"
    return None


def _held(shard: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    """A member's bytes; empty for a member above the size limit, which is detected by its size."""
    return _bytes(shard, info) if info.size <= MAX_HELD else b""


def _bytes(shard: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = shard.extractfile(info)
    return b"" if file is None else file.read()


def _packing(path: Path) -> str | None:
    """The compression of a shard, from its first bytes."""
    with path.open("rb") as file:
        start = file.read(6)
    marks = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
    return next((packing for mark, packing in marks.items() if start.startswith(mark)), None)


def _common(paths: tuple[Path, ...]) -> Path:
    return Path(os.path.commonpath([path.absolute().parent for path in paths]))


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
