"""Floor: hands back the line drawing, black on white, without a look at the reference.

What a method scores for the lines and the paper alone; one that scores less has learnt no colour worth having.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SUMMARY = "is the line on white paper, without any colour"


class Config(BaseConfig):
    """Nothing to set."""


class LineOnly:
    """The line drawing is the result."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; references and seeds change nothing."""
        return np.repeat(lines, 3, axis=1)


def load(checkpoint: Path | None, device: str) -> LineOnly:
    """There is nothing to load; `device` changes nothing."""
    return LineOnly()
