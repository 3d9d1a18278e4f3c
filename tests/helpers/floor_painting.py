"""Lines and references on which a floor paints."""

import numpy as np

from benchmark.core.files import Image
from benchmark.methods.interface import get_method

RNG = np.random.default_rng(0)


LINES = RNG.choice(np.array([0, 255], np.uint8), (3, 1, 16, 20))


REFERENCES = RNG.integers(0, 256, (3, 3, 16, 20), np.uint8)


def paint(name: str, lines: Image, references: Image, seeds: list[int]) -> Image:
    painted: Image = get_method(name).load(None, "cpu").colorize(lines, references, seeds)
    return painted
