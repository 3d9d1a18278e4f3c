"""Bleeding on made pictures: colours that end at the lines, and colours that run across them by so many pixels."""

import numpy as np
import pytest
from scipy import ndimage

from benchmark.core.files import Image
from benchmark.scoring.bleeding import bleeding
from benchmark.scoring.lab import to_lab

SIDE = 128
LINE = np.full((SIDE, SIDE), 255, np.uint8)
LINE[32:96, 32] = LINE[32:96, 96] = LINE[32, 32:97] = LINE[96, 32:97] = 0  # a square


def coloured(over: int, *, ground: tuple[int, ...] = (240, 230, 210)) -> Image:
    """The square filled with blue that runs `over` px across its right side; ink on top."""
    image = np.full((SIDE, SIDE, 3), ground, np.uint8)
    image[32:97, 32 : 97 + over] = (40, 60, 200)
    image[LINE == 0] = 0
    return image


def plain_bleeding(image: Image, line: Image) -> float:
    """The formula with scipy."""
    chroma = ndimage.gaussian_filter(to_lab(image)[..., 1:].astype(float), (1, 1, 0), mode="mirror", truncate=4)
    smooth, slope = np.array([3, 10, 3]) / 16, np.array([-1, 0, 1]) / 2
    squares = 0
    for axes in ((0, 1), (1, 0)):
        part = ndimage.correlate1d(chroma, smooth, axis=axes[0], mode="mirror")
        squares = squares + (ndimage.correlate1d(part, slope, axis=axes[1], mode="mirror") ** 2).sum(axis=2)
    steep = np.sqrt(squares)
    steep = np.where(steep >= 3, steep, 0)
    far = ndimage.distance_transform_edt(line >= 128) > 3
    return float(steep[far].sum() / steep.sum())


@pytest.mark.parametrize("over", [5, 12])
def test_it_is_the_share_of_steep_chroma_far_from_ink(over: int) -> None:
    assert bleeding(coloured(over), LINE) == pytest.approx(plain_bleeding(coloured(over), LINE), abs=0.01)


def test_edges_of_chroma_count_from_3_units_per_px() -> None:
    far = np.full((SIDE, SIDE), 255, np.uint8)
    far[:, 0] = 0
    kernel = np.exp(-np.square(np.arange(-4, 5)) / 2)
    per_unit = kernel[4:6].sum() / kernel.sum() / 2  # largest slope of a blurred step of one unit
    seen = []
    for green in range(120, 150):
        image = np.full((SIDE, SIDE, 3), (200, 150, 150), np.uint8)
        image[:, SIDE // 2 :, 1] = green
        chroma = to_lab(image)[0, :, 1:]
        steepness = float(np.linalg.norm(chroma[0] - chroma[-1])) * per_unit
        if abs(steepness - 3) > 0.02:
            seen.append(steepness)
            assert bleeding(image, far) == (steepness > 3), f"{steepness:.2f} units per px"
    assert any(2.5 < each < 3 for each in seen)
    assert any(3 < each < 3.5 for each in seen)


def test_colours_that_end_at_the_lines_do_not_bleed() -> None:
    assert bleeding(coloured(0), LINE) == 0
    assert bleeding(coloured(1), LINE) < 0.01


def test_the_further_they_run_the_more_they_bleed() -> None:
    scores = [bleeding(coloured(over), LINE) for over in (0, 4, 6, 10)]
    assert scores == sorted(scores)
    assert 0.2 < scores[-1] < 0.6, "one side of four, and the ends of the two beside it"
    off = np.roll(coloured(0), 12, axis=(0, 1))
    assert bleeding(off, LINE) > scores[-1]


def test_pictures_without_colour_edges_do_not_bleed() -> None:
    grey = np.repeat(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 1)), 3, axis=2).astype(np.uint8)
    page = np.repeat(LINE[..., None], 3, axis=2)
    ramp = np.broadcast_to(np.linspace(60, 200, SIDE)[None, :, None] * (1, 0.5, 0.5), (SIDE, SIDE, 3))
    for image in (np.full((SIDE, SIDE, 3), (200, 40, 40), np.uint8), grey, page, ramp.astype(np.uint8)):
        assert bleeding(image, LINE) == 0


def test_noise_in_colour_counts_and_a_turn_of_hue_does_not() -> None:
    image = coloured(12)
    noisy = np.clip(coloured(0) + np.random.default_rng(0).normal(0, 40, image.shape), 0, 255).astype(np.uint8)
    assert bleeding(noisy, LINE) > 0.3
    turned = np.ascontiguousarray(image[..., ::-1])
    assert bleeding(turned, LINE) == pytest.approx(bleeding(image, LINE), abs=0.08)
    flipped, line = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(LINE[:, ::-1])
    assert bleeding(flipped, line) == pytest.approx(bleeding(image, LINE), abs=1e-4)


def test_other_kinds_are_refused() -> None:
    for bad in ((coloured(0).astype(float), LINE), (coloured(0), LINE[:-1]), (coloured(0), coloured(0))):
        with pytest.raises(ValueError, match="uint8"):
            bleeding(*bad)
