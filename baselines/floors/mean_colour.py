"""The floor mean-colour: draws the lines on the reference's mean colour.

Its scores show what one correct colour scores if it fills the whole picture.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SUMMARY = "is the line on the reference's mean colour"


class Config(BaseConfig):
    """No settings."""


class MeanColour:
    """Fills everything but ink with the reference's mean colour."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; seeds are ignored."""
        mean = references.mean(axis=(2, 3), keepdims=True)  # (n, 3, 1, 1)
        return inked(lines, mean)


def inked(lines: NDArray[np.uint8], colors: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Lines (n, 1, H, W) drawn in black over colours of 0..255 that broadcast to (n, 3, H, W) -> uint8 of that shape.

    Grey ink darkens by its share: colour * line / 255.
    """
    return np.rint(colors * (lines / 255)).astype(np.uint8)


def load(checkpoint: Path | None, device: str) -> MeanColour:
    """The colorizer; both arguments are ignored."""
    return MeanColour()
