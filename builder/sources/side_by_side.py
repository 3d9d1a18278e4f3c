"""Pairs in one picture, as in https://www.kaggle.com/datasets/ktaebum/anime-sketch-colorization-pair.

The left and the right half are the coloured picture and its line drawing, in either order. The folders `train` and
`val` or `test` are the splits, if they exist. Each half is treated like a picture of `official:`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, sha256_bytes
from benchmark.data.decode import DecodeError, DecodeRecipe, read_content, read_picture
from benchmark.data.xdog import to_grey
from builder.core.recipe import SourceRecipe
from builder.sources.folder import FileRecord, walk
from builder.sources.metadata import Metadata
from builder.sources.official import IMPORTED, resized
from builder.sources.source import UNKNOWN_LICENCE, Picture, Record, RefusedRecord, Source

Side = Literal["left", "right"]
SPLIT_FOLDERS = {"train": "train", "test": "test", "val": "test", "valid": "test", "validation": "test"}
MIN_DIFFERENCE = 2.0  # levels of 255 between the mean chroma of the halves


@dataclass(frozen=True)
class SideBySideRecord:
    """A file that holds a pair; `color_side` None: the half with more colour."""

    id: str
    stamp: str
    path: Path
    split: str | None
    color_side: Side | None
    metadata: None = None

    def load(self, recipe: DecodeRecipe) -> Picture:
        content = read_content(self.path, recipe, self.id)
        left, right = halves(read_picture(content, recipe, self.id), self.id)
        side = self.color_side or find_color_side(left, right, self.id)
        color, line = (left, right) if side == "left" else (right, left)
        known = Metadata(width=color.shape[1], height=color.shape[0])
        return Picture(resized(color), sha256_bytes(content), known, resized(to_grey(line)), self.split)

    def open(self) -> BinaryIO:
        return self.path.open("rb")


@dataclass(frozen=True)
class SideBySide:
    """Every picture below `root`, each of which holds a pair."""

    root: Path
    color_side: Side | None = None
    licence: str = UNKNOWN_LICENCE
    described: bool = False
    stamp: str = ""

    @property
    def name(self) -> str:
        return self.root.resolve().name or "side-by-side"

    def prepared(self, scratch: Path) -> Source:
        return self

    def records(self) -> Iterator[Record]:
        for record in walk(self.root):
            yield record if isinstance(record, RefusedRecord) else self._pair(record)

    def _pair(self, record: FileRecord) -> SideBySideRecord:
        folder = record.id.partition("/")[0]
        split = SPLIT_FOLDERS.get(folder) if "/" in record.id else None
        return SideBySideRecord(record.id, record.stamp, record.path, split, self.color_side)


def open_side_by_side(path: str, recipe: SourceRecipe) -> SideBySide:
    """The pairs below a folder; raises AnibenchError when there is no such folder."""
    root = Path(path)
    if not root.is_dir():
        raise AnibenchError(f"{root} is not a folder; write side-by-side:FOLDER, whose pictures hold one pair each")
    return SideBySide(root, recipe.color_side)


def import_settings(path: str) -> tuple[str, ...]:
    """The settings of an import; those of the split only where the folder has splits."""
    has_splits = any((Path(path) / name).is_dir() for name in SPLIT_FOLDERS)
    return IMPORTED + (("split.mode=source",) if has_splits else ())


def halves(picture: Image, name: str) -> tuple[Image, Image]:
    """The left and the right half, uint8 (H, W / 2, 3), of a picture (H, W, 3).

    Raises DecodeError `not-side-by-side` for a picture that is not wider than high, or of an odd width.
    """
    height, width = picture.shape[:2]
    if width % 2 or width <= height:
        size = f"{width} x {height} px"
        raise DecodeError("not-side-by-side", f"{name} is {size}; a pair has an even width and is wider than high")
    return picture[:, : width // 2], picture[:, width // 2 :]


def find_color_side(left: Image, right: Image, name: str) -> Side:
    """The half with the higher mean chroma; raises DecodeError `unclear-side` when both have about the same."""
    first, second = mean_chroma(left), mean_chroma(right)
    if abs(first - second) < MIN_DIFFERENCE:
        chroma = f"the halves have a mean chroma of {first:.1f} and {second:.1f} levels"
        way_out = "name the half with the colours: --set source.color_side=left, or right"
        raise DecodeError("unclear-side", f"{name}: {chroma}; {way_out}")
    return "left" if first > second else "right"


def mean_chroma(image: Image) -> float:
    """Mean over uint8 RGB (H, W, 3) of the largest less the smallest channel, in levels of 255."""
    return float(np.mean(image.max(axis=2).astype(np.int16) - image.min(axis=2)))
