"""The copy score on copies, shifted copies, recoloured copies, and pictures that are none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.data.shapes import draw_shapes
from benchmark.scoring.copying import SHIFT, chance_corrected, copy_score, likeness, structure

TARGET, REFERENCE, OTHER = (draw_shapes(seed)[0] for seed in (1, 2, 3))


def plain_likeness(image: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """The correlation coefficient at every shift, by loops."""
    inner = image[SHIFT:-SHIFT, SHIFT:-SHIFT]
    height, width = inner.shape
    return max(
        float(np.corrcoef(inner.ravel(), reference[y : y + height, x : x + width].ravel())[0, 1])
        for y in range(2 * SHIFT + 1)
        for x in range(2 * SHIFT + 1)
    )


def test_likeness_is_the_largest_correlation_over_shifts() -> None:
    a, b = (structure(each[60:140, 70:160]) for each in (TARGET, REFERENCE))
    assert likeness(a, b) == pytest.approx(plain_likeness(a, b), abs=1e-4)


@pytest.mark.parametrize("shift", [(0, 0), (5, 0), (-7, 12), (16, -16)])
def test_the_reference_is_a_copy_shifted_or_not(shift: tuple[int, int]) -> None:
    assert copy_score(np.roll(REFERENCE, shift, axis=(0, 1)), REFERENCE, TARGET) > 0.97


def test_a_recoloured_copy_is_one() -> None:
    for copy in (REFERENCE[..., ::-1], 60 + REFERENCE // 2, 255 - REFERENCE):
        assert copy_score(np.ascontiguousarray(copy, np.uint8), REFERENCE, TARGET) > 0.6
    assert copy_score((60 + REFERENCE // 2).astype(np.uint8), REFERENCE, TARGET) > 0.99


def test_the_target_and_its_recolourings_are_none() -> None:
    assert copy_score(TARGET, REFERENCE, TARGET) == 0
    assert copy_score((40 + TARGET // 2).astype(np.uint8), REFERENCE, TARGET) < 0.01
    assert copy_score(OTHER, REFERENCE, TARGET) < 0.2


def test_a_blend_lies_between_in_order() -> None:
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    scores = [copy_score((w * REFERENCE + (1 - w) * TARGET).astype(np.uint8), REFERENCE, TARGET) for w in shares]
    assert scores == sorted(scores)
    assert scores[0] < 0.05
    assert 0.1 < scores[2] < 0.95
    noisy = [np.clip(REFERENCE + np.random.default_rng(0).normal(0, s, REFERENCE.shape), 0, 255) for s in (10, 60)]
    grainy = [copy_score(each.astype(np.uint8), REFERENCE, TARGET) for each in noisy]
    assert 1 > grainy[0] > grainy[1]


def test_too_far_a_shift_is_not_found() -> None:
    assert copy_score(np.roll(REFERENCE, 60, axis=1), REFERENCE, TARGET) < 0.4


def test_flat_pictures_and_a_target_that_is_the_reference() -> None:
    flat = np.full_like(TARGET, 90)
    assert copy_score(flat, REFERENCE, TARGET) == 0
    assert copy_score(TARGET, flat, TARGET) == 0
    assert copy_score(TARGET, TARGET, TARGET) == 0, "there, a copy is the answer"
    assert chance_corrected(0.8, 0.6) == pytest.approx(0.5)
    assert chance_corrected(0.2, 0.6) == 0


def test_other_kinds_are_refused() -> None:
    small = np.zeros((48, 60, 3), np.uint8)
    with pytest.raises(ValueError, match="more than 48 px"):
        copy_score(small, small, small)
    for bad in (TARGET.astype(float), TARGET[:-1], TARGET[..., 0]):
        for pictures in ((bad, TARGET, TARGET), (TARGET, bad, TARGET), (TARGET, TARGET, bad)):
            with pytest.raises(ValueError, match="uint8 RGB|differ in shape"):
                copy_score(*pictures)
