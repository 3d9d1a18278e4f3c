"""Pictures of random shapes with their outlines."""

import cv2
import numpy as np

from benchmark.dataset import SIZE
from benchmark.files import Image


def draw_shapes(seed: int) -> tuple[Image, Image]:
    """A colour picture (256, 256, 3) of a few ellipses on a flat ground, and its outlines (256, 256), 0 or 255."""
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
