"""The suspicion of each sample, from the figures in the manifest; it orders the review page and drops nothing.

The suspicion of one figure is the share of samples that are less extreme in the bad direction. The suspicion of a
sample is the largest over its figures. It is a rank: a dataset without outliers also has a most suspicious sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.faces.duplicates import close_pairs

REASON = 0.97  # share of less extreme samples from which a figure is named as a reason
MAX_BITS = 8  # of 64, up to which two crops are called alike; distinct faces differ by 6 or more
# Figure of the manifest -> meaning of a low value, meaning of a high value; "" where the value is not suspicious.
FIGURES = {
    "likelihood": ("unsure face", ""),
    "sharpness": ("blurred", ""),
    "saturation": ("nearly grey", ""),
    "hues": ("few hues", ""),
    "brightness": ("dark", "bright"),
    "blocks": ("", "JPEG blocks"),
    "face": ("small face", ""),
    "edge": ("at the picture's edge", ""),
    "crop_size": ("small crop", ""),
}


@dataclass(frozen=True)
class Suspicion:
    """The suspicion of one sample, 0 (unsuspicious) to 1, and the reasons in words."""

    score: float
    reasons: tuple[str, ...]


def suspicions(manifest: pd.DataFrame) -> list[Suspicion]:
    """The suspicion of each row of a manifest; missing or constant figures do not count."""
    count = len(manifest)
    scores = np.zeros(count)
    reasons: list[list[str]] = [[] for _ in range(count)]
    for figure, (low, high) in FIGURES.items():
        if figure not in manifest:
            continue
        values = manifest[figure].to_numpy(np.float64, na_value=np.nan)
        for word, signed in ((low, values), (high, -values)):
            if word:
                _add(scores, reasons, _less_extreme(signed), values, word)
    distance = nearest(manifest["phash"].fillna("").tolist())
    alike = np.where(distance <= MAX_BITS, (MAX_BITS + 1 - distance) / (MAX_BITS + 1), 0.0)
    for index in np.flatnonzero(alike):
        reasons[index].append(f"like another crop: {distance[index]} bits apart")
    scores = np.maximum(scores, alike)
    return [Suspicion(round(float(score), 4), tuple(why)) for score, why in zip(scores, reasons, strict=True)]


def nearest(hashes: Sequence[str]) -> NDArray[np.int64]:
    """Hamming distance of each perceptual hash (16 hex digits) to the nearest other one; 65 above `MAX_BITS`."""
    known = [index for index, text in enumerate(hashes) if text]
    pairs = close_pairs(np.array([int(hashes[index], 16) for index in known], np.uint64), MAX_BITS)
    distance = np.full(len(hashes), 65, np.int64)
    for a, b in pairs.tolist():
        first, second = known[a], known[b]
        bits = (int(hashes[first], 16) ^ int(hashes[second], 16)).bit_count()
        distance[first], distance[second] = min(distance[first], bits), min(distance[second], bits)
    return distance


def _less_extreme(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each value, the share of samples with a larger value; 0 for unknown values."""
    known = np.sort(values[~np.isnan(values)])
    if len(known) < 2:
        return np.zeros(len(values))
    larger = len(known) - np.searchsorted(known, values, side="right")
    return np.asarray(np.where(np.isnan(values), 0.0, larger / (len(known) - 1)))


def _add(
    scores: NDArray[np.float64],
    reasons: list[list[str]],
    shares: NDArray[np.float64],
    values: NDArray[np.float64],
    word: str,
) -> None:
    np.maximum(scores, shares, out=scores)
    for index in np.flatnonzero(shares >= REASON):
        reasons[index].append(f"{word} ({values[index]:.3g})")
