"""All pairs of 64-bit hashes within a distance: exact, in bounded memory, from buckets and not from all pairs.

Multi-index hashing (doi:10.1109/TPAMI.2013.231): hashes that differ in d bits differ in at most d / m bits in one of
m bands, so that looking up each band and its few variants in a table of buckets misses none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Values = NDArray[np.uint32]  # of a band
BITS = 64
BANDS = 3  # long ones, which few hashes share, so that the buckets stay small in a large set
MOST_FLIPS = 3  # in a band: four would be tens of thousands of variants
CHUNK = 2**21  # candidates looked at together


def close_hashes(left: Hashes, right: Hashes, distance: int) -> Iterator[tuple[Indices, Indices]]:
    """Indices (a, b) of all left[a], right[b] that differ in at most `distance` bits, part by part; some come twice."""
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
        by_value = np.argsort(values, kind="stable")  # neighbours look at one part of the table
        values = values[by_value]
        for variant in _variants(high - low, distance // bands):
            for a, b in table.entries(values ^ np.uint32(variant)):
                first = by_value[a]
                close = np.bitwise_count(left[first] ^ right[b]) <= distance
                yield first[close], b[close]


def _band(hashes: Hashes, low: int, high: int) -> Values:
    return ((hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)).astype(np.uint32)


def _variants(width: int, flips: int) -> Iterator[int]:
    """Masks of up to `flips` of `width` bits."""
    for count in range(flips + 1):
        for bits in combinations(range(width), count):
            yield sum(1 << bit for bit in bits)


@dataclass(frozen=True)
class _Table:
    """Which indices have a value: those of value v are order[starts[v] : starts[v + 1]]."""

    order: Indices
    starts: Indices
    taken: NDArray[np.bool_]  # whether anything has the value: small enough for the processor's cache

    @classmethod
    def of(cls, values: Values, width: int) -> "_Table":
        counts = np.bincount(values, minlength=1 << width)
        return cls(np.argsort(values, kind="stable"), np.concatenate([[0], np.cumsum(counts)]), counts > 0)

    def entries(self, values: Values) -> Iterator[tuple[Indices, Indices]]:
        """(index of the value, index that has it) for all of them, some `CHUNK` at a time."""
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
