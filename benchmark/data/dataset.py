"""The dataset on disk: 256 x 256 faces with lines, a manifest, a card, and a fingerprint of the content.

```
dataset.json  README.md  manifest.parquet  dropped.parquet  pairs/<protocol>.parquet
train/color/<id>.png  train/line/<id>.png  test/color/<id>.png  test/line/<id>.png
train/parts/<id>.png  test/parts/<id>.png  (the part of each pixel, if the source has it)
```
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_grey, read_json, read_rgb, sha256_bytes
from benchmark.core.tables import read_parquet
from benchmark.data.parts import read_parts

if TYPE_CHECKING:
    import pandas as pd

SIZE = 256  # pixels, both sides
SHAPE = (SIZE, SIZE, 3)  # of a colour picture
FORMAT = 1  # raised when the layout of a dataset folder changes
SPLITS = ("train", "test")
PAPER_TRAIN, PAPER_TEST = 31_696, 579  # samples of the paper's dataset, section 4.1


class DatasetCard(Config):
    """`dataset.json`: name, fingerprint, counts, configuration, source and licence of a dataset."""

    format: int
    name: str
    fingerprint: str
    counts: dict[str, int]  # split -> samples
    dropped: dict[str, int]  # reason -> faces or pictures
    config: dict[str, Any]  # the resolved configuration of the build
    source: str
    licence: str
    # further counts of the build: heading -> row -> number
    reported: dict[str, dict[str, float]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One face: colour uint8 (256, 256, 3) RGB and line uint8 (256, 256), 0 ink / 255 paper."""

    id: str
    color: Image
    line: Image
    split: str
    group: str


@dataclass(frozen=True)
class Dataset:
    """An opened dataset folder. Pictures are read on access."""

    root: Path
    card: DatasetCard
    manifest: "pd.DataFrame"  # one row per sample, sorted by id

    @classmethod
    def open(cls, root: Path) -> "Dataset":
        """Open a dataset folder; raises AnibenchError that names the missing or damaged file and the command to run."""
        if not (root / "dataset.json").exists():
            raise AnibenchError(
                f"{root} holds no finished dataset; make one with: anibench build-dataset SOURCE --out {root}"
            )
        card = validated(DatasetCard, read_json(root / "dataset.json"), f"{root} is not a dataset of this anibench")
        manifest = read_parquet(root / "manifest.parquet", ("id", "split"), way_out="build the dataset again")
        if card.format != FORMAT:
            raise AnibenchError(
                f"{root} has dataset format {card.format}, this anibench reads {FORMAT}; build it again"
            )
        return cls(root, card, manifest.sort_values("id", ignore_index=True))

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def fingerprint(self) -> str:
        return self.card.fingerprint

    def ids(self, split: str) -> list[str]:
        """Sample ids of a split, sorted."""
        return [str(i) for i in self.manifest.loc[self.manifest["split"] == split, "id"]]

    def require_ids(self, split: str) -> list[str]:
        """Sample ids of a split, sorted. Raises AnibenchError if there are none."""
        if not (ids := self.ids(split)):
            raise AnibenchError(f"{self.root} has no samples in its {split} split; build a dataset from more pictures")
        return ids

    def same_character(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Sample id -> the others of `ids`, sorted, that the manifest names the same character for.

        Samples that the manifest names no character for, or several, have no others.
        """
        groups = self.characters(ids).values()
        return {one: tuple(other for other in group if other != one) for group in groups for one in group}

    def characters(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """Character -> those of `ids`, sorted, that show it alone.

        Pictures of several characters are left out, since their face may be that of either one.
        """
        groups: dict[str, list[str]] = {}
        for sample in sorted(ids):
            name = self._characters.get(sample, "")
            if len(name.split()) == 1:
                groups.setdefault(name, []).append(sample)
        return groups

    def color_path(self, sample_id: str) -> Path:
        return self.root / self._splits[sample_id] / "color" / f"{sample_id}.png"

    def line_path(self, sample_id: str) -> Path:
        return self.root / self._splits[sample_id] / "line" / f"{sample_id}.png"

    def color(self, sample_id: str) -> Image:
        """RGB uint8 (256, 256, 3)."""
        return _sized(read_rgb(self.color_path(sample_id)), self.color_path(sample_id))

    def line(self, sample_id: str) -> Image:
        """Grey uint8 (256, 256), 0 ink / 255 paper."""
        return _sized(read_grey(self.line_path(sample_id)), self.line_path(sample_id))

    def parts(self, sample_id: str) -> Image | None:
        """Part labels uint8 (256, 256), places in `benchmark.data.parts.PARTS`; None for a sample without."""
        if sample_id not in self.part_hashes:
            return None
        return _sized(read_parts(self.parts_path(sample_id)), self.parts_path(sample_id))

    def parts_path(self, sample_id: str) -> Path:
        return self.root / self._splits[sample_id] / "parts" / f"{sample_id}.png"

    @cached_property
    def part_hashes(self) -> dict[str, str]:
        """Sample id -> SHA-256 of its part labels, for the samples that have them."""
        if "parts_sha256" not in self.manifest:
            return {}
        known = self.manifest[self.manifest["parts_sha256"].notna()]
        return dict(zip(known["id"], known["parts_sha256"], strict=True))

    def sample(self, sample_id: str) -> Sample:
        """One sample with its pictures, split and group."""
        return Sample(
            sample_id,
            self.color(sample_id),
            self.line(sample_id),
            self._splits[sample_id],
            self._groups[sample_id],
        )

    @cached_property
    def _splits(self) -> dict[str, str]:
        return dict(zip(self.manifest["id"], self.manifest["split"], strict=True))

    @cached_property
    def _characters(self) -> dict[str, str]:
        if "character" not in self.manifest:
            return {}
        return dict(zip(self.manifest["id"], self.manifest["character"].fillna("").astype(str), strict=True))

    @cached_property
    def _groups(self) -> dict[str, str]:
        return dict(zip(self.manifest["id"], self.manifest["group"], strict=True))


def sample_id(color: Image) -> str:
    """First 16 hex of the SHA-256 of the RGB bytes of a 256 x 256 picture."""
    return pixel_hash(color)[:16]


def pixel_hash(image: Image) -> str:
    """SHA-256 of a picture's pixels in row-major order, independent of its file format."""
    return sha256_bytes(np.ascontiguousarray(image).tobytes())


def fingerprint(rows: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 over the sorted (id, split, line hash) of all samples."""
    return sha256_bytes("\n".join(" ".join(row) for row in sorted(rows)).encode())


def _sized(image: Image, path: Path) -> Image:
    if image.shape[:2] != (SIZE, SIZE):
        raise AnibenchError(f"{path} is {image.shape[1]} x {image.shape[0]}, not {SIZE} x {SIZE}")
    return image
