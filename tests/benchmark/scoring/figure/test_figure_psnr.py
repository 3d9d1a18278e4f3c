"""Figure PSNR: PSNR on a mask."""

import math

import numpy as np
import pytest

from benchmark.data.parts import PARTS
from benchmark.scoring.figure.figure_psnr import figure_psnr
from benchmark.scoring.psnr import psnr

RNG = np.random.default_rng(4)
IMAGE, TARGET = (RNG.integers(0, 256, (20, 24, 3), np.uint8) for _ in range(2))
PARTS_OF = np.zeros((20, 24), np.uint8)
PARTS_OF[5:15, 6:18] = PARTS.index("hair")
PARTS_OF[8:12, 8:12] = PARTS.index("other")


def test_it_is_psnr_of_the_figure_alone() -> None:
    assert figure_psnr(IMAGE, TARGET, PARTS_OF) == psnr(
        np.ascontiguousarray(IMAGE[5:15, 6:18]), np.ascontiguousarray(TARGET[5:15, 6:18])
    )
    background = TARGET.copy()
    background[PARTS_OF == 0] = 7
    assert figure_psnr(IMAGE, background, PARTS_OF) == figure_psnr(IMAGE, TARGET, PARTS_OF)
    assert figure_psnr(TARGET, background, PARTS_OF) == 100


def test_without_a_figure_there_is_no_value() -> None:
    assert math.isnan(figure_psnr(IMAGE, TARGET, np.zeros_like(PARTS_OF)))


def test_labels_of_another_size_or_type_are_refused() -> None:
    for wrong in (PARTS_OF[1:], PARTS_OF.astype(np.int64)):
        with pytest.raises(ValueError, match="part labels"):
            figure_psnr(IMAGE, TARGET, wrong)
