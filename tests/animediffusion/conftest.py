"""A network, a configuration and a training run small enough for a second of CPU."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny_training import TINY, changed

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import train
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset


@pytest.fixture
def tiny_config() -> Callable[..., AnimeDiffusionConfig]:
    """`tiny_config(**{"phase1.steps": 3})`."""

    def make(**changes: Any) -> AnimeDiffusionConfig:
        return AnimeDiffusionConfig.model_validate(changed(TINY, changes))

    return make


@pytest.fixture
def train_tiny(tmp_path: Path, tiny_dataset: Dataset, tiny_config: Callable[..., AnimeDiffusionConfig]) -> Any:
    """`train_tiny("name", resume=False, **changes) -> checkpoint`, in `tmp_path / name`."""

    def go(name: str, *, resume: bool = False, **changes: Any) -> Path:
        return train(tiny_config(**changes), tiny_dataset, Run(tmp_path / name, "cpu", resume))

    return go


@pytest.fixture
def one_character(tiny_dataset: Dataset) -> None:
    """All samples of the dataset show the same character."""
    path = tiny_dataset.root / "manifest.parquet"
    pd.read_parquet(path).assign(character="rin").to_parquet(path)
    tiny_dataset.manifest["character"] = "rin"
