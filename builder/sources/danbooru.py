"""A local Danbooru mirror in the published layout: `original/BUCKET/ID.EXT`, `512px/BUCKET/ID.jpg`, and its posts.

BUCKET is ID mod 1000 as four digits, ID is not padded. Files elsewhere are listed and dropped.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.core.errors import AnibenchError
from builder.core.recipe import SourceRecipe
from builder.sources.folder import FileRecord, walk
from builder.sources.metadata import Metadata
from builder.sources.posts import Posts, index_posts, post_files, stamp_files
from builder.sources.sidecars import described
from builder.sources.source import UNKNOWN_LICENCE, Record, RefusedRecord, Source

ATTRIBUTION = "https://danbooru.donmai.us/posts/{}"


@dataclass(frozen=True)
class Mirror:
    """The pictures of one folder of a mirror, each with its post once the source is prepared."""

    root: Path
    pictures: str
    metadata: tuple[Path, ...]  # files of posts
    index: Path | None = None
    licence: str = UNKNOWN_LICENCE
    described: bool = True

    @property
    def name(self) -> str:
        return self.root.resolve().name or "danbooru"

    @property
    def stamp(self) -> str:
        return stamp_files(self.metadata)

    def prepared(self, scratch: Path) -> Source:
        return replace(self, index=index_posts(self.metadata, scratch))

    def records(self) -> Iterator[Record]:
        """Yield a refused record for each bad line of the metadata, then the pictures by bucket and name."""
        posts = None if self.index is None else Posts(self.index)
        if posts is not None:
            for bad in posts.bad_lines():
                name = f"{bad.file}:{bad.line}"
                yield RefusedRecord(name, bad.why, "bad-metadata", f"{name} is not a post: {bad.why}")
        bucket, known = "", dict[int, Metadata]()
        for record in walk(self.root / self.pictures, f"{self.pictures}/"):
            number = _post_id(record.id, self.pictures)
            if number is None:
                yield _misplaced(record)
                continue
            if posts is not None and record.id.split("/")[1] != bucket:
                bucket = record.id.split("/")[1]
                known = posts.bucket(int(bucket))
            yield _with_post(record, number, known.get(number))
        if posts is not None:
            posts.close()


def open_mirror(path: str, recipe: SourceRecipe) -> Mirror:
    """Open a mirror in the published layout; raises AnibenchError that names what is missing."""
    root = Path(path)
    if not (root / recipe.pictures).is_dir():
        raise AnibenchError(
            f"{root} has no folder {recipe.pictures}; a mirror holds original/BUCKET/ID.EXT or 512px/BUCKET/ID.jpg "
            "(--set source.pictures=512px)"
        )
    if recipe.metadata is not None:
        files = post_files(Path(recipe.metadata))
    else:
        files = post_files(root / "metadata") or [file for file in post_files(root) if ".json" in file.suffixes]
    if not files:
        place = recipe.metadata or f"{root / 'metadata'} nor {root}/*.json"
        raise AnibenchError(f"there are no posts in {place}; name their file or folder: --set source.metadata=PATH")
    return Mirror(root, recipe.pictures, tuple(files))


def _post_id(name: str, pictures: str) -> int | None:
    """The post of `pictures/BUCKET/ID.EXT`; None for any other path."""
    parts = name.split("/")
    stem = parts[-1].partition(".")[0]
    if len(parts) != 3 or parts[0] != pictures or not (stem.isascii() and stem.isdecimal()) or len(stem) > 11:
        return None
    return int(stem) if parts[1] == f"{int(stem) % 1000:04d}" and stem == str(int(stem)) else None


def _misplaced(record: FileRecord | RefusedRecord) -> Record:
    if isinstance(record, RefusedRecord):
        return record
    layout = "BUCKET/ID.EXT with BUCKET = ID mod 1000 as four digits"
    return RefusedRecord(record.id, record.stamp, "not-in-layout", f"{record.id} is not at {layout}")


def _with_post(record: FileRecord | RefusedRecord, number: int, metadata: Metadata | None) -> Record:
    if metadata is None or isinstance(record, RefusedRecord):
        return record
    known: Record = described(record, replace(metadata, attribution=ATTRIBUTION.format(number)))
    return known
