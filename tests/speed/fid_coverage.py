"""How often FID's interval holds the mean of FID at its N, and that of a difference the mean difference: a simulation.

python tests/speed/fid_coverage.py [--trials 200] [--sizes 100 579] [--faces FOLDER]

Every trial draws N pictures anew, each a line part and a colour part in the space of the features. A method paints
each line in the colours of three references, as `random-ref-v2` pairs them; "tint" keeps lines and colours, "copier"
hands the reference back with a trace of the line. Features are Student's t with 7 degrees of freedom and variances
k^-0.7, or, with FOLDER, mixtures of those of the faces in it by Inception with random weights.
"""

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from random_features import random_inception

from benchmark.core.files import read_rgb
from benchmark.data.protocol import Pair
from benchmark.results.statistics import shared_error
from benchmark.scoring.sets.frechet import frechet_influences
from benchmark.scoring.sets.kid import kid
from benchmark.scoring.sets.set_scorer import Outputs, influence_shares

Features = NDArray[np.float64]  # (n, d)
Parts = tuple[Features, Features, Features]  # of n pictures: line, colours, and what noise is like

PAIRINGS = 3
DIMENSIONS = (32, 256, 2048)
TWIN = "tint again"  # with other noise: the true difference is 0
METHODS = {"tint": (0.8, 0.8, 0.3), "copier": (0.2, 1.2, 0.1), TWIN: (0.8, 0.8, 0.3)}  # weights of line, colour, noise


def student(rng: np.random.Generator, n: int, d: int) -> Parts:
    """Parts of n pictures by Student's t."""
    scale = np.arange(1, d + 1) ** -0.35
    line, color, noise = (rng.standard_t(7, (n, d)) * scale for _ in range(3))
    return line, color, noise


def mixed(faces: Features, rng: np.random.Generator, n: int, d: int) -> Parts:
    """The same of faces: half a picture's features count as its line, half as its colours; noise are other faces."""
    chosen = rng.permutation(len(faces))
    real, others = faces[chosen[:n]], faces[chosen[n : 2 * n]] - faces.mean(axis=0)
    return real / 2, real / 2, others / 2


def trial(parts: Parts, rng: np.random.Generator, seed: int) -> dict[str, tuple[float, float]]:
    """Number -> its estimate and half its interval, from the pictures drawn."""
    line, color, noise = parts
    n = len(line)
    order = rng.permutation(n)
    references = np.concatenate([order[(np.argsort(order) + k) % n] for k in range(1, PAIRINGS + 1)])
    lines = np.tile(np.arange(n), PAIRINGS)
    ids = [str(i) for i in range(n)]
    pairs = [Pair(ids[i], ids[j], 0, 1 + k // n) for k, (i, j) in enumerate(zip(lines, references, strict=True))]

    def estimate(shares: Features) -> tuple[float, float]:
        error = shared_error(shares.tolist(), [pair.sample for pair in pairs], [pair.reference for pair in pairs])
        return float(shares.mean()), error.interval(0).high

    shares = {}
    for name, (a, b, c) in METHODS.items():
        outputs = a * line[lines] + b * color[references] + c * noise[rng.integers(0, n, len(lines))]
        shares[name] = influence_shares(frechet_influences, Outputs(outputs, pairs), line + color, ids)
        if name == "tint":
            found = kid(outputs[:n], line + color, seed)
    numbers = {f"FID, {name}": estimate(each) for name, each in shares.items() if name != TWIN}
    numbers |= {f"{name} - tint": estimate(each - shares["tint"]) for name, each in shares.items() if name != "tint"}
    return numbers | {"KID, tint, one pairing": (found.value, found.high - found.value)}


def rows(trials: Sequence[dict[str, tuple[float, float]]]) -> Iterator[str]:
    """A row for each number: mean, standard deviation, half the interval over 1.96 of it, coverage."""
    for what in trials[0]:
        values, reaches = np.array([each[what] for each in trials]).T
        truth, spread = (0.0 if TWIN in what else values.mean()), values.std(ddof=1)
        covered = np.mean(np.abs(values - truth) <= reaches)
        ratio = np.sqrt(np.mean(reaches**2)) / 1.96 / spread
        yield f"{what} | {values.mean():.4g} | {spread:.3g} | {ratio:.2f} | {100 * covered:.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 579])
    parser.add_argument("--dimensions", type=int, nargs="+", default=DIMENSIONS)
    parser.add_argument("--faces", type=Path)
    options = parser.parse_args()
    draw, dimensions, kind = student, options.dimensions, ""
    if options.faces:
        faces = random_inception([read_rgb(path) for path in sorted(options.faces.iterdir())])
        draw, dimensions, kind = partial(mixed, faces), [faces.shape[1]], f" of {len(faces)} faces"
    print("| N | features | number | mean | standard deviation | half the interval / 1.96 of it | covered |")
    print("|---|---|---|---|---|---|---|")
    for n in options.sizes:
        for d in dimensions:
            generators = [np.random.default_rng(seed) for seed in range(options.trials)]
            for row in rows([trial(draw(rng, n, d), rng, seed) for seed, rng in enumerate(generators)]):
                print(f"| {n} | {d}{kind} | {row} |", flush=True)


if __name__ == "__main__":
    main()
