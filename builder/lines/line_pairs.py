"""Pairs of a colour picture and an artist's lines for it: `PAIRS/color/NAME.*` and `PAIRS/line/NAME.*`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, sha256_file, write_png
from benchmark.core.progress import progress
from benchmark.data.decode import read_picture
from benchmark.data.edges import Ink
from benchmark.data.xdog import to_grey
from builder.sources.drawn import drawn_count

LEAST_CONTRAST = 16  # grey levels between an artist's ink and paper, below which a drawing counts as blank


@dataclass(frozen=True)
class LinePair:
    """A colour picture's grey, uint8 (H, W), and the artist's lines for it, uint8 (H, W), dark on light."""

    name: str
    grey: Image
    line: Image

    @cached_property
    def ink(self) -> Ink:
        """The artist's ink, split from the paper by Otsu's threshold, so that faint pencil counts like black ink."""
        threshold, _ = cv2.threshold(self.line, 0, 255, cv2.THRESH_OTSU)
        return self.line <= threshold


def pairs_folder(source: str, drawn: Path) -> Path:
    """The folder `source` names; `drawn:N` draws N portraits, 256 x 256, and their own line layer into `drawn`."""
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
        stale.unlink()  # of an earlier call that drew more
    return drawn


def read_pair(color: Path, line: Path) -> LinePair:
    """Read one pair; raises AnibenchError that names a file that is damaged, of another size, blank or inverted."""
    grey, drawing = to_grey(read_picture(color)), to_grey(read_picture(line))
    if grey.shape != drawing.shape:
        (h, w), (line_h, line_w) = grey.shape, drawing.shape
        raise AnibenchError(
            f"{line} is {line_w} x {line_h} but {color} is {w} x {h}; a pair needs one size, pixel on pixel"
        )
    if int(drawing.max()) - int(drawing.min()) < LEAST_CONTRAST:
        raise AnibenchError(f"{line} is blank: its grey levels differ by less than {LEAST_CONTRAST}; remove the pair")
    if np.median(drawing) < 128:
        raise AnibenchError(f"{line} is mostly dark; lines are expected dark on light paper: invert it")
    return LinePair(color.stem, grey, drawing)


def hash_pairs(files: Sequence[tuple[Path, Path]]) -> str:
    """SHA-256 over the stems and contents of all pairs: 64 hex digits."""
    digest = hashlib.sha256()
    for color, line in files:
        digest.update(f"{color.stem} {sha256_file(color)} {sha256_file(line)}\n".encode())
    return digest.hexdigest()
