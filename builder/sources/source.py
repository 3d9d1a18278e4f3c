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

    `line` uint8 (H, W), 0 ink / 255 paper, `split`, and `parts` uint8 (H, W), the part of each pixel
    (`benchmark.data.parts`), are None unless the source has them. `line_note` names the corrections and faults of the
    line.
    """

    rgb: Image
    sha256: str
    metadata: Metadata
    line: Image | None = None
    split: str | None = None
    line_note: str | None = None
    parts: Image | None = None


class Record(Protocol):
    """One picture of a source, not yet opened."""

    @property
    def id(self) -> str:
        """Unique in the source and stable; for files the path relative to the root, with forward slashes."""
        ...

    @property
    def stamp(self) -> str:
        """Changes when the picture or its metadata may have changed."""
        ...

    @property
    def metadata(self) -> Metadata | None:
        """The metadata that are known before the picture is opened; None without any."""
        ...

    def load(self, recipe: DecodeRecipe) -> Picture:
        """Open and decode; raises DecodeError with a reason that names the file."""
        ...


class Source(Protocol):
    """A set of pictures that lists its records."""

    @property
    def name(self) -> str:
        """A short name without paths; the default name of the dataset."""
        ...

    @property
    def licence(self) -> str: ...

    @property
    def described(self) -> bool:
        """Whether every picture should have metadata; pictures without are then dropped (select.unknown)."""
        ...

    @property
    def stamp(self) -> str:
        """Changes when something outside the records' stamps may have changed, such as a file of metadata."""
        ...

    def prepared(self, scratch: Path) -> "Source":
        """The source with its metadata indexed in `scratch`, a folder that lasts until the dataset is finished. Files
        of a killed build there may be reused. Records of a source that is not prepared may lack metadata."""
        ...

    def records(self) -> Iterator[Record]:
        """Yield every record, in the same order at each call."""
        ...


@dataclass(frozen=True)
class RefusedRecord:
    """A file of a source that must not be opened; it is listed to appear in the table of drops."""

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
    """List a source that is not prepared; raises AnibenchError when it is empty."""
    count, digest = 0, sha256(source.stamp.encode())
    for record in source.records():
        count += 1
        digest.update(f"{record.id}\0{record.stamp}\n".encode())
    if not count:
        raise AnibenchError(f"the source {source.name} holds no files")
    return Survey(count, digest.hexdigest())
