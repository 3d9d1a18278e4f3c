"""A source of ten drawn portraits, six of one copyright, in a module that a build's workers can import."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.data.decode import DecodeRecipe
from builder.drawing.illustration import draw_portrait
from builder.sources.drawn import DrawnRecord
from builder.sources.metadata import Metadata
from builder.sources.source import Picture, Record, Source


@dataclass(frozen=True)
class Portrait(DrawnRecord):
    """One of several, of which all but the last four are of one copyright."""

    copyright: str | None = None

    def load(self, recipe: DecodeRecipe) -> Picture:
        portrait = draw_portrait(self.seed, 256)
        return Picture(portrait.color, str(self.seed), Metadata(rating="general", copyright=self.copyright))


@dataclass(frozen=True)
class Portraits:
    name: str = "portraits"
    licence: str = "Apache-2.0"
    described: bool = False
    stamp: str = ""

    def prepared(self, scratch: Path) -> Source:
        return self

    def records(self) -> Iterator[Record]:
        for seed in range(10):
            yield replace(Portrait(seed), copyright="space_opera" if seed < 6 else None)
