"""The floor copy-reference: returns the reference and ignores the line.

It is perfect in self-ref and has an FID of 0 in random-ref, without colorizing anything.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SUMMARY = "returns the reference unchanged"
RETURNS_REFERENCE = True


class Config(BaseConfig):
    """No settings."""


class CopyReference:
    """Returns the reference."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; lines and seeds are ignored."""
        return references


def load(checkpoint: Path | None, device: str) -> CopyReference:
    """The colorizer; both arguments are ignored."""
    return CopyReference()
