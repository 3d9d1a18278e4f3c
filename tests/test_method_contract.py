"""What every registered method has to keep, whatever it is; a new method needs one line here, its smallest settings."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.config import Config
from benchmark.dataset import Dataset
from benchmark.methods import Colorizer, Method, get_method, method_names
from benchmark.runs import Run

# Settings that make a method that can learn do so in a second.
SMALLEST: dict[str, dict[str, Any]] = {
    "animediffusion": {
        "resolution": 32,
        "unet": {"channels": 8, "multipliers": [1, 2], "blocks": 1, "heads": 2, "groups": 4},
        "phase1": {"steps": 2, "batch": 2},
        "phase2": {"steps": 1, "batch": 2, "chain": 2, "start_noise": "gaussian"},
        "sampling": {"steps": 2, "start_noise": "gaussian", "eta": 1.0},
    },
}
ROUNDING = 1e-3  # share of values that may differ by one grey level between batch sizes


@pytest.fixture(scope="module", params=method_names())
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Dataset]
) -> tuple[Method, Callable[[], Colorizer]]:
    """A method, and a way to load it anew, trained first if it can learn."""
    method = get_method(request.param)
    checkpoint: Path | None = None
    if method.train is not None:
        home = tmp_path_factory.mktemp("contract")
        data = make_dataset(home / "faces", train=4, test=2)
        config = method.config.model_validate(SMALLEST[method.name])
        checkpoint = method.train(config, data, Run(home / "run", "cpu"))
    return method, lambda: method.load(checkpoint, "cpu")


@pytest.fixture(scope="module")
def pictures() -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Five lines (5, 1, 256, 256), references (5, 3, 256, 256) and seeds."""
    rng = np.random.default_rng(0)
    lines = np.where(rng.random((5, 1, 256, 256)) < 0.1, 0, 255).astype(np.uint8)
    return lines, rng.integers(0, 256, (5, 3, 256, 256), np.uint8), [3, 1, 4, 1, 5]


def test_the_configuration_is_frozen_and_refuses_unknown_keys(loaded: tuple[Method, Any]) -> None:
    model = loaded[0].config
    assert issubclass(model, Config)
    assert model.model_config.get("frozen")
    with pytest.raises(ValueError, match="no_such_key"):
        model.model_validate({"no_such_key": 1})


def test_every_preset_is_a_valid_configuration(loaded: tuple[Method, Any]) -> None:
    from benchmark.config import load_config

    for path in loaded[0].presets().values():
        load_config(loaded[0].config, preset=path)


def test_shape_type_and_inputs(loaded: tuple[Method, Callable[[], Colorizer]], pictures: Any) -> None:
    lines, references, seeds = pictures
    before = lines.copy(), references.copy()
    painted = loaded[1]().colorize(lines, references, seeds)
    assert painted.shape == references.shape
    assert painted.dtype == np.uint8
    assert np.array_equal(lines, before[0])
    assert np.array_equal(references, before[1])


def test_the_same_seeds_give_the_same_bytes_from_a_second_load(
    loaded: tuple[Method, Callable[[], Colorizer]], pictures: Any
) -> None:
    first, second = (loaded[1]().colorize(*pictures) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("size", [1, 2])
def test_a_picture_does_not_depend_on_its_neighbours(
    loaded: tuple[Method, Callable[[], Colorizer]], pictures: Any, size: int
) -> None:
    colorizer = loaded[1]()
    whole = colorizer.colorize(*pictures).astype(int)
    parts = [colorizer.colorize(*(part[i : i + size] for part in pictures)) for i in range(0, 5, size)]
    difference = np.abs(np.concatenate(parts).astype(int) - whole)
    assert difference.max() <= 1
    assert (difference > 0).mean() <= ROUNDING


def test_loading_leaves_the_environment_alone(loaded: tuple[Method, Callable[[], Colorizer]]) -> None:
    before = dict(os.environ), np.random.get_state()[1].tobytes()  # noqa: NPY002  the global state is what is looked at
    loaded[1]()
    assert (dict(os.environ), np.random.get_state()[1].tobytes()) == before  # noqa: NPY002
