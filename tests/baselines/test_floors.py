"""Floors do what their names say, through the interface every method has."""

import numpy as np

from benchmark.methods import get_method

RNG = np.random.default_rng(0)
LINES = RNG.choice(np.array([0, 255], np.uint8), (3, 1, 16, 20))
REFERENCES = RNG.integers(0, 256, (3, 3, 16, 20), np.uint8)


def test_copy_reference_is_the_reference() -> None:
    painted = get_method("copy-reference").load(None, "cpu").colorize(LINES, REFERENCES, [1, 2, 3])
    assert np.array_equal(painted, REFERENCES)


def test_line_only_is_the_line_in_all_channels() -> None:
    painted = get_method("line-only").load(None, "cpu").colorize(LINES, REFERENCES, [1, 2, 3])
    assert painted.shape == REFERENCES.shape
    assert painted.dtype == np.uint8
    assert all(np.array_equal(painted[:, channel], LINES[:, 0]) for channel in range(3))


def test_floors_have_nothing_to_set_and_nothing_to_train() -> None:
    for name in ("copy-reference", "line-only"):
        method = get_method(name)
        assert method.kind == "floor"
        assert method.train is None
        assert not method.config().model_dump()
