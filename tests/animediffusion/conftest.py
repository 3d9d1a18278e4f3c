"""A network, a configuration and a training run small enough for a second of CPU."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.method import train
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset

TINY: dict[str, Any] = {
    "resolution": 16,
    "unet": {"channels": 8, "multipliers": [1, 2], "blocks": 1, "heads": 2, "groups": 4},
    "phase1": {"steps": 7, "batch": 2, "optimizer": {"learning_rate": 1e-3, "schedule": "cosine", "warmup": 0.2}},
    "phase2": {"steps": 4, "batch": 2, "chain": 3, "start_noise": "gaussian", "optimizer": {"learning_rate": 1e-4}},
    "sampling": {"steps": 3, "start_noise": "gaussian"},
    "runtime": {"log_every": 2, "state_every": 2, "samples_every": 0},
}  # 6 samples, batch 2: an epoch is 3 steps, so states at steps 2 and 4 lie inside one


def changed(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`tree` with `{"a.b": value}` set."""
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in tree.items()}
    for path, value in changes.items():
        *parents, leaf = path.split(".")
        place = result
        for parent in parents:
            place[parent] = dict(place.get(parent, {}))
            place = place[parent]
        place[leaf] = value
    return result


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
