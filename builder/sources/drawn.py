"""The sources `drawn:N`, `drawn:faces:N`, `drawn:varied:N`, `drawn:pairs:N` and `drawn:figures:N`, drawn by seed.

`drawn:` is N illustrations, `drawn:faces:` N faces, `drawn:varied:` N faces and crops of crowds in turn, `drawn:pairs:`
N characters, each drawn in two views, and `drawn:figures:` N figures with clothes, not square. N is a number, seeds 0
to N - 1, or a range FIRST-LAST of seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import pixel_hash
from benchmark.data.decode import DecodeRecipe
from builder.core.recipe import SourceRecipe
from builder.drawing.version import VERSION
from builder.sources.metadata import Metadata, join_names, rating_word
from builder.sources.source import Picture, Record, Source

if TYPE_CHECKING:
    from builder.drawing.crowd.crop import Crop
    from builder.drawing.illustration import Drawing

OWN_LICENCE = "Apache-2.0: drawn by anibench itself."
VIEWS = 2  # of each character of drawn:pairs
DrawnKind = Literal["drawn", "drawn-face", "drawn-varied", "drawn-pair", "drawn-figure"]
PREFIXES: dict[str, DrawnKind] = {
    "faces:": "drawn-face",
    "varied:": "drawn-varied",
    "pairs:": "drawn-pair",
    "figures:": "drawn-figure",
}
SETTINGS: dict[DrawnKind, tuple[str, ...]] = {  # of a build, before the options
    "drawn-face": ("detect.detector=whole",),
    "drawn-varied": ("detect.detector=whole",),
    "drawn-pair": ("detect.detector=whole", "split.disjoint=character"),
    "drawn-figure": (  # figures on white paper are near duplicates of each other by their small copies
        "detect.detector=whole",
        "crop.fit=true",
        "split.disjoint=character",
        "duplicates.near_hash=-1",
    ),
}


@dataclass(frozen=True)
class DrawnRecord:
    """A picture that is drawn when it is loaded; its metadata are known from then on."""

    seed: int
    kind: DrawnKind = "drawn"
    view: int = 0  # of the character of a pair
    metadata: None = None

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.seed:07d}" + (f"-{self.view}" if self.kind == "drawn-pair" else "")

    @property
    def stamp(self) -> str:
        return f"{self.kind}-v{VERSION}"

    def load(self, recipe: DecodeRecipe) -> Picture:
        drawing = self._draw()
        known = drawing.metadata
        tags = known["tags"]
        metadata = Metadata(
            rating=rating_word(str(known["rating"]), old=False),
            artist=str(known["artist"]),
            character=_word(known.get("character")),
            copyright=_word(known.get("copyright")),
            tags=join_names(tags) if isinstance(tags, list) else None,
            licence="Apache-2.0",
            attribution="anibench",
        )
        return Picture(drawing.color, pixel_hash(drawing.color), metadata, parts=drawing.parts)

    def _draw(self) -> "Drawing | Crop":
        from builder.drawing.crowd.crop import draw_crop
        from builder.drawing.illustration import draw_face, draw_figure, draw_illustration
        from builder.drawing.views import draw_view

        if self.kind == "drawn-pair":
            return draw_view(self.seed, self.view)
        if self.kind == "drawn-figure":
            return draw_figure(self.seed)
        if self.kind == "drawn-varied":
            return draw_crop(self.seed) if self.seed % 2 else draw_face(self.seed)
        return draw_face(self.seed) if self.kind == "drawn-face" else draw_illustration(self.seed)


@dataclass(frozen=True)
class Drawn:
    """Drawn pictures of the seeds `first` to `first + count - 1`; faces and crops are 256 x 256 px."""

    count: int
    first: int = 0
    kind: DrawnKind = "drawn"
    licence: str = OWN_LICENCE
    described: bool = False
    stamp: str = ""

    @property
    def name(self) -> str:
        seeds = f"{self.first}-{self.first + self.count - 1}" if self.first else str(self.count)
        return f"{self.kind}-{seeds}-v{VERSION}"

    def prepared(self, scratch: Path) -> Source:
        return self

    def records(self) -> Iterator[Record]:
        views = VIEWS if self.kind == "drawn-pair" else 1
        seeds = range(self.first, self.first + self.count)
        return (DrawnRecord(seed, self.kind, view) for seed in seeds for view in range(views))


def open_drawn(path: str, recipe: SourceRecipe) -> Drawn:
    """The source of `drawn:PATH`: N or FIRST-LAST, with or without a prefix such as `faces:` before it.

    Raises AnibenchError for anything else.
    """
    kind, seeds = _kind(path)
    first, hyphen, last = seeds.partition("-")
    if not hyphen:
        return Drawn(_parse_count(path, first), kind=kind)
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise AnibenchError(f"drawn:{path}: write drawn:FIRST-LAST with the first and the last seed, e.g. drawn:0-23")
    return Drawn(int(last) - int(first) + 1, int(first), kind)


def drawn_settings(path: str) -> tuple[str, ...]:
    """The settings of a build from `drawn:PATH`, before the options: none for illustrations and faces."""
    return SETTINGS.get(_kind(path)[0], ())


def drawn_count(text: str) -> int | None:
    """N of `drawn:N`, None for any other source; raises AnibenchError if N is not a positive number."""
    scheme, colon, rest = text.partition(":")
    return _parse_count(rest, rest) if colon and scheme == "drawn" else None


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _kind(path: str) -> tuple[DrawnKind, str]:
    """The kind of pictures of `drawn:PATH`, and the seeds."""
    for prefix, kind in PREFIXES.items():
        if path.startswith(prefix):
            return kind, path.removeprefix(prefix)
    return "drawn", path


def _parse_count(path: str, count: str) -> int:
    if not count.isdecimal() or int(count) == 0:
        raise AnibenchError(f"drawn:{path}: write drawn:N with the number of pictures to draw, e.g. drawn:24")
    return int(count)
