"""Small datasets for every test: random shapes with their outlines, written as a real dataset folder."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from shapes import draw_shapes

import anibench  # noqa: F401  says how torch's threads wait, which only counts before torch is imported
from benchmark.dataset import FORMAT, Dataset, DatasetCard, fingerprint, pixel_hash, sample_id
from benchmark.files import write_json, write_png
from benchmark.protocol import get_protocol, make_pairs, write_pairs


def write_dataset(root: Path, train: int = 6, test: int = 5, seed: int = 0) -> Dataset:
    """Write a valid dataset of drawn shapes to `root`; other seeds share no picture with it."""
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
        source="shapes drawn by a test",
        licence="none needed",
    )
    write_json(root / "dataset.json", card.model_dump(mode="json"))
    return Dataset.open(root)


@pytest.fixture
def tiny_dataset(tmp_path: Path) -> Dataset:
    """6 train and 5 test samples in `tmp_path / "faces"`."""
    return write_dataset(tmp_path / "faces")


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., Dataset]:
    """`write_dataset`, for tests that need another one."""
    return write_dataset


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever weights this machine has are not found."""
    monkeypatch.delenv("ANIBENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
