"""The floor palette-transfer: regions, palette and painting."""

import numpy as np
import pytest
from floor_painting import RNG, paint

from baselines.floors.palette_transfer import COLORS, make_palette, paint_regions
from benchmark.core.files import Image


def two_rooms(gap: int = 0) -> Image:
    """A line drawing (96, 96): a wall down the middle, with a gap of so many pixels."""
    line = np.full((96, 96), 255, np.uint8)
    line[:, 47:49] = 0
    line[48 : 48 + gap, 47:49] = 255
    return line


def halves(left: tuple[int, int, int], right: tuple[int, int, int], at: int = 48) -> Image:
    """A picture (96, 96, 3) of two flat colours."""
    picture = np.empty((96, 96, 3), np.uint8)
    picture[:, :at], picture[:, at:] = left, right
    return picture


@pytest.mark.parametrize("gap", [0, 5])
def test_palette_transfer_fills_rooms_with_the_colours_that_lie_there(gap: int) -> None:
    line, reference = two_rooms(gap), halves((200, 40, 40), (40, 40, 200))
    painted = paint("palette-transfer", line[None, None], reference.transpose(2, 0, 1)[None], [5])[0].transpose(1, 2, 0)
    assert (painted[:, :40] == (200, 40, 40)).all(), "a gap in the wall leaks nothing across the room"
    assert (painted[:, 56:] == (40, 40, 200)).all()
    assert (painted[line == 0] == 0).all()


def test_a_colour_is_not_spread_far_beyond_its_share_of_the_reference() -> None:
    regions = np.repeat(np.arange(8), 12)[None].repeat(96, axis=0)  # eight equal stripes
    reference = halves((250, 250, 0), (0, 100, 250), at=24)  # a quarter, on the left, is yellow
    painted = paint_regions(regions, reference, seed=1)
    yellow = (painted == (250, 250, 0)).all(axis=-1).mean()
    assert 0.2 <= yellow <= 0.25 * 1.5 + 0.125
    assert (painted[:, :12] == (250, 250, 0)).all()


def test_a_palette_is_made_of_the_reference_and_follows_the_seed() -> None:
    reference = np.repeat(np.repeat(RNG.integers(0, 256, (4, 4, 3), np.uint8), 16, 0), 16, 1)
    palette, labels = make_palette(reference, 3)
    assert palette.shape == (COLORS, 3)
    assert labels.shape == (64, 64)
    again, _ = make_palette(reference, 3)
    assert np.array_equal(palette, again)
    flat, labels = make_palette(np.full((8, 8, 3), 77, np.uint8), 3)
    assert flat.tolist() == [[77, 77, 77]]
    assert not labels.any()
