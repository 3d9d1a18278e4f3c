"""Same and near pictures over a whole set, by a perceptual hash and a 16 x 16 copy in colour of each.

Hashes find candidates and the copies confirm them. The hash alone calls distinct faces alike, as faces share their
layout: of 2,000 real ones, 52 pairs lie within 10 of 64 bits. Their copies never differ by less than 19 levels on
average, nor correlate by more than 0.89; those of one picture saved again differ by 2 levels, in other light they
correlate by 0.99. The search is exact: nothing depends on order or on a window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from scipy.fft import dct

from benchmark.core.files import Image
from builder.core.recipe import DuplicatesRecipe
from builder.faces.hash_search import Hashes, Indices, close_hashes

COPY = 16  # px, sides of the small copy
CHUNK = 2**13  # crops, or pairs of them, worked on together
SKETCH_BYTES = 8 + COPY * COPY * 3
UPPER = 10  # rows of the copy that a caption leaves alone
FREQUENCIES = 8  # in each direction
# Medians of the upper part's frequencies over 2,000 real faces, in tenths of a level of the copy's mean, those across
# of even number: against them each bit parts faces in halves, and the search sees a third of the candidates.
TYPICAL = (
    (0, -88, 62, 2), (-46, 68, -34, -6), (41, -23, -3, 12), (-7, 3, 3, -11),
    (-6, 0, 2, 4), (12, -6, -4, 6), (-12, 6, 4, -8), (5, -3, -1, 4),
)  # fmt: skip
MIRRORED = np.uint64(0x5555555555555555)  # bits of odd horizontal frequencies, which a mirror image turns over
Pairs = NDArray[np.int64]  # (n, 2), the smaller index first, sorted


@dataclass(frozen=True)
class Sketches:
    """Of n crops: perceptual hashes uint64 (n,) and small copies uint8 (n, 768)."""

    hashes: Hashes
    copies: NDArray[np.uint8]

    @classmethod
    def unpack(cls, sketches: bytes | bytearray) -> "Sketches":
        """From what `sketch` gives for each crop, one after the other."""
        table = np.frombuffer(sketches, np.uint8).reshape(-1, SKETCH_BYTES)
        return cls(np.ascontiguousarray(table[:, :8]).view(">u8").astype(np.uint64).ravel(), table[:, 8:])


def sketch(color: Image) -> bytes:
    """What is kept of RGB uint8 (H, W, 3) to recognise it: 8 bytes of perceptual hash, then the small copy."""
    picture = PIL.Image.fromarray(color)
    bits = np.packbits(imagehash.phash(picture).hash.ravel())
    return bits.tobytes() + np.asarray(picture.resize((COPY, COPY), PIL.Image.Resampling.BOX), np.uint8).tobytes()


def same_pairs(sketches: Sketches, recipe: DuplicatesRecipe) -> Pairs:
    """Pairs that are one picture, saved or scaled again: alike by hash and by colour."""
    return _unique(
        _confirmed(sketches, a, b, recipe.same_color)
        for a, b in close_hashes(sketches.hashes, sketches.hashes, recipe.same_hash)
    )


def near_pairs(sketches: Sketches, recipe: DuplicatesRecipe) -> Pairs:
    """Pairs too alike to lie on two sides of a split: in other light, with a caption, mirrored, or a little moved."""
    typical = np.kron(TYPICAL, [1, 0])
    whole, upper = copy_hashes(sketches.copies, COPY), copy_hashes(sketches.copies, UPPER, typical)
    searches = ((sketches.hashes, sketches.hashes), (upper, upper), (whole, whole ^ MIRRORED))
    return _unique(
        _confirmed(sketches, a, b, recipe.near_color, recipe.near_correlation, mirrored=right is not left)
        for left, right in searches
        for a, b in close_hashes(left, right, recipe.near_hash)
    )


def keep_best(order: Sequence[int], pairs: Pairs) -> dict[int, int]:
    """Which to drop: index -> the one kept in its place.

    `order` lists all indices, the best first. One is kept unless a better kept one is its pair, so what is kept has no
    pair among itself, whatever order the pictures came in.
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


def hash_pairs(hashes: Hashes, distance: int) -> Pairs:
    """All pairs of 64-bit hashes that differ in at most `distance` bits (none when it is negative)."""
    return _unique(np.stack([a, b], axis=1)[a < b] for a, b in close_hashes(hashes, hashes, distance))


def copy_hashes(copies: NDArray[np.uint8], rows: int, typical: NDArray[np.int64] | int = 0) -> Hashes:
    """Which of the lowest frequencies (DCT) of the first `rows` rows of each small copy exceed `typical`: uint64 (n,).

    `typical` is in tenths of a level. Whole numbers throughout, so that a coefficient near its limit falls on one side
    on every machine.
    """
    limit = typical * (2 * 2 * 3 * rows * COPY * 1024**2 // 10)  # a tenth of a level of three channels, transformed
    down, across = (np.rint(1024 * dct(np.eye(side), axis=0)[:FREQUENCIES]) for side in (rows, COPY))
    hashes = np.empty(len(copies), np.uint64)
    for start in range(0, len(copies), CHUNK):
        grey = copies[start : start + CHUNK].reshape(-1, COPY, COPY, 3)[:, :rows].sum(axis=3, dtype=np.float64)
        signs = (down @ grey @ across.T > limit).reshape(-1, FREQUENCIES**2)
        signs[:, 0] = False  # the brightness
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
) -> Pairs:
    """Of candidates (a, b) those with a < b whose copies differ by at most `color` levels, or correlate enough."""
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
    """Of all values of each two copies (n, 16, 16, 3), each channel about its own mean; 0 for a flat one.

    Other light, contrast or tint of the whole picture leave it as it is.
    """
    x, y = (copies - copies.mean(axis=(1, 2), keepdims=True) for copies in (first, second))
    product, x_square, y_square = ((p * q).sum(axis=(1, 2, 3)) for p, q in ((x, y), (x, x), (y, y)))
    return np.asarray(product / np.sqrt(np.maximum(x_square * y_square, 1e-9)))


def _unique(parts: Iterable[Pairs]) -> Pairs:
    return np.unique(np.concatenate([np.empty((0, 2), np.int64), *parts]), axis=0)
