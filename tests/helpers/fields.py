"""Synthetic pictures for the builder's tests: smooth random fields, no two alike, cheap to make and to tell apart."""

from pathlib import Path

import numpy as np
import PIL.Image

from benchmark.core.files import Image


def paint(seed: int, size: int = 256) -> Image:
    """A smooth random picture, RGB uint8 (size, size, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), np.uint8)
    smooth = PIL.Image.fromarray(coarse).resize((size, size), PIL.Image.Resampling.BICUBIC)
    picture = np.array(smooth, np.uint8)
    step = max(1, size // 8)
    picture[step // 2 + 3 :: step] //= 2  # lines, or every picture would count as blurred; not where JPEG has blocks
    return picture


def paint_folder(folder: Path, count: int, size: int = 256) -> Path:
    """A new folder of `count` PNGs of fields."""
    folder.mkdir()
    for seed in range(count):
        PIL.Image.fromarray(paint(seed, size)).save(folder / f"{seed:03d}.png", compress_level=1)
    return folder
