"""Drawings of any shape go to 256 px and come back; a long strip needs memory by its pixels, not by its square."""

import tracemalloc

import numpy as np
import pytest
from drawings import drawing

from benchmark.colorizing import framing
from benchmark.colorizing.framing import fit_line, fit_reference, unfit


def test_a_drawing_is_centred_on_a_white_square() -> None:
    fitted = fit_line(drawing(500, 200))
    assert fitted.shape == (256, 256)
    assert (fitted[:, :76] == 255).all()
    assert (fitted[:, -76:] == 255).all()
    assert (fitted[:, 77:179] < 255).any()
    assert (fit_line(drawing(256, 256)) == drawing(256, 256)).all()


def test_of_a_reference_the_middle_square_counts() -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 200
    assert (fit_reference(picture) == 200).all()


def test_a_picture_of_the_right_size_is_handed_back_as_it_is() -> None:
    painted = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert (unfit(painted, drawing(256, 256)) == painted).all()


@pytest.mark.parametrize("shape", [(1500, 301), (301, 1500), (2048, 64), (300, 7), (1500, 300)])
def test_a_strip_is_treated_as_its_square_would_be(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]) -> None:
    page = drawing(*shape)
    painted = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    line, picture = fit_line(page), unfit(painted, page)
    monkeypatch.setattr(framing, "MAX_PADDING", 1000)
    assert np.abs(line.astype(int) - fit_line(page)).max() <= 1
    assert picture.shape == (*shape, 3)
    assert np.abs(picture.astype(int) - unfit(painted, page)).max() <= 4


def test_the_square_around_a_strip_is_never_made() -> None:
    page = drawing(6000, 400)
    tracemalloc.start()
    fit_line(page)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * page.size, "the square alone has 15 times the pixels"
