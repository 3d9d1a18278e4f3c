"""Where pictures come from. A source lists light records, in one order, as often as asked; nothing is opened yet.

A record is small, picklable, and loads its own picture in whichever process it lands. A new source is a class with the
members of `Source`, and a line in `open_source`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from benchmark.dataset import pixel_hash
from benchmark.decode import DecodeError, DecodeRecipe
from benchmark.errors import AnibenchError
from benchmark.files import Image
from builder.metadata import Metadata, join_names, rating_word
from builder.recipe import SourceRecipe

UNKNOWN_LICENCE = (
    "Unknown. The pictures belong to their artists; nothing here permits passing them on. For private research."
)
OWN_LICENCE = "Apache-2.0: drawn by anibench itself."


@dataclass(frozen=True)
class Picture:
    """A loaded picture: RGB uint8 (H, W, 3), the SHA-256 of what it was loaded from, and its metadata.

    `line` uint8 (H, W), 0 ink / 255 paper, and `split` are there when the source brings them.
    """

    rgb: Image
    sha256: str
    metadata: Metadata
    line: Image | None = None
    split: str | None = None


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
class DrawnRecord:
    """An illustration that is drawn when it is loaded; only then is its metadata known."""

    seed: int
    stamp: str = "drawn"
    metadata: None = None

    @property
    def id(self) -> str:
        return f"drawn/{self.seed:07d}"

    def load(self, recipe: DecodeRecipe) -> Picture:
        from builder.drawn import draw_illustration

        drawing = draw_illustration(self.seed)
        known = drawing.metadata
        tags = known["tags"]
        metadata = Metadata(
            rating=rating_word(str(known["rating"]), old=False),
            artist=str(known["artist"]),
            character=str(known["character"]),
            copyright=str(known["copyright"]),
            tags=join_names(tags) if isinstance(tags, list) else None,
            licence="Apache-2.0",
            attribution="anibench",
        )
        return Picture(drawing.color, pixel_hash(drawing.color), metadata)


@dataclass(frozen=True)
class Drawn:
    """`count` drawn illustrations."""

    count: int
    licence: str = OWN_LICENCE
    described: bool = False
    stamp: str = ""

    @property
    def name(self) -> str:
        return f"drawn-{self.count}"

    def prepared(self, scratch: Path) -> Source:
        return self

    def records(self) -> Iterator[Record]:
        return (DrawnRecord(seed) for seed in range(self.count))


def open_source(text: str, recipe: SourceRecipe | None = None) -> Source:
    """A folder, `drawn:N`, or one of `SCHEMES`; raises AnibenchError that says what is wrong with it."""
    recipe = recipe or SourceRecipe()
    count = drawn_count(text)
    if count is not None:
        return Drawn(count)
    scheme, colon, rest = text.partition(":")
    if colon and scheme in SCHEMES:
        if not rest:
            raise AnibenchError(f"{text}: write {scheme}:PATH")
        return SCHEMES[scheme](rest, recipe)
    root = Path(text)
    if not root.exists():
        schemes = ", ".join(f"{name}:PATH" for name in sorted(SCHEMES))
        raise AnibenchError(
            f"{text} does not exist; give a folder of pictures, {schemes}, or drawn:N to have N of them drawn"
        )
    if not root.is_dir():
        raise AnibenchError(f"{text} is a file; give the folder that holds it")
    from builder.folder import Folder

    return Folder(root)


def drawn_count(text: str) -> int | None:
    """N of `drawn:N`, None for anything else; raises AnibenchError where N is no number of pictures."""
    prefix, colon, rest = text.partition(":")
    if not colon or prefix != "drawn":
        return None
    if not rest.isdecimal() or int(rest) == 0:
        raise AnibenchError(f"{text}: write drawn:N with the number of pictures to draw, e.g. drawn:24")
    return int(rest)


def survey(source: Source) -> str:
    """A SHA-256 over the ids and stamps of a source's records: another one means that it has changed."""
    count, digest = 0, sha256(source.stamp.encode())
    for record in source.records():
        count += 1
        digest.update(f"{record.id}\0{record.stamp}\n".encode())
    if not count:
        raise AnibenchError("the source holds no file at all")
    return digest.hexdigest()


def _danbooru(path: str, recipe: SourceRecipe) -> Source:
    from builder.danbooru import open_mirror

    return open_mirror(Path(path), recipe)


def _tar(pattern: str, recipe: SourceRecipe) -> Source:
    from builder.tars import open_shards

    return open_shards(pattern)


def _official(path: str, recipe: SourceRecipe) -> Source:
    from builder.official import open_official

    return open_official(Path(path), recipe)


SCHEMES: dict[str, Callable[[str, SourceRecipe], Source]] = {
    "danbooru": _danbooru,
    "official": _official,
    "tar": _tar,
}
