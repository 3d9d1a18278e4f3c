"""The pack: the decoded pictures of a split in memory-mapped files, built once from the PNGs.

`<dataset>/.pack/<fingerprint>-<split>-<resolution>/` holds colors.npy (n, S, S, 3), lines.npy, checksums.npy and
pack.json. Lines with only 0 and 255 are stored as one bit per pixel, (n, R * R / 8); other lines, such as reduced ones,
as one byte per pixel, (n, R, R). The side S of the colours is R, or 2 R up to R = 128, so that references can be warped
before they are reduced to R, as in tests. The folder's name then ends in `<resolution>of<side>`.
"""

import os
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.device import reading_threads
from benchmark.core.disk import require_space, user_cache
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_json, write_json
from benchmark.core.progress import progress
from benchmark.data.dataset import SIZE, Dataset

Bytes = NDArray[np.uint8]
CHECKSUMS = "checksums.npy"


@dataclass(frozen=True)
class Pack:
    """One split at one resolution, in memory-mapped arrays."""

    folder: Path
    ids: tuple[str, ...]
    resolution: int
    colors: Bytes  # (n, S, S, 3)
    lines: Bytes  # (n, R * R / 8) bits, most significant first, set is paper; or (n, R, R)
    checksums: NDArray[np.uint32]  # (n,) of each sample's colours and line; see `_checksum`

    @property
    def binary(self) -> bool:
        """Whether lines are stored as bits."""
        return self.lines.ndim == 2

    @property
    def side(self) -> int:
        """S, the side of the colours; a multiple of `resolution`."""
        return int(self.colors.shape[1])

    @cached_property
    def row(self) -> dict[str, int]:
        """Sample id -> row."""
        return {sample_id: row for row, sample_id in enumerate(self.ids)}

    def gather(self, ids: Sequence[str]) -> tuple[Bytes, Bytes]:
        """Colours (n, S, S, 3) and stored lines of the samples `ids`, copied into memory.

        Raises KeyError for an unknown id, and AnibenchError that names the folder when a sample does not match its
        checksum.
        """
        rows = [self.row[sample_id] for sample_id in ids]
        colors, lines = self.colors[rows], self.lines[rows]
        for sample_id, row, color, line in zip(ids, rows, colors, lines, strict=True):
            if _checksum(color, line) != self.checksums[row]:
                raise AnibenchError(
                    f"{self.folder} is damaged: {sample_id} does not match its checksum; delete the folder and run the "
                    "command again (a training with --resume)"
                )
        return colors, lines


def open_pack(dataset: Dataset, split: str, resolution: int = SIZE) -> Pack:
    """Open the pack of a split. Build it first if it is missing or has no checksums (earlier versions).

    Below 256 px colours and lines are reduced by area averaging and rounded. Raises AnibenchError for an empty split, a
    resolution over 256, or when the disk is too small.
    """
    ids = dataset.require_ids(split)
    if not 1 <= resolution <= SIZE:
        raise AnibenchError(f"resolution {resolution} is not from 1 to {SIZE}, the width of the dataset's pictures")
    side = color_side(resolution)
    name = f"{dataset.fingerprint[:16]}-{split}-{resolution}" + (f"of{side}" if side > resolution else "")
    home = _home(dataset)
    if not (home / name / CHECKSUMS).exists():
        shutil.rmtree(home / name, ignore_errors=True)
        _build(dataset, split, ids, resolution, home / name)
    return _map(home / name, ids, resolution)


def color_side(resolution: int) -> int:
    """The side S of a pack's colours."""
    return 2 * resolution if 2 * resolution <= SIZE else resolution


def shrink(image: Image, side: int) -> Image:
    """Reduce a square uint8 picture, (H, H, 3) or (H, H), to `side` x `side` by area averaging, rounded."""
    import cv2

    if image.shape[0] == side:
        return image
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _home(dataset: Dataset) -> Path:
    """`.pack` in the dataset's folder, or `pack` in the user's cache if that folder is not writable."""
    home = dataset.root / ".pack"
    try:
        home.mkdir(exist_ok=True)
        if os.access(home, os.W_OK):
            return home
    except OSError:
        pass
    return user_cache() / "pack"


def _map(folder: Path, ids: Sequence[str], resolution: int) -> Pack:
    card = read_json(folder / "pack.json")
    if card != {"ids": list(ids), "resolution": resolution}:
        raise AnibenchError(f"{folder} belongs to other data; delete the folder and run the command again")
    try:
        colors, lines = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("colors", "lines"))
        checksums = np.load(folder / CHECKSUMS)
    except (OSError, ValueError) as error:
        raise AnibenchError(f"{folder} is damaged ({error}); delete the folder and run the command again") from error
    return Pack(folder, tuple(ids), resolution, colors, lines, checksums)


def _build(dataset: Dataset, split: str, ids: Sequence[str], resolution: int, target: Path) -> None:
    """Write the pack to a temporary folder and rename it, so a killed build leaves no incomplete `target`."""
    n, area, side = len(ids), resolution * resolution, color_side(resolution)
    require_space(target.parent, n * (3 * side**2 + area), f"the pack of {n} {split} pictures")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        create = partial(np.lib.format.open_memmap, mode="w+", dtype=np.uint8)
        colors = create(folder / "colors.npy", shape=(n, side, side, 3))
        lines = create(folder / "lines.npy", shape=(n, resolution, resolution))

        def read(row: int) -> None:
            colors[row] = shrink(dataset.color(ids[row]), side)
            lines[row] = shrink(dataset.line(ids[row]), resolution)

        workers = reading_threads()
        with ThreadPoolExecutor(workers) as pool, progress(f"packing {split}", n) as advance:
            for _ in pool.map(read, range(n)):
                advance()
        colors.flush()
        lines.flush()
        stored: Bytes = lines
        if area % 8 == 0 and all(bool(np.isin(line, (0, 255)).all()) for line in lines):
            stored = np.stack([np.packbits(line == 255) for line in lines])
            np.save(folder / "lines.npy", stored)
        np.save(folder / CHECKSUMS, np.array([_checksum(*row) for row in zip(colors, stored, strict=True)], np.uint32))
        write_json(folder / "pack.json", {"ids": list(ids), "resolution": resolution})
        try:
            folder.rename(target)
        except OSError:
            if not (target / CHECKSUMS).exists():  # otherwise another process has built it
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _checksum(color: Bytes, line: Bytes) -> int:
    """CRC-32 of a sample's stored bytes, the colours first."""
    return zlib.crc32(np.ascontiguousarray(line).data, zlib.crc32(np.ascontiguousarray(color).data))
