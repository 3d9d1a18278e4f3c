"""Sketches: copies in other light, with a tint, mirrored or cropped are near, other pictures are not."""

import cv2
import numpy as np
import pytest

from benchmark.core.files import Image
from benchmark.data.near.sketches import (
    MIRROR,
    SKETCH_BYTES,
    decoded,
    encoded,
    near_duplicate,
    nearest,
    sketch,
    sketches_of,
    vectors,
    views,
)
from benchmark.data.shapes import draw_shapes

PICTURES = [draw_shapes(seed)[0] for seed in range(30)]
OTHERS = vectors(b"".join(map(sketch, PICTURES)))


def crop(image: Image, share: float, top: int, left: int) -> Image:
    side = round(share * 256)
    return np.asarray(cv2.resize(image[top : top + side, left : left + side], (256, 256), interpolation=cv2.INTER_AREA))


def one_value(image: Image) -> Image:
    changed = image.copy()
    changed[100, 100, 0] ^= 1
    return changed


@pytest.mark.parametrize(
    ("change", "mirrored", "cropped"),
    [
        (lambda image: image, False, False),
        (one_value, False, False),
        (lambda image: 255 * (image / 255) ** 1.5, False, False),
        (lambda image: image * np.array([1, 0.85, 0.7]), False, False),
        (lambda image: image[:, ::-1], True, False),
        (lambda image: crop(image, 0.91, 20, 3), False, True),
        (lambda image: crop(image, 0.91, 0, 11)[:, ::-1], True, True),
    ],
    ids=["itself", "one value", "light", "tint", "mirrored", "cropped", "cropped and mirrored"],
)
def test_a_changed_copy_is_near(change: object, mirrored: bool, cropped: bool) -> None:
    for index in (2, 11, 23):
        training = np.clip(np.asarray(change(PICTURES[index])), 0, 255).astype(np.uint8)  # type: ignore[operator]
        others = OTHERS.copy()
        others[index] = vectors(sketch(training))
        found = near_duplicate(views(PICTURES[index]), others)
        assert found is not None
        assert (found.index, found.mirrored) == (index, mirrored)
        assert found.cropped <= cropped


def test_other_pictures_are_not_near() -> None:
    for index, picture in enumerate(PICTURES):
        assert near_duplicate(views(picture), np.delete(OTHERS, index, axis=0)) is None


def test_a_mirrored_picture_has_the_sketch_with_the_odd_frequencies_turned() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    mirrored = vectors(sketch(np.ascontiguousarray(picture[:, ::-1])))
    assert np.abs(vectors(sketch(picture)) * MIRROR - mirrored).max() < 0.01


def test_a_sketch_is_small_and_a_flat_picture_is_near_to_nothing() -> None:
    assert len(sketch(PICTURES[0])) == SKETCH_BYTES == 64
    flat = vectors(sketch(np.full((256, 256, 3), 7, np.uint8)))
    found = nearest(flat, OTHERS)
    assert found is not None
    assert found.correlation == 0
    assert nearest(flat, vectors(b"")) is None


def test_sketches_pass_through_text() -> None:
    sketches = sketches_of(("4", "1"), lambda name: PICTURES[int(name)])
    assert list(sketches) == ["4", "1"]
    assert (decoded(encoded(sketches).values()) == OTHERS[[4, 1]]).all()
    for bad in ("abc!", "AAAA"):
        with pytest.raises(ValueError, match="base64|Only|64 bytes|padding"):
            decoded([bad])
