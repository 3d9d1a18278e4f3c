"""A finished dataset, imported with its pictures, lines and split.

The authors' layout (specified by their code, https://github.com/xq-meng/AnimeDiffusion): train/reference,
train/condition, test/reference, test/condition, a line of the same name beside each picture. A picture of another size
is treated as their loader does: its shorter side is resized to 256 px, then the centre is cut out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import PIL.Image

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, sha256_bytes
from benchmark.data.dataset import SIZE, SPLITS
from benchmark.data.decode import DecodeError, DecodeRecipe, read_content, read_picture
from benchmark.data.line_check import line_faults, read_line
from builder.core.recipe import SourceRecipe
from builder.sources.folder import is_hidden
from builder.sources.metadata import Metadata
from builder.sources.pairs import find_pairs
from builder.sources.source import UNKNOWN_LICENCE, Picture, Record, RefusedRecord, Source

WAY_OUT = "train/ and test/, each with reference/ and condition/ (--set source.color=NAME --set source.line=NAME)"
REFUSED = ("blank-line", "color-line")  # faults of a line by which its pair is dropped; the others are recorded
IMPORTED = (  # settings for imported pairs: every picture is a sample and keeps its line
    "detect.detector=whole", "lines.origin=source", "select.ratings=[]", "duplicates.same_hash=-1",
    "quality.min_sharpness=0", "quality.min_saturation=0", "quality.min_hues=0", "quality.min_brightness=0",
    "quality.max_brightness=1", "quality.max_blocks=1e9", "quality.min_face=0",
)  # fmt: skip
SETTINGS = (*IMPORTED, "split.mode=source")


@dataclass(frozen=True)
class PairRecord:
    """A picture and its line."""

    id: str
    stamp: str
    split: str
    color: Path
    line: Path
    metadata: None = None

    def load(self, recipe: DecodeRecipe) -> Picture:
        content = read_content(self.color, recipe, self.id)
        color = read_picture(content, recipe, self.id)
        drawing = read_line(self.line, recipe, f"the line of {self.id}")
        line = drawing.line
        height, width = color.shape[:2]
        if line.shape != (height, width):
            sizes = f"{line.shape[1]} x {line.shape[0]} px, the picture {width} x {height}"
            raise DecodeError("other-size", f"{self.id}: its line has {sizes}")
        faults = line_faults(line, color, drawing.color)
        for fault in faults:
            if fault.reason in REFUSED:
                raise DecodeError(fault.reason, f"{self.id}: its line {fault.text}")
        notes = "; ".join([*drawing.mends, *(fault.text for fault in faults)]) or None
        known = Metadata(width=width, height=height)
        return Picture(resized(color), sha256_bytes(content), known, resized(line), self.split, notes)

    def open(self) -> BinaryIO:
        return self.color.open("rb")


@dataclass(frozen=True)
class Official:
    """The pairs of each split; `others` are files that belong to no pair."""

    root: Path
    pairs: dict[str, list[tuple[Path, Path]]]
    others: tuple[Path, ...]
    licence: str = UNKNOWN_LICENCE
    described: bool = False
    stamp: str = ""

    @property
    def name(self) -> str:
        return self.root.resolve().name or "official"

    def prepared(self, scratch: Path) -> Source:
        return self

    def records(self) -> Iterator[Record]:
        for path in self.others:
            name = path.relative_to(self.root).as_posix()
            yield RefusedRecord(name, "", "not-in-layout", f"{name} is not part of a pair")
        for split, pairs in self.pairs.items():
            for color, line in pairs:
                name = f"{split}/{color.name}"
                try:
                    stamp = " ".join(f"{s.st_size} {s.st_mtime_ns}" for s in (color.stat(), line.stat()))
                except OSError as error:
                    yield RefusedRecord(name, "", "unreadable", f"{name} cannot be read: {error.strerror}")
                else:
                    yield PairRecord(name, stamp, split, color, line)


def open_official(path: str, recipe: SourceRecipe) -> Official:
    """Open the dataset in the folder `path`: train/ and test/, or one pair of folders, which becomes the test split.

    Raises AnibenchError for missing folders, files without partner, and counts other than the expected ones.
    """
    root = Path(path)
    splits = [split for split in SPLITS if (root / split).is_dir()]
    if not splits and not (root / recipe.color).is_dir():
        raise AnibenchError(f"{root} is not a finished dataset; it must hold {WAY_OUT}")
    homes = {split: root / split for split in splits} or {"test": root}
    pairs = {split: find_pairs(home, recipe.color, recipe.line) for split, home in homes.items()}
    counts = tuple(len(pairs.get(split, [])) for split in SPLITS)
    if not recipe.any_count and counts != recipe.counts:
        raise AnibenchError(
            f"{root} holds {counts[0]:,} train and {counts[1]:,} test pairs, the authors' dataset has "
            f"{recipe.counts[0]:,} and {recipe.counts[1]:,}: complete it, or for another dataset add "
            f"--set source.any_count=true or --set 'source.counts=[{counts[0]}, {counts[1]}]'"
        )
    taken = {path for each in pairs.values() for pair in each for path in pair}
    return Official(root, pairs, tuple(_others(root, taken)))


def _others(root: Path, taken: set[Path]) -> Iterator[Path]:
    """Files below `root` that belong to no pair, without hidden and system files."""
    for path in sorted(root.rglob("*")):
        if path not in taken and not path.is_dir() and not is_hidden(path.relative_to(root).as_posix()):
            yield path


def resized(image: Image) -> Image:
    """uint8 (H, W) or (H, W, 3) -> 256 x 256, as torchvision's Resize and CenterCrop of a PIL picture."""
    height, width = image.shape[:2]
    if (height, width) == (SIZE, SIZE):
        return image
    short = min(height, width)
    size = max(SIZE, SIZE * width // short), max(SIZE, SIZE * height // short)
    picture = PIL.Image.fromarray(image).resize(size, PIL.Image.Resampling.BILINEAR)
    left, top = (round((side - SIZE) / 2) for side in size)
    return np.ascontiguousarray(picture.crop((left, top, left + SIZE, top + SIZE)), dtype=np.uint8)
