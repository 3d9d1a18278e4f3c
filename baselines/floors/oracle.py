"""The oracle: a floor that returns the target. Its scores are perfect, or the scoring is wrong.

`SEES_TARGET` makes an evaluation pass the target, unwarped, as the reference. Only a floor may set it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SEES_TARGET = True
SUMMARY = "is the target itself"


class Config(BaseConfig):
    """No settings."""


class Oracle:
    """Returns the target."""

    notes = ("returns the target: a check of the scoring, not a method",)

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; `references` are the targets, lines and seeds are unused."""
        return references


def load(checkpoint: Path | None, device: str) -> Oracle:
    """The colorizer; both arguments are ignored."""
    return Oracle()
