"""Same and near pictures over a whole set, by two signals: a perceptual hash, and a 16 x 16 copy in colour.

On 2,000 distinct real faces the hash alone calls pairs alike at a distance of 6 of 64 (faces share their layout), the
small copies of two faces never differ by less than 18 levels on average; a recompressed or resized copy of one picture
differs by 0..2 in both. So each signal confirms the other. Both searches are exact: nothing depends on order or on
a window. Hashes are compared within bands (two hashes that differ in d bits agree in one of d + 1 bands), copies within
a k-d tree of their contrasts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import imagehash
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from benchmark.files import Image
from builder.recipe import DuplicatesRecipe

COPY = 16  # px, sides of the small copy
SKETCH_BYTES = 8 + COPY * COPY * 3
Pairs = NDArray[np.int64]  # (n, 2), the smaller index first, sorted


@dataclass(frozen=True)
class Sketches:
    """Of n crops: perceptual hashes uint64 (n,) and small copies uint8 (n, 768)."""

    hashes: NDArray[np.uint64]
    copies: NDArray[np.uint8]

    @classmethod
    def unpack(cls, sketches: Sequence[bytes]) -> "Sketches":
        """From the bytes `sketch` gives."""
        table = np.frombuffer(b"".join(sketches), np.uint8).reshape(-1, SKETCH_BYTES)
        return cls(np.ascontiguousarray(table[:, :8]).view(">u8").astype(np.uint64).ravel(), table[:, 8:])


def sketch(color: Image) -> bytes:
    """What is kept of RGB uint8 (H, W, 3) to recognise it: 8 bytes of perceptual hash, then the small copy."""
    picture = PIL.Image.fromarray(color)
    bits = np.packbits(imagehash.phash(picture).hash.ravel())
    return bits.tobytes() + np.asarray(picture.resize((COPY, COPY), PIL.Image.Resampling.BOX), np.uint8).tobytes()


def same_pairs(sketches: Sketches, recipe: DuplicatesRecipe) -> Pairs:
    """Pairs that are one picture, saved or scaled again: alike by hash and by colour."""
    pairs = hash_pairs(sketches.hashes, recipe.same_hash)
    return pairs[_color_distance(sketches, pairs) <= recipe.same_color]


def near_pairs(sketches: Sketches, recipe: DuplicatesRecipe) -> Pairs:
    """Pairs too alike to lie on two sides of a split: variants in light (by hash) or in a detail (by colour)."""
    by_hash = hash_pairs(sketches.hashes, recipe.near_hash)
    by_hash = by_hash[_color_distance(sketches, by_hash) <= recipe.near_color]
    return np.unique(np.concatenate([by_hash, color_pairs(sketches, recipe.same_color)]), axis=0)


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


def hash_pairs(hashes: NDArray[np.uint64], distance: int) -> Pairs:
    """All pairs of 64-bit hashes that differ in at most `distance` bits (none when it is negative)."""
    found = [np.empty((0, 2), np.int64)]
    if distance >= 0:
        edges = np.linspace(0, 64, distance + 2).astype(int)
        for low, high in pairwise(edges):
            band = (hashes >> np.uint64(low)) & np.uint64((1 << int(high - low)) - 1)
            for bucket in _buckets(band):
                found.append(_close(hashes, bucket, distance))
    return np.unique(np.concatenate(found), axis=0)


def color_pairs(sketches: Sketches, distance: float) -> Pairs:
    """All pairs whose small copies differ by at most `distance` levels on average."""
    from scipy.spatial import cKDTree

    if not len(sketches.copies):
        return np.empty((0, 2), np.int64)
    found = cKDTree(_contrasts(sketches.copies)).query_pairs(distance + 1e-3, p=np.inf, output_type="ndarray")
    pairs = np.unique(np.sort(np.asarray(found, np.int64).reshape(-1, 2), axis=1), axis=0)
    return pairs[_color_distance(sketches, pairs) <= distance]


def _contrasts(copies: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Means of each small copy with some of its values negated (Walsh functions), float32 (n, 19).

    Two copies differ in none of these by more than their mean absolute difference, so a search within that distance in
    every one misses no pair; and they differ so much between pictures that it looks at few others.
    """
    from scipy.linalg import hadamard

    quarter = COPY // 4
    blocks = copies.reshape(-1, 4, quarter, 4, quarter, 3).mean((2, 4), dtype=np.float32).reshape(-1, 16, 3)
    grey = blocks.mean(2) @ (hadamard(16).astype(np.float32) / 16)
    tint = blocks.mean(1) @ (np.array([[1, 1, -1], [1, -1, 1], [-1, 1, 1]], np.float32) / 3)
    return np.concatenate([grey, tint], axis=1)


def _buckets(values: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Indices of equal values, each run of at least two."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order])) + 1
    return (bucket for bucket in np.split(order, starts) if len(bucket) > 1)


def _close(hashes: NDArray[np.uint64], bucket: NDArray[np.int64], distance: int, chunk: int = 512) -> Pairs:
    """Pairs within a bucket, compared in chunks so that a crowded bucket needs no square of memory."""
    found = []
    members = hashes[bucket]
    for start in range(0, len(bucket), chunk):
        differ = np.bitwise_count(members[start : start + chunk, None] ^ members[None, start:])
        a, b = np.nonzero(differ <= distance)
        later = b > a
        found.append(np.stack([bucket[start + a[later]], bucket[start + b[later]]], axis=1))
    return np.sort(np.concatenate(found), axis=1)


def _color_distance(sketches: Sketches, pairs: Pairs, chunk: int = 65536) -> NDArray[np.float64]:
    """Mean absolute difference of the small copies of each pair, in levels."""
    parts = [np.empty(0)]
    for start in range(0, len(pairs), chunk):
        a, b = pairs[start : start + chunk].T
        parts.append(np.abs(sketches.copies[a].astype(np.int16) - sketches.copies[b]).mean(axis=1))
    return np.concatenate(parts)
