"""Small datasets whose test pictures show named characters, with or without part labels."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.data.dataset import Dataset, pixel_hash
from benchmark.data.parts import PARTS, write_parts
from benchmark.data.shapes import write_dataset


def with_characters(root: Path, names: list[str | None]) -> Dataset:
    """A dataset of shapes whose test pictures show these characters."""
    data = write_dataset(root, train=2, test=len(names))
    return with_column(data, "character", dict(zip(data.ids("test"), names, strict=True)))


def with_parts(data: Dataset) -> Dataset:
    """The dataset with part labels for each test picture: hair in the upper half, skin below, no iris, no clothes."""
    labels = np.zeros((256, 256), np.uint8)
    labels[40:128, 40:216], labels[128:216, 40:216] = PARTS.index("hair"), PARTS.index("skin")
    for sample in data.ids("test"):
        write_parts(data.parts_path(sample), labels)
    return with_column(data, "parts_sha256", dict.fromkeys(data.ids("test"), pixel_hash(labels)))


def with_column(data: Dataset, name: str, values: dict[str, str | None]) -> Dataset:
    """The dataset with another column in its manifest; samples without a value have None."""
    table = pd.read_parquet(data.root / "manifest.parquet")
    table[name] = [values.get(sample) for sample in table["id"]]
    table.to_parquet(data.root / "manifest.parquet", index=False)
    return Dataset.open(data.root)
