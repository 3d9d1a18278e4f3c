"""The copy score on copies that were moved, mirrored, recoloured or blended, and on pictures that are none."""

import cv2
import numpy as np
import pytest

from benchmark.core.files import Image
from benchmark.data.shapes import draw_shapes
from benchmark.scoring.copies.search import moved_picture
from benchmark.scoring.copying import UNRELATED, chance_corrected, copy_score

TARGET, REFERENCE, OTHER = (draw_shapes(seed)[0] for seed in (1, 2, 3))
ALARM = 0.2  # of the report


def moved(mirrored: bool = False, angle: float = 0, scale: float = 1, shift: tuple[int, int] = (0, 0)) -> Image:
    return np.asarray(moved_picture(REFERENCE, mirrored, angle, scale, shift), np.uint8)


def blend(share: float, copy: Image = REFERENCE) -> Image:
    return (share * copy.astype(float) + (1 - share) * TARGET).astype(np.uint8)


@pytest.mark.parametrize("shift", [(0, 0), (5, 0), (-7, 12), (16, -16), (24, 24), (-32, 0)])
def test_the_reference_is_a_copy_shifted_or_not(shift: tuple[int, int]) -> None:
    assert copy_score(moved(shift=shift), REFERENCE, TARGET) > 0.9


@pytest.mark.parametrize(
    "copy",
    [
        moved(mirrored=True),
        moved(angle=8),
        moved(angle=-8, mirrored=True),
        moved(scale=1.15),
        moved(scale=0.85),
        moved(True, -6, 0.9, (-15, 10)),
    ],
    ids=["mirrored", "turned", "turned and mirrored", "larger", "smaller", "all"],
)
def test_a_moved_reference_is_a_copy(copy: Image) -> None:
    assert copy_score(copy, REFERENCE, TARGET) > 0.7


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
def test_a_faint_blend_is_a_copy(share: float) -> None:
    assert copy_score(blend(share), REFERENCE, TARGET) > 0.8
    assert copy_score(blend(share, moved(mirrored=True)), REFERENCE, TARGET) > 0.8


def test_a_recoloured_copy_is_one() -> None:
    for copy in (REFERENCE[..., ::-1], 60 + REFERENCE // 2, 255 - REFERENCE):
        assert copy_score(np.ascontiguousarray(copy, np.uint8), REFERENCE, TARGET) > 0.6
    assert copy_score((60 + REFERENCE // 2).astype(np.uint8), REFERENCE, TARGET) > 0.98


def test_the_target_and_what_is_made_from_it_are_no_copies() -> None:
    assert copy_score(TARGET, REFERENCE, TARGET) == 0
    rng = np.random.default_rng(0)
    tint = (TARGET.astype(float) + REFERENCE.mean(axis=(0, 1))) / 2
    for image in (
        40 + TARGET // 2,
        cv2.GaussianBlur(TARGET, (0, 0), 2),
        TARGET + rng.normal(0, 20, TARGET.shape),
        tint,
    ):
        assert copy_score(np.clip(image, 0, 255).astype(np.uint8), REFERENCE, TARGET) < ALARM


def test_another_picture_is_no_copy_even_where_the_target_is_flat() -> None:
    assert copy_score(OTHER, REFERENCE, TARGET) < 0.4
    scores = [copy_score(draw_shapes(seed)[0], REFERENCE, TARGET) for seed in range(4, 16)]
    assert np.mean(scores) < ALARM


def test_too_far_a_shift_is_not_found() -> None:
    assert copy_score(np.roll(REFERENCE, 60, axis=1), REFERENCE, TARGET) < 0.5


def test_flat_pictures_and_a_target_that_is_the_reference() -> None:
    flat = np.full_like(TARGET, 90)
    assert copy_score(flat, REFERENCE, TARGET) == 0
    assert copy_score(TARGET, flat, TARGET) == 0
    assert copy_score(OTHER, flat, TARGET) == 0
    assert copy_score(OTHER, TARGET, TARGET) == 0, "there, a copy is the answer"


def test_the_score_is_what_lies_above_chance() -> None:
    assert chance_corrected(0.8, 0.6) == pytest.approx(0.5)
    assert chance_corrected(0.2, 0.6) == 0
    assert chance_corrected(1, 1) == 0
    assert UNRELATED == 0.3


def test_other_kinds_are_refused() -> None:
    small = np.zeros((96, 120, 3), np.uint8)
    with pytest.raises(ValueError, match="more than 96 px"):
        copy_score(small, small, small)
    for bad in (TARGET.astype(float), TARGET[:-1], TARGET[..., 0]):
        for pictures in ((bad, TARGET, TARGET), (TARGET, bad, TARGET), (TARGET, TARGET, bad)):
            with pytest.raises(ValueError, match="uint8 RGB|differ in shape"):
                copy_score(*pictures)
