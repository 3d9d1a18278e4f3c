"""The search for same and near pictures over a whole set: seconds and memory for N crops and for half of them.

python tests/speed/duplicates.py --count 300000

The crops are only their sketches, as the search sees nothing else: hashes whose bits are biased and tied to each other
as those of faces are (a few faces' hashes, with a third of their bits turned), and small copies of flat shades whose
contrasts spread as theirs. One in a hundred is a copy of another one, with two bits and a level or two changed; they
have to be found.
"""

import argparse
import resource
import time

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

from builder.duplicates import COPY, Sketches, near_pairs, same_pairs
from builder.recipe import DuplicatesRecipe

TEMPLATES, TURNED = 64, 0.33
# Standard deviations of the contrasts (builder.duplicates) of 250 real faces, in levels.
SPREAD = (29, 7, 7, 16, 8, 3, 3, 7, 12, 4, 5, 9, 9, 3, 3, 7)
TINT = 17


def draw_sketches(count: int, seed: int = 0) -> Sketches:
    """`count` sketches, the last hundredth of them copies of the first ones."""
    rng = np.random.default_rng(seed)
    originals = count - count // 100
    bits = rng.random((TEMPLATES, 64)) < 0.5
    turned = rng.random((originals, 64)) < TURNED
    drawn = bits[rng.integers(0, TEMPLATES, originals)] ^ turned
    hashes = np.packbits(drawn, axis=1).view(">u8").ravel().astype(np.uint64)
    copies = _draw_copies(rng, originals)
    again = np.arange(count - originals)
    masks = np.uint64(1) << rng.integers(0, 64, (2, len(again)), dtype=np.uint64)
    lighter = np.minimum(copies[again], 253) + rng.integers(0, 3, (len(again), copies.shape[1]), dtype=np.uint8)
    return Sketches(np.concatenate([hashes, hashes[again] ^ masks[0] ^ masks[1]]), np.concatenate([copies, lighter]))


def _draw_copies(rng: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Small copies uint8 (n, 768) of 4 x 4 shades whose contrasts spread as those of real faces."""
    grey = 150 + (rng.normal(0, SPREAD, (count, 16)) @ hadamard(16)).reshape(count, 4, 4, 1)
    tint = rng.normal(0, TINT, (count, 1, 1, 3))
    shades = np.clip(grey + tint - tint.mean(3, keepdims=True), 0, 255).astype(np.uint8)
    return shades.repeat(COPY // 4, axis=1).repeat(COPY // 4, axis=2).reshape(count, -1)


def measure(count: int) -> tuple[float, float]:
    """CPU and wall seconds of both searches; raises SystemExit when a planted pair is missed."""
    sketches = draw_sketches(count)
    wall, cpu = time.perf_counter(), time.process_time()
    same = same_pairs(sketches, DuplicatesRecipe())
    near = near_pairs(sketches, DuplicatesRecipe())
    spent = time.process_time() - cpu, time.perf_counter() - wall
    planted = {(index, count - count // 100 + index) for index in range(count // 100)}
    for name, pairs in (("same", same), ("near", near)):
        missed = planted - set(map(tuple, pairs.tolist()))
        if missed:
            raise SystemExit(f"{len(missed)} of {len(planted)} planted {name} pairs were not found")
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
