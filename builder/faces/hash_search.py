"""Exact search of all pairs of 64-bit hashes within a Hamming distance, in bounded memory.

Multi-index hashing (doi:10.1109/TPAMI.2013.231): hashes that differ in d bits differ in at most d / m bits in one of m
bands. The search looks up each band and its variants in a table, and therefore finds every pair.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Values = NDArray[np.uint32]  # values of a band
BITS = 64
BANDS = 3  # few and long, so that few hashes share a value in a large set
MOST_FLIPS = 3  # flipped bits per band; four would give tens of thousands of variants
CHUNK = 2**21  # candidates per batch


def close_hashes(left: Hashes, right: Hashes, distance: int) -> Iterator[tuple[Indices, Indices]]:
    """Yield batches of indices (a, b) of all left[a], right[b] within `distance` bits; a pair may occur twice."""
    if distance < 0 or not len(left) or not len(right):
        return
    if len(left) * len(right) <= CHUNK:
        a, b = np.nonzero(np.bitwise_count(left[:, None] ^ right) <= distance)
        yield a, b
        return
    bands = max(BANDS, distance // (MOST_FLIPS + 1) + 1)
    edges = [int(edge) for edge in np.linspace(0, BITS, bands + 1)]
    for low, high in pairwise(edges):
        table = _Table.of(_band(right, low, high), high - low)
        values = _band(left, low, high)
        by_value = np.argsort(values, kind="stable")  # sorted, for the processor's cache
        values = values[by_value]
        for variant in _variants(high - low, distance // bands):
            for a, b in table.entries(values ^ np.uint32(variant)):
                first = by_value[a]
                close = np.bitwise_count(left[first] ^ right[b]) <= distance
                yield first[close], b[close]


def _band(hashes: Hashes, low: int, high: int) -> Values:
    return ((hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)).astype(np.uint32)


def _variants(width: int, flips: int) -> Iterator[int]:
    """All masks of `width` bits with at most `flips` set."""
    for count in range(flips + 1):
        for bits in combinations(range(width), count):
            yield sum(1 << bit for bit in bits)


@dataclass(frozen=True)
class _Table:
    """Indices by value: the indices with value v are order[starts[v] : starts[v + 1]]."""

    order: Indices
    starts: Indices
    taken: NDArray[np.bool_]  # whether any index has the value; fits into the processor's cache

    @classmethod
    def of(cls, values: Values, width: int) -> "_Table":
        counts = np.bincount(values, minlength=1 << width)
        return cls(np.argsort(values, kind="stable"), np.concatenate([[0], np.cumsum(counts)]), counts > 0)

    def entries(self, values: Values) -> Iterator[tuple[Indices, Indices]]:
        """Yield (position in `values`, index with that value) in batches of about `CHUNK`."""
        hit = np.flatnonzero(self.taken[values])
        if not len(hit):
            return
        first = self.starts[values[hit]]
        counts = self.starts[values[hit] + np.uint32(1)] - first
        ends = np.cumsum(counts)
        cuts = np.searchsorted(ends, np.arange(CHUNK, ends[-1], CHUNK)) + 1
        for low, high in pairwise([0, *cuts.tolist(), len(hit)]):
            sizes = counts[low:high]
            within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            yield np.repeat(hit[low:high], sizes), self.order[np.repeat(first[low:high], sizes) + within]
