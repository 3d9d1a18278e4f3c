"""The search of a moved picture: its correlation by loops, and the movement that it finds."""

import numpy as np
import pytest

from benchmark.data.shapes import draw_shapes
from benchmark.scoring.copies.search import (
    NOTHING,
    REACH,
    Plane,
    away_from,
    find_match,
    moved_picture,
    shifted_match,
    structure,
)

PICTURE, TARGET = (draw_shapes(seed)[0] for seed in (2, 1))


def halved(plane: Plane) -> Plane:
    return plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean(axis=(1, 3))


def plain_correlation(image: Plane, reference: Plane, weights: Plane) -> float:
    """The largest weighted correlation coefficient over all shifts at half size, by loops."""
    margin = REACH // 2
    inside = slice(margin, -margin)
    w = halved(weights)[inside, inside]
    x = np.where(w > 0.05, halved(image * weights)[inside, inside] / np.maximum(w, 0.05), 0)
    whole, best = halved(reference), -1.0
    for y in range(2 * margin + 1):
        for left in range(2 * margin + 1):
            part = whole[y : y + x.shape[0], left : left + x.shape[1]]
            a, b = (each - (w * each).sum() / w.sum() for each in (x, part))
            floor = 0.1 * w.sum() * float(reference.var())
            best = max(best, (w * a * b).sum() / np.sqrt((w * a * a).sum() * max((w * b * b).sum(), floor)))
    return best


def test_the_match_is_the_largest_weighted_correlation_over_shifts() -> None:
    image, reference = (structure(each[40:160, 60:200]) for each in (TARGET, PICTURE))
    weights = away_from(structure(PICTURE[100:220, 60:200]))
    found = shifted_match(image, reference, weights)
    assert found.score == pytest.approx(plain_correlation(image, reference, weights), abs=2e-3)


@pytest.mark.parametrize(
    ("mirrored", "angle", "scale", "shift"),
    [(False, 0, 1, (0, 0)), (True, 0, 1, (0, 0)), (False, 8, 1, (0, 0)), (False, 0, 1.15, (0, 0)),
     (False, 0, 1, (24, -20)), (True, -6, 0.9, (-15, 10))],
)  # fmt: skip
def test_the_movement_is_found(mirrored: bool, angle: float, scale: float, shift: tuple[int, int]) -> None:
    copy = np.asarray(moved_picture(PICTURE, mirrored, angle, scale, shift), np.uint8)
    found = find_match(structure(copy), structure(PICTURE), np.ones(PICTURE.shape[:2], np.float32))
    assert found.score > 0.85
    assert found.mirrored == mirrored
    assert found.angle == pytest.approx(angle, abs=2)
    assert found.scale == pytest.approx(scale, rel=0.03)
    assert found.shift == pytest.approx(shift, abs=4)


def test_weights_leave_out_the_edges_of_the_target_and_all_count_where_few_are_left() -> None:
    edges = structure(TARGET)
    weights = away_from(edges)
    assert 0.05 < weights.mean() < 0.95
    assert edges[weights == 1].max() < edges[weights == 0].max() / 2
    noise = structure(np.random.default_rng(0).integers(0, 256, TARGET.shape).astype(np.uint8))
    assert away_from(noise).all()


def test_flat_pictures_match_nothing() -> None:
    flat, shapes = np.zeros((128, 128), np.float32), structure(PICTURE)[:128, :128]
    ones = np.ones_like(flat)
    assert find_match(flat, shapes, ones).score == find_match(shapes, flat, ones).score == 0
    assert shifted_match(shapes, flat, ones) == NOTHING
    assert find_match(shapes, shapes, 0 * ones).score == 0


def test_small_pictures_are_refused() -> None:
    small = np.zeros((96, 200), np.float32)
    for search in (find_match, shifted_match):
        with pytest.raises(ValueError, match="more than 96 px"):
            search(small, small, small)
