"""Crops of crowds: square, by seed, around faces and elsewhere."""

import numpy as np

from builder.drawing.crowd.crop import SMALLEST, draw_crop
from builder.drawing.crowd.crowd import draw_crowd

SEEDS = range(24)


def test_a_seed_gives_one_crop_of_the_wanted_size() -> None:
    first, again, other = draw_crop(3), draw_crop(3), draw_crop(4)
    assert (first.color == again.color).all()
    assert (first.color != other.color).any()
    assert draw_crop(3, 64).color.shape == (64, 64, 3)
    assert first.color.shape == (256, 256, 3)
    assert first.metadata["artist"] == again.metadata["artist"]


def test_pictures_with_and_without_large_faces_are_cropped() -> None:
    large = [
        any(max(b[2] - b[0], b[3] - b[1]) >= SMALLEST for b in (f.box for f in draw_crowd(s).faces)) for s in SEEDS
    ]
    assert 0.3 < np.mean(large) < 1
    assert len({draw_crop(seed).color.tobytes() for seed in SEEDS}) == len(SEEDS)
