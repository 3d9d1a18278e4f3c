"""A small dataset of random shapes with their outlines, for the check of a method and for tests."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from benchmark.core.files import Image, write_json, write_png
from benchmark.data.dataset import FORMAT, SIZE, Dataset, DatasetCard, fingerprint, pixel_hash, sample_id
from benchmark.data.protocol import get_protocol, make_pairs, write_pairs


def draw_shapes(seed: int) -> tuple[Image, Image]:
    """A colour picture (256, 256, 3) of six ellipses on a flat background, and their outlines (256, 256), 0 or 255."""
    rng = np.random.default_rng(seed)
    color = np.full((SIZE, SIZE, 3), rng.integers(120, 256, 3), np.uint8)
    line = np.full((SIZE, SIZE), 255, np.uint8)
    for _ in range(6):
        centre, axes = rng.integers(40, 216, 2).tolist(), rng.integers(15, 70, 2).tolist()
        shape = (centre, axes, float(rng.integers(0, 180)), 0, 360)
        cv2.ellipse(color, *shape, rng.integers(0, 256, 3).tolist(), -1)
        cv2.ellipse(line, *shape, 255, -1)
        cv2.ellipse(line, *shape, 0, 1)
    return color, line


def write_dataset(root: Path, train: int = 6, test: int = 5, seed: int = 0) -> Dataset:
    """Write a valid dataset of drawn shapes to `root`; datasets of different seeds share no picture."""
    rows = []
    for number in range(train + test):
        color, line = draw_shapes(1000 * seed + number)
        split = "train" if number < train else "test"
        name = sample_id(color)
        write_png(root / split / "color" / f"{name}.png", color)
        write_png(root / split / "line" / f"{name}.png", line)
        rows.append({"id": name, "split": split, "group": f"g{number}", "line_sha256": pixel_hash(line)})
    manifest = pd.DataFrame(rows)
    manifest.to_parquet(root / "manifest.parquet", index=False)
    protocol = get_protocol("random-ref")
    if test > 1:
        write_pairs(protocol, make_pairs(protocol, manifest.loc[manifest["split"] == "test", "id"].tolist()), root)
    card = DatasetCard(
        format=FORMAT,
        name=f"shapes-{seed}",
        fingerprint=fingerprint(manifest[["id", "split", "line_sha256"]].itertuples(index=False, name=None)),
        counts={"train": train, "test": test},
        dropped={},
        config={},
        source="random shapes",
        licence="none needed",
    )
    write_json(root / "dataset.json", card.model_dump(mode="json"))
    return Dataset.open(root)
