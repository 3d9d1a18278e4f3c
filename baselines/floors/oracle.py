"""Floor of another kind: the truth. It has to score perfect by every protocol, or the scoring is wrong.

`SEES_TRUTH` has an evaluation hand it each sample's own colours, unwarped, in the place of the reference. Only a floor
may have it: no method is ever given the truth.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig

SEES_TRUTH = True
SUMMARY = "is the target itself"


class Config(BaseConfig):
    """Nothing to set."""


class Oracle:
    """The truth is the result."""

    notes = ("is the truth itself: a check of the scoring, no method",)

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; `references` are the targets, lines and seeds are unused."""
        return references


def load(checkpoint: Path | None, device: str) -> Oracle:
    """There is nothing to load; `device` changes nothing."""
    return Oracle()
