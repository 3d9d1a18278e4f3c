"""The interface of a source of pictures: it lists records in a fixed order without opening any picture.

A record is small, can be pickled, and loads its own picture in any process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.data.decode import DecodeError, DecodeRecipe
from builder.sources.metadata import Metadata

UNKNOWN_LICENCE = (
    "Unknown. The pictures belong to their artists; nothing here permits passing them on. For private research."
)


@dataclass(frozen=True)
class Picture:
    """A loaded picture: RGB uint8 (H, W, 3), the SHA-256 of what it was loaded from, and its metadata.

    `line` uint8 (H, W), 0 ink / 255 paper, and `split` are there when the source brings them. `line_note` says what
    was mended in the line and what is unusual about it.
    """

    rgb: Image
    sha256: str
    metadata: Metadata
    line: Image | None = None
    split: str | None = None
    line_note: str | None = None


class Record(Protocol):
    """One picture of a source, not yet opened."""

    @property
    def id(self) -> str:
        """Unique in the source and stable; for files the path relative to the root, with forward slashes."""
        ...

    @property
    def stamp(self) -> str:
        """Changes when the picture, or what is known of it, may have changed."""
        ...

    @property
    def metadata(self) -> Metadata | None:
        """What is known before the picture is opened; None for nothing."""
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

    @property
    def described(self) -> bool:
        """Whether every picture should have metadata; one without is then dropped (select.unknown)."""
        ...

    @property
    def stamp(self) -> str:
        """Changes when anything but the records' own stamps may have changed, such as files of metadata."""
        ...

    def prepared(self, scratch: Path) -> "Source":
        """The source with its metadata at hand. `scratch` is a folder of its own that lasts until the dataset is
        finished; what a killed build left there may be used. Before it, records may lack their metadata."""
        ...

    def records(self) -> Iterator[Record]:
        """Every record, one at a time, ordered the same way at each call."""
        ...


@dataclass(frozen=True)
class RefusedRecord:
    """Something a source holds that is not to be opened; it is listed so that it is accounted for."""

    id: str
    stamp: str
    reason: str
    detail: str
    metadata: Metadata | None = None

    def load(self, recipe: DecodeRecipe) -> Picture:
        raise DecodeError(self.reason, self.detail)


@dataclass(frozen=True)
class Survey:
    """How many records a source has, and a SHA-256 over their ids and stamps, which changes when the source changes."""

    count: int
    digest: str


def survey(source: Source) -> Survey:
    """List a source that is not prepared; raises AnibenchError when there is nothing in it."""
    count, digest = 0, sha256(source.stamp.encode())
    for record in source.records():
        count += 1
        digest.update(f"{record.id}\0{record.stamp}\n".encode())
    if not count:
        raise AnibenchError(f"the source {source.name} holds no file at all")
    return Survey(count, digest.hexdigest())
