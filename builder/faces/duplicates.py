"""Duplicates and near duplicates in a whole set of crops, by a perceptual hash and a 16 x 16 colour copy of each.

The hashes find candidates and the copies confirm them. Hashes alone have false matches, as faces share their layout:
among 2,000 real faces, 52 pairs differ in at most 10 of 64 bits. The copies of these pairs differ by at least 19 levels
on average and correlate by at most 0.89. Copies of one picture saved twice differ by 2 levels; under a change of light
they correlate by 0.99. The search is exact and independent of the order of the crops.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from scipy.fft import dct

from benchmark.core.files import Image
from benchmark.data.near.sketches import COPY, small_copy
from builder.core.recipe import DuplicatesRecipe
from builder.faces.hash_search import Hashes, Indices, close_hashes

CHUNK = 2**13  # crops, or pairs of crops, per batch
SKETCH_BYTES = 8 + COPY * COPY * 3
UPPER = 10  # upper rows of the copy, above a caption
FREQUENCIES = 8  # DCT frequencies in each direction
# Medians of the upper part's frequencies over 2,000 real faces, in tenths of a level of the copy's mean, for even
# horizontal frequencies. Thresholding at the median splits faces in halves at each bit, which leaves a third of the
# candidates.
TYPICAL = (
    (0, -88, 62, 2), (-46, 68, -34, -6), (41, -23, -3, 12), (-7, 3, 3, -11),
    (-6, 0, 2, 4), (12, -6, -4, 6), (-12, 6, 4, -8), (5, -3, -1, 4),
)  # fmt: skip
MIRRORED = np.uint64(0x5555555555555555)  # bits of odd horizontal frequencies, which a mirror image inverts
IndexPairs = NDArray[np.int64]  # (n, 2), the smaller index first, sorted


@dataclass(frozen=True)
class Sketches:
    """The sketches of n crops: perceptual hashes uint64 (n,) and small copies uint8 (n, 768)."""

    hashes: Hashes
    copies: NDArray[np.uint8]

    @classmethod
    def unpack(cls, sketches: bytes | bytearray) -> "Sketches":
        """Read the concatenated results of `sketch`."""
        table = np.frombuffer(sketches, np.uint8).reshape(-1, SKETCH_BYTES)
        return cls(np.ascontiguousarray(table[:, :8]).view(">u8").astype(np.uint64).ravel(), table[:, 8:])


def sketch(color: Image) -> bytes:
    """The sketch of a crop RGB uint8 (H, W, 3): 8 bytes of perceptual hash, then the 16 x 16 copy."""
    bits = np.packbits(imagehash.phash(PIL.Image.fromarray(color)).hash.ravel())
    return bits.tobytes() + small_copy(color).tobytes()


def same_pairs(sketches: Sketches, recipe: DuplicatesRecipe) -> IndexPairs:
    """Pairs of duplicates (one picture, saved or scaled again): close by hash and by colour."""
    return _unique(
        _confirmed(sketches, a, b, recipe.same_color)
        for a, b in close_hashes(sketches.hashes, sketches.hashes, recipe.same_hash)
    )


def near_pairs(sketches: Sketches, recipe: DuplicatesRecipe) -> IndexPairs:
    """Pairs of near duplicates, which must stay in one split: other light, a caption, mirrored, or slightly shifted."""
    typical = np.kron(TYPICAL, [1, 0])
    whole, upper = copy_hashes(sketches.copies, COPY), copy_hashes(sketches.copies, UPPER, typical)
    searches = ((sketches.hashes, sketches.hashes), (upper, upper), (whole, whole ^ MIRRORED))
    return _unique(
        _confirmed(sketches, a, b, recipe.near_color, recipe.near_correlation, mirrored=right is not left)
        for left, right in searches
        for a, b in close_hashes(left, right, recipe.near_hash)
    )


def keep_best(order: Sequence[int], pairs: IndexPairs) -> dict[int, int]:
    """The indices to drop: dropped index -> index of the picture kept instead.

    `order` lists all indices, the best first. A picture is dropped if it forms a pair with a better kept picture. No
    two kept pictures form a pair, and the result is independent of the order in which pictures were found.
    """
    neighbours: dict[int, list[int]] = {}
    for a, b in pairs.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    rank = {index: place for place, index in enumerate(order)}
    dropped: dict[int, int] = {}
    kept: set[int] = set()
    for index in order:
        better = [other for other in neighbours.get(index, []) if other in kept]
        if better:
            dropped[index] = min(better, key=rank.__getitem__)
        else:
            kept.add(index)
    return dropped


def close_pairs(hashes: Hashes, distance: int) -> IndexPairs:
    """All pairs of 64-bit hashes that differ in at most `distance` bits; none when `distance` is negative."""
    return _unique(np.stack([a, b], axis=1)[a < b] for a, b in close_hashes(hashes, hashes, distance))


def copy_hashes(copies: NDArray[np.uint8], rows: int, typical: NDArray[np.int64] | int = 0) -> Hashes:
    """Hash the small copies: one bit for each low DCT frequency of the first `rows` rows, set above `typical`.

    uint8 (n, 768) -> uint64 (n,). `typical` is in tenths of a level. The arithmetic uses whole numbers, so that each
    bit is equal on every machine.
    """
    limit = typical * (2 * 2 * 3 * rows * COPY * 1024**2 // 10)  # a tenth of a level, three channels, transformed
    down, across = (np.rint(1024 * dct(np.eye(side), axis=0)[:FREQUENCIES]) for side in (rows, COPY))
    hashes = np.empty(len(copies), np.uint64)
    for start in range(0, len(copies), CHUNK):
        grey = copies[start : start + CHUNK].reshape(-1, COPY, COPY, 3)[:, :rows].sum(axis=3, dtype=np.float64)
        signs = (down @ grey @ across.T > limit).reshape(-1, FREQUENCIES**2)
        signs[:, 0] = False  # the mean brightness
        hashes[start : start + CHUNK] = np.packbits(signs, axis=1).view(">u8").ravel()
    return hashes


def _confirmed(
    sketches: Sketches,
    a: Indices,
    b: Indices,
    color: float,
    correlation: float | None = None,
    *,
    mirrored: bool = False,
) -> IndexPairs:
    """The candidates (a, b) with a < b whose copies differ by at most `color` levels, or correlate by `correlation`."""
    pairs = np.stack([a, b], axis=1)[a < b]
    alike = np.empty(len(pairs), bool)
    for start in range(0, len(pairs), CHUNK):
        first, second = (sketches.copies[one].reshape(-1, COPY, COPY, 3) for one in pairs[start : start + CHUNK].T)
        second = second[:, :, ::-1] if mirrored else second
        close = np.abs(first.astype(np.int16) - second).mean(axis=(1, 2, 3)) <= color
        if correlation is not None:
            close |= _correlation(first, second) >= correlation
        alike[start : start + CHUNK] = close
    return pairs[alike]


def _correlation(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Correlation (n,) of two batches of copies (n, 16, 16, 3), each channel minus its mean; 0 for a flat copy.

    A change of light, contrast or tint of the whole picture does not change it.
    """
    x, y = (copies - copies.mean(axis=(1, 2), keepdims=True) for copies in (first, second))
    product, x_square, y_square = ((p * q).sum(axis=(1, 2, 3)) for p, q in ((x, y), (x, x), (y, y)))
    return np.asarray(product / np.sqrt(np.maximum(x_square * y_square, 1e-9)))


def _unique(parts: Iterable[IndexPairs]) -> IndexPairs:
    return np.unique(np.concatenate([np.empty((0, 2), np.int64), *parts]), axis=0)
