"""The floor line-only: returns the line drawing and ignores the reference.

A method that scores less has learned no useful colours.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SUMMARY = "is the line on white paper, without any colour"


class Config(BaseConfig):
    """No settings."""


class LineOnly:
    """Returns the line drawing."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; references and seeds are ignored."""
        return np.repeat(lines, 3, axis=1)


def load(checkpoint: Path | None, device: str) -> LineOnly:
    """The colorizer; both arguments are ignored."""
    return LineOnly()
