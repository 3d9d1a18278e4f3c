"""The sources `drawn:N` and `drawn:faces:N`: illustrations or faces drawn by `builder.drawing`, one per seed.

N is a number of pictures, seeds 0 to N - 1, or a range FIRST-LAST of seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import pixel_hash
from benchmark.data.decode import DecodeRecipe
from builder.core.recipe import SourceRecipe
from builder.sources.metadata import Metadata, join_names, rating_word
from builder.sources.source import Picture, Record, Source

OWN_LICENCE = "Apache-2.0: drawn by anibench itself."
FACES = "faces:"

DrawnScheme = Literal["drawn", "drawn-face"]


@dataclass(frozen=True)
class DrawnRecord:
    """A picture that is drawn when it is loaded; its metadata are known from then on."""

    seed: int
    stamp: DrawnScheme = "drawn"
    metadata: None = None

    @property
    def id(self) -> str:
        return f"{self.stamp}/{self.seed:07d}"

    def load(self, recipe: DecodeRecipe) -> Picture:
        from builder.drawing.illustration import draw_face, draw_illustration

        drawing = draw_illustration(self.seed) if self.stamp == "drawn" else draw_face(self.seed)
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
    """Drawn pictures of the seeds `first` to `first + count - 1`; faces are 256 x 256, as face crops are framed."""

    count: int
    first: int = 0
    kind: DrawnScheme = "drawn"
    licence: str = OWN_LICENCE
    described: bool = False
    stamp: str = ""

    @property
    def name(self) -> str:
        seeds = f"{self.first}-{self.first + self.count - 1}" if self.first else str(self.count)
        return f"{self.kind}-{seeds}"

    def prepared(self, scratch: Path) -> Source:
        return self

    def records(self) -> Iterator[Record]:
        return (DrawnRecord(seed, self.kind) for seed in range(self.first, self.first + self.count))


def open_drawn(path: str, recipe: SourceRecipe) -> Drawn:
    """The source of `drawn:PATH`, where PATH is N, FIRST-LAST, faces:N or faces:FIRST-LAST.

    Raises AnibenchError for anything else.
    """
    kind: DrawnScheme = "drawn-face" if path.startswith(FACES) else "drawn"
    first, hyphen, last = path.removeprefix(FACES).partition("-")
    if not hyphen:
        return Drawn(_parse_count(path, first), kind=kind)
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise AnibenchError(f"drawn:{path}: write drawn:FIRST-LAST with the first and the last seed, e.g. drawn:0-23")
    return Drawn(int(last) - int(first) + 1, int(first), kind)


def drawn_count(text: str) -> int | None:
    """N of `drawn:N`, None for any other source; raises AnibenchError if N is not a positive number."""
    scheme, colon, rest = text.partition(":")
    return _parse_count(rest, rest) if colon and scheme == "drawn" else None


def _parse_count(path: str, count: str) -> int:
    if not count.isdecimal() or int(count) == 0:
        raise AnibenchError(f"drawn:{path}: write drawn:N with the number of pictures to draw, e.g. drawn:24")
    return int(count)
