"""The search for same and near pictures over a whole set: seconds and memory for N crops and for half of them.

python tests/speed/duplicates.py --count 300000

The crops are only their sketches, as the search sees nothing else: small copies whose frequencies have the means and
deviations of those of 2,000 real faces, and the signs of these as perceptual hashes. One in a hundred is another one
again: half of them a level or two lighter, with two bits of the hash turned, the others mirrored. All have to be found.
"""

import argparse
import resource
import time

import numpy as np
from numpy.typing import NDArray
from scipy.fft import idctn

from benchmark.data.near.sketches import COPY
from builder.core.recipe import DuplicatesRecipe
from builder.faces.duplicates import CHUNK, Sketches, copy_hashes, near_pairs, same_pairs

# Of the lowest frequencies (orthonormal DCT / 16) of the grey copies of real faces, in levels: rows are vertical ones.
MEAN = (
    (146, 0, -11, 0, 10, 0, -1, 0), (-2, 0, 4, 0, -2, 0, 1, 0), (-3, 0, 10, 0, -7, 0, -1, 0), (1, 0, -3, 0, 2, 0, 0, 0),
    (6, 0, -4, 0, -1, 0, 2, 0), (-4, 0, 3, 0, 0, 0, -2, 0), (-1, 0, 0, 0, 2, 0, -1, 0), (2, 0, -2, 0, -1, 0, 3, 0),
)  # fmt: skip
SPREAD = (
    (29.4, 9.5, 16.9, 5.9, 10.3, 4.2, 5.6, 3.1), (13.7, 6.0, 10.1, 4.4, 6.0, 3.4, 4.2, 2.5),
    (9.0, 4.2, 7.9, 3.2, 6.2, 2.8, 4.4, 2.5), (7.2, 3.5, 5.6, 3.1, 4.6, 2.8, 3.7, 2.1),
    (6.0, 2.9, 4.6, 2.6, 4.3, 2.3, 3.0, 1.9), (4.5, 2.3, 3.6, 2.1, 3.2, 1.8, 3.0, 1.7),
    (3.7, 1.9, 3.3, 1.9, 2.5, 1.6, 2.3, 1.5), (3.0, 1.6, 2.8, 1.5, 2.4, 1.5, 2.1, 1.3),
)  # fmt: skip
TINT = 14  # levels, deviation of a channel's mean from grey


def draw_sketches(count: int, seed: int = 0) -> Sketches:
    """`count` sketches, the last hundredth of them the first ones again."""
    rng = np.random.default_rng(seed)
    originals = count - count // 100
    copies = np.concatenate([_draw_copies(rng, min(CHUNK, originals - at)) for at in range(0, originals, CHUNK)])
    again = np.arange(count - originals)
    lighter = np.minimum(copies[again], 253) + rng.integers(0, 3, (len(again), copies.shape[1]), dtype=np.uint8)
    mirrored = copies[again].reshape(-1, COPY, COPY, 3)[:, :, ::-1].reshape(len(again), -1)
    odd = again % 2 == 1
    hashes = copy_hashes(copies, COPY)
    masks = np.uint64(1) << rng.integers(0, 64, (2, len(again)), dtype=np.uint64)
    turned = np.where(odd, copy_hashes(mirrored, COPY), hashes[again] ^ masks[0] ^ masks[1])
    repeated = np.where(odd[:, None], mirrored, lighter)
    return Sketches(np.concatenate([hashes, turned]), np.concatenate([copies, repeated]))


def _draw_copies(rng: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Small copies uint8 (n, 768): frequencies drawn one by one, a tint, a little noise."""
    frequencies = np.zeros((count, COPY, COPY))
    frequencies[:, : len(MEAN), : len(MEAN)] = rng.normal(MEAN, SPREAD, (count, len(MEAN), len(MEAN)))
    grey = idctn(frequencies * COPY, axes=(1, 2), norm="ortho")[..., None]
    colors = grey + rng.normal(0, TINT, (count, 1, 1, 3)) + rng.normal(0, 3, (count, COPY, COPY, 3))
    return np.clip(colors, 0, 255).astype(np.uint8).reshape(count, -1)


def measure(count: int) -> tuple[float, float]:
    """CPU and wall seconds of both searches; raises SystemExit when a planted pair is missed."""
    sketches = draw_sketches(count)
    wall, cpu = time.perf_counter(), time.process_time()
    same = same_pairs(sketches, DuplicatesRecipe())
    near = near_pairs(sketches, DuplicatesRecipe())
    spent = time.process_time() - cpu, time.perf_counter() - wall
    planted = [(index, count - count // 100 + index) for index in range(count // 100)]
    for name, pairs, wanted in (("same", same, planted[::2]), ("near", near, planted)):
        missed = set(wanted) - set(map(tuple, pairs.tolist()))
        if missed:
            raise SystemExit(f"{len(missed)} of {len(wanted)} planted {name} pairs were not found")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{count:8,} crops: CPU {spent[0]:7.1f} s, wall {spent[1]:7.1f} s, peak {peak:.2f} GiB; "
          f"{len(same):,} same, {len(near):,} near pairs")  # fmt: skip
    return spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    wanted = parser.parse_args().count
    half, whole = measure(wanted // 2), measure(wanted)
    print(f"twice the crops take {whole[0] / half[0]:.2f} times the CPU time (2 is linear)")
