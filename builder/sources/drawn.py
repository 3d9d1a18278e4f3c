"""The source `drawn:N`: N illustrations drawn by `builder.drawing`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import pixel_hash
from benchmark.data.decode import DecodeRecipe
from builder.core.recipe import SourceRecipe
from builder.sources.metadata import Metadata, join_names, rating_word
from builder.sources.source import Picture, Record, Source

OWN_LICENCE = "Apache-2.0: drawn by anibench itself."


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
        from builder.drawing.illustration import draw_illustration

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


def open_drawn(count: str, recipe: SourceRecipe) -> Drawn:
    """The source of `drawn:COUNT`; raises AnibenchError if COUNT is not a positive number."""
    return Drawn(_parse_count(count))


def drawn_count(text: str) -> int | None:
    """N of `drawn:N`, None for any other source; raises AnibenchError if N is not a positive number."""
    scheme, colon, rest = text.partition(":")
    return _parse_count(rest) if colon and scheme == "drawn" else None


def _parse_count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise AnibenchError(f"drawn:{text}: write drawn:N with the number of pictures to draw, e.g. drawn:24")
    return int(text)
