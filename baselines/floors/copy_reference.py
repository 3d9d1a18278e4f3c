"""Floor: hands back the reference as it is, without a look at the line.

Perfect in self-ref and an FID of 0 in random-ref: whatever scores below it was beaten by no colouring at all.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SUMMARY = "returns the reference unchanged"
RETURNS_REFERENCE = True


class Config(BaseConfig):
    """Nothing to set."""


class CopyReference:
    """The reference is the result."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; lines and seeds change nothing."""
        return references


def load(checkpoint: Path | None, device: str) -> CopyReference:
    """There is nothing to load; `device` changes nothing."""
    return CopyReference()
