"""Real pictures of a split and the two sets of the floor; each picture is read once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.scoring.sets.real import floor_sets, take_real


@dataclass(frozen=True)
class MeanColour:
    """An extractor whose features are the mean colour."""

    key: str = "mean-colour"
    length: int = 3

    def __call__(self, images: Sequence[Image]) -> NDArray[np.float64]:
        return np.stack([image.reshape(-1, 3).mean(axis=0, dtype=np.float64) for image in images])


def test_features_are_in_the_order_of_the_ids_and_pictures_are_read_once(
    tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    reads: Counter[str] = Counter()

    def color(sample: str) -> Image:
        reads[sample] += 1
        return tiny_dataset.color(sample)

    protocol = get_protocol("random-ref")
    extractor: Any = MeanColour()
    (real,) = take_real([extractor], tiny_dataset, protocol, color)
    expected = extractor([tiny_dataset.color(sample) for sample in tiny_dataset.ids("test")])
    assert real.features == pytest.approx(expected, rel=1e-6)
    assert set(reads.values()) == {1}
    first, second, name = floor_sets(tiny_dataset, protocol.split, protocol.seed)
    assert real.floor is not None
    for features, ids in zip(real.floor, (first, second), strict=True):
        assert features == pytest.approx(extractor([tiny_dataset.color(sample) for sample in ids]), rel=1e-6)
    assert real.floor_sets == name


def test_another_seed_draws_other_pictures_for_the_floor(tiny_dataset: Dataset) -> None:
    draws = {tuple(floor_sets(tiny_dataset, "test", seed)[1]) for seed in range(5)}
    assert len(draws) > 1
    assert floor_sets(tiny_dataset, "test", 1) == floor_sets(tiny_dataset, "test", 1)
