"""How suspicious each sample looks, from the figures in the manifest, so that a human looks at the worst first.

Nothing here decides anything: for each figure a sample's suspicion is the share of samples that are less extreme in
the bad direction, and the sample's own is the largest of them. A set without outliers has a first page all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from builder.faces.duplicates import hash_pairs

REASON = 0.97  # share of samples that must be less extreme for a figure to be named
LOOKED = 8  # bits of 64 up to which two crops are called alike; distinct faces come as near as 6
# Figure of the manifest -> what its low values mean, what its high ones mean; "" for nothing bad.
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
    """Of one sample: 0 (nothing stands out) .. 1, and the figures that stand out, in words."""

    score: float
    reasons: tuple[str, ...]


def suspicions(manifest: pd.DataFrame) -> list[Suspicion]:
    """One for each row of a manifest; figures that it lacks, or that are all alike, do not count."""
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
    alike = np.where(distance <= LOOKED, (LOOKED + 1 - distance) / (LOOKED + 1), 0.0)
    for index in np.flatnonzero(alike):
        reasons[index].append(f"like another, {distance[index]} bits apart")
    scores = np.maximum(scores, alike)
    return [Suspicion(round(float(score), 4), tuple(why)) for score, why in zip(scores, reasons, strict=True)]


def nearest(hashes: Sequence[str]) -> NDArray[np.int64]:
    """Bits of 64 by which each perceptual hash (16 hex digits) differs from the most alike other one; 65 for none
    within `LOOKED`."""
    known = [index for index, text in enumerate(hashes) if text]
    pairs = hash_pairs(np.array([int(hashes[index], 16) for index in known], np.uint64), LOOKED)
    distance = np.full(len(hashes), 65, np.int64)
    for a, b in pairs.tolist():
        first, second = known[a], known[b]
        bits = (int(hashes[first], 16) ^ int(hashes[second], 16)).bit_count()
        distance[first], distance[second] = min(distance[first], bits), min(distance[second], bits)
    return distance


def _less_extreme(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the samples with a larger value, each; 0 for values that are not known."""
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
