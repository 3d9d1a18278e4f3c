"""Where pictures come from. A source lists light records, in one order, as often as asked; nothing is opened yet.

A record is small, picklable, and loads its own picture in whichever process it lands. A new source (a mirror, tar
shards) is a class with `name`, `licence` and `records`, and a prefix in `open_source`.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from benchmark.dataset import pixel_hash
from benchmark.errors import AnibenchError
from benchmark.files import Image, sha256_bytes
from builder.decode import DecodeError, read_content, read_picture
from builder.recipe import DecodeRecipe

UNKNOWN_LICENCE = (
    "Unknown. The pictures belong to their artists; nothing here permits passing them on. For private research."
)
OWN_LICENCE = "Apache-2.0: drawn by anibench itself."


@dataclass(frozen=True)
class Credit:
    """What a source knows of a picture's origin; None where it knows nothing."""

    artist: str | None = None
    character: str | None = None
    rating: str | None = None
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True)
class Picture:
    """A loaded picture: RGB uint8 (H, W, 3), the SHA-256 of what it was loaded from, and its credit."""

    rgb: Image
    sha256: str
    credit: Credit


class Record(Protocol):
    """One picture of a source, not yet opened."""

    @property
    def id(self) -> str:
        """Unique in the source and stable; for files the path relative to the root, with forward slashes."""
        ...

    @property
    def stamp(self) -> str:
        """Changes when the picture may have changed."""
        ...

    def load(self, recipe: DecodeRecipe) -> Picture:
        """Open and decode; raises DecodeError with a reason that names the file."""
        ...


class Source(Protocol):
    """A place that lists records."""

    @property
    def name(self) -> str:
        """Short, without the machine's paths: it names the dataset."""
        ...

    @property
    def licence(self) -> str: ...

    def records(self) -> Iterator[Record]:
        """Every record, one at a time, ordered the same way at each call."""
        ...


@dataclass(frozen=True)
class FileRecord:
    """A picture file."""

    id: str
    stamp: str
    path: Path

    def load(self, recipe: DecodeRecipe) -> Picture:
        content = read_content(self.path, recipe, self.id)
        return Picture(read_picture(content, recipe, self.id), sha256_bytes(content), Credit())


@dataclass(frozen=True)
class RefusedRecord:
    """Something a folder holds that is not to be opened; it is listed so that it is accounted for."""

    id: str
    stamp: str
    reason: str
    detail: str

    def load(self, recipe: DecodeRecipe) -> Picture:
        raise DecodeError(self.reason, self.detail)


@dataclass(frozen=True)
class DrawnRecord:
    """An illustration that is drawn when it is loaded."""

    seed: int

    @property
    def id(self) -> str:
        return f"drawn/{self.seed:07d}"

    @property
    def stamp(self) -> str:
        return "drawn"

    def load(self, recipe: DecodeRecipe) -> Picture:
        from builder.drawn import draw_illustration

        drawing = draw_illustration(self.seed)

        def known(key: str) -> str | None:
            value = drawing.metadata.get(key)
            return None if value is None else str(value)

        credit = Credit(known("artist"), known("character"), known("rating"), "Apache-2.0", "anibench")
        return Picture(drawing.color, pixel_hash(drawing.color), credit)


@dataclass(frozen=True)
class Folder:
    """Every file under `root`, in the order of their names."""

    root: Path
    licence: str = UNKNOWN_LICENCE

    @property
    def name(self) -> str:
        return self.root.resolve().name or "pictures"

    def records(self) -> Iterator[Record]:
        return _walk(self.root, "", os.path.realpath(self.root))


@dataclass(frozen=True)
class Drawn:
    """`count` drawn illustrations."""

    count: int
    licence: str = OWN_LICENCE

    @property
    def name(self) -> str:
        return f"drawn-{self.count}"

    def records(self) -> Iterator[Record]:
        return (DrawnRecord(seed) for seed in range(self.count))


def open_source(text: str) -> Source:
    """A folder, or `drawn:N`; raises AnibenchError that says what is wrong with it."""
    count = drawn_count(text)
    if count is not None:
        return Drawn(count)
    root = Path(text)
    if not root.exists():
        raise AnibenchError(f"{text} does not exist; give a folder of pictures, or drawn:N to have N of them drawn")
    if not root.is_dir():
        raise AnibenchError(f"{text} is a file; give the folder that holds it")
    return Folder(root)


def drawn_count(text: str) -> int | None:
    """N of `drawn:N`, None for anything else; raises AnibenchError where N is no number of pictures."""
    prefix, colon, rest = text.partition(":")
    if not colon or prefix != "drawn":
        return None
    if not rest.isdecimal() or int(rest) == 0:
        raise AnibenchError(f"{text}: write drawn:N with the number of pictures to draw, e.g. drawn:24")
    return int(rest)


def survey(source: Source) -> tuple[int, str]:
    """How many records a source has, and a SHA-256 over their ids and stamps: another one means it has changed."""
    count, digest = 0, sha256()
    for record in source.records():
        count += 1
        digest.update(f"{record.id}\0{record.stamp}\n".encode())
    if not count:
        raise AnibenchError("the source holds no file at all")
    return count, digest.hexdigest()


def _walk(folder: Path, prefix: str, root: str) -> Iterator[Record]:
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


def _file_record(entry: os.DirEntry[str], name: str, root: str) -> Record:
    """A record for anything but a folder. The target of a link counts, as long as it lies under the root."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    try:
        status = entry.stat()
    except OSError as error:
        broken = entry.is_symlink()
        reason, what = ("broken-link", "is a broken link") if broken else ("unreadable", "cannot be read")
        return RefusedRecord(name, "", reason, f"{name} {what}: {error.strerror}")
    stamp = f"{status.st_size} {status.st_mtime_ns}"
    if hidden:
        return RefusedRecord(name, stamp, "hidden-file", f"{name} is a hidden or system file, not a picture")
    if entry.is_symlink():
        target = os.path.realpath(entry.path)
        if os.path.commonpath([target, root]) != root:
            return RefusedRecord(name, stamp, "link-out-of-source", f"{name} links to something outside the source")
        if stat.S_ISDIR(status.st_mode):
            return RefusedRecord(name, stamp, "link-to-folder", f"{name} links to a folder, which is listed by itself")
    if not stat.S_ISREG(status.st_mode):
        return RefusedRecord(name, stamp, "not-a-file", f"{name} is a device, pipe or socket")
    return FileRecord(name, stamp, Path(entry.path))


def _printable(name: str) -> str:
    """A file name that any table can hold: bytes that are no UTF-8 are written as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
