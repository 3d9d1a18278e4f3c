"""Line pairs: a colour picture and an artist's line drawing of it, `PAIRS/color/NAME.*` and `PAIRS/line/NAME.*`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, sha256_file, write_png
from benchmark.core.progress import progress
from benchmark.data.decode import read_picture
from benchmark.data.edges import Ink
from benchmark.data.line_check import MIN_CONTRAST, find_ink, line_faults, read_line
from benchmark.data.xdog import to_grey
from builder.sources.drawn import drawn_count


@dataclass(frozen=True)
class LinePair:
    """The grey values uint8 (H, W) of a colour picture, and the artist's lines uint8 (H, W), dark on light."""

    name: str
    grey: Image
    line: Image
    notes: tuple[str, ...] = ()  # corrections and faults of the line drawing, with the file's name

    @cached_property
    def ink(self) -> Ink:
        """The artist's ink as bool (H, W); faint pencil counts as ink."""
        return find_ink(self.line)


def pairs_folder(source: str, drawn: Path) -> Path:
    """The folder named by `source`; for `drawn:N`, draw N portraits of 256 x 256 px and their lines into `drawn`."""
    count = drawn_count(source)
    if count is None:
        return Path(source)
    from builder.drawing.illustration import draw_portrait

    with progress("drawing pairs", count, unit="pairs") as advance:
        for seed in range(count):
            drawing = draw_portrait(seed, 256)
            write_png(drawn / "color" / f"{seed:04d}.png", drawing.color)
            write_png(drawn / "line" / f"{seed:04d}.png", drawing.line)
            advance()
    for stale in [path for path in drawn.glob("*/*.png") if int(path.stem) >= count]:
        stale.unlink()  # drawn by an earlier call with a larger N
    return drawn


def read_pair(color: Path, line: Path) -> LinePair:
    """Read one pair; raises AnibenchError that names a file that is damaged, of another size or blank.

    White ink on black, or in an alpha channel, is converted to dark ink on white; `notes` record it.
    """
    picture, drawing = read_picture(color), read_line(line)
    grey = to_grey(picture)
    if grey.shape != drawing.line.shape:
        (h, w), (line_h, line_w) = grey.shape, drawing.line.shape
        raise AnibenchError(
            f"{line} is {line_w} x {line_h} px but {color} is {w} x {h} px; both files of a pair must have one size"
        )
    faults = line_faults(drawing.line, picture, drawing.color)
    if any(fault.reason == "blank-line" for fault in faults):
        raise AnibenchError(f"{line} is blank: its grey levels differ by less than {MIN_CONTRAST}; remove the pair")
    notes = [*(f"{line}: {mend}" for mend in drawing.mends), *(f"{line} {fault.text}" for fault in faults)]
    return LinePair(color.stem, grey, drawing.line, tuple(notes))


def hash_line_pairs(files: Sequence[tuple[Path, Path]]) -> str:
    """SHA-256 over the stems and contents of all line pairs: 64 hex digits."""
    digest = hashlib.sha256()
    for color, line in files:
        digest.update(f"{color.stem} {sha256_file(color)} {sha256_file(line)}\n".encode())
    return digest.hexdigest()
