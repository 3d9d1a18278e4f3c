"""How FID, FID infinity and KID change with the number of pictures, between two disjoint sets of real faces.

python tests/speed/fid_bias.py data/faces [--chart docs/fid-bias.png]

Random-weight features, so the numbers are no published FIDs; the shape of the bias is what counts. With the true
weights at hand (`anibench weights list`), `--mode legacy_pytorch` takes Inception's.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from random_features import random_features

from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.scoring.sets.fid_infinity import fid_infinity
from benchmark.scoring.sets.frechet import frechet_distance
from benchmark.scoring.sets.kid import kid

SIZES = (25, 50, 100, 200, 400)
DRAWS = 5


def read_features(data: Dataset, count: int, mode: str | None) -> NDArray[np.float64]:
    ids = sorted(data.ids("train"), key=lambda sample: derive_seed("fid-bias", sample))[:count]
    images = [data.color(sample) for sample in ids]
    if mode is None:
        return random_features(images)
    from benchmark.scoring.features.inception import load_extractor

    extractor = load_extractor(mode, "cpu")  # type: ignore[arg-type]
    return np.concatenate([extractor(images[start : start + 16]) for start in range(0, len(images), 16)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--mode", choices=("legacy_pytorch", "clean"))
    parser.add_argument("--chart", type=Path)
    options = parser.parse_args()
    data = Dataset.open(options.data)
    features = read_features(data, 2 * SIZES[-1], options.mode)
    print(f"{options.mode or 'random weights'}, {len(features)} faces; mean ± standard deviation over {DRAWS} draws")
    rows = []
    for n in (size for size in SIZES if 2 * size <= len(features)):
        found = []
        for draw in range(DRAWS):
            order = np.random.default_rng(derive_seed("draw", n, draw)).permutation(len(features))
            one, two = features[order[:n]], features[order[n : 2 * n]]
            found.append((frechet_distance(one, two), fid_infinity(one, two, draw), kid(one, two, draw).value))
        mean, spread = np.mean(found, axis=0), np.std(found, axis=0, ddof=1)
        rows.append((n, mean, spread))
        cells = " | ".join(f"{m:.4g} ± {s:.2g}" for m, s in zip(mean, spread, strict=True))
        print(f"| {n} | {cells} |", flush=True)
    if options.chart:
        draw_chart(rows, options.chart)


def draw_chart(rows: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), dpi=120, layout="constrained")
    for column, name in enumerate(("FID", "FID infinity")):
        n, mean, spread = zip(*[(row[0], row[1][column], row[2][column]) for row in rows], strict=True)
        axes.errorbar(n, mean, spread, marker="o", capsize=3, label=name)
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set(xscale="log", xlabel="pictures in each set", ylabel="distance", xticks=[row[0] for row in rows])
    axes.set_xticklabels([str(row[0]) for row in rows])
    axes.minorticks_off()
    axes.set_title("Two disjoint sets of real faces, random-weight features", fontsize=10)
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
