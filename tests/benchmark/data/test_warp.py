"""The warp against the published recipe, written here step by step."""

import math
import random

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.data.warp import Warp, draw_warp, warp_image, warp_map


def published_draw(seed: int) -> tuple[float, float, float, float]:
    generator = random.Random(seed)
    while True:
        p1, p2 = (round(generator.uniform(0.3, 0.7), 2) for _ in range(2))
        r1, r2 = (round(generator.uniform(-0.25, 0.25), 2) for _ in range(2))
        if not math.isclose(p1 + r1, p2 + r2):
            return p1, p2, r1, r2


def published_map(draw: tuple[float, float, float, float], height: int, width: int) -> NDArray[np.float32]:
    """The thin-plate spline at the target points, solved in float32, evaluated pixel by pixel: (H, W, 2)."""
    p1, p2, r1, r2 = draw
    corners = [[0, 0], [1, 0], [1, 1], [0, 1]]
    source = np.array([*corners, [p1, p1], [p2, p2]])
    target = np.array([*corners, [p1 + r1, p1 + r1], [p2 + r2, p2 + r2]])

    def kernel(r: NDArray[np.float64]) -> NDArray[np.float64]:
        return r**2 * np.log(r + 1e-6)

    system = np.zeros((9, 9))
    system[:6, :6] = kernel(np.linalg.norm(target[:, None] - target[None], axis=-1))
    system[:6, 6], system[:6, 7:] = 1, target
    system[6:, :6] = system[:6, 6:].T
    values = np.vstack([source - target, np.zeros((3, 2))])
    theta = np.linalg.solve(system.astype(np.float32), values.astype(np.float32)).astype(np.float64)
    theta[0] = -theta[1:6].sum(axis=0)  # the published "reduced" form
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    points = np.stack([x, y], axis=-1)
    bend = kernel(np.linalg.norm(points[:, :, None] - target, axis=-1)) @ theta[:6]
    moved = points + bend + theta[6] + x[..., None] * theta[7] + y[..., None] * theta[8]
    return np.asarray(moved * (width, height), np.float32)


@pytest.mark.parametrize("seed", range(300))
def test_draws_are_the_published_ones(seed: int) -> None:
    assert tuple(draw_warp(seed)) == published_draw(seed)


@pytest.mark.parametrize("size", [(256, 256), (64, 64), (48, 80)])
def test_maps_are_the_published_ones(size: tuple[int, int]) -> None:
    height, width = size
    for seed in range(60):
        expected = published_map(published_draw(seed), height, width)
        map_x, map_y = warp_map(draw_warp(seed), height, width)
        assert np.abs(expected[..., 0] - map_x).max() <= 0.005
        assert np.abs(expected[..., 1] - map_y).max() <= 0.005


def test_points_a_hundredth_apart_are_still_within_tolerance() -> None:
    close = Warp(0.5, 0.4, 0.25, 0.34)  # ends at 0.75 and 0.74 after opposite moves: the stiffest spline there is
    expected = published_map(close, 256, 256)
    map_x, map_y = warp_map(close, 256, 256)
    assert np.abs(expected - np.stack([map_x, map_y], axis=-1)).max() <= 0.005


def test_pictures_are_the_published_ones_within_a_level() -> None:
    image = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 1.5)
    for seed in range(20):
        expected_map = published_map(published_draw(seed), 256, 256)
        expected = cv2.remap(
            image, expected_map, np.empty(0, np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT
        )
        difference = np.abs(expected.astype(int) - warp_image(image, draw_warp(seed)))
        assert difference.max() <= 1


def test_a_warp_that_moves_nothing_still_blackens_the_last_row_and_column() -> None:
    warped = warp_image(np.full((256, 256, 3), 200, np.uint8), Warp(0.4, 0.6, 0.0, 0.0))
    assert not warped[-1].any()
    assert not warped[:, -1].any()
    assert (warped[2:-3, 2:-3] == 200).all()


def test_the_two_points_go_where_they_were_sent() -> None:
    warp = Warp(0.4, 0.6, 0.2, -0.13)
    map_x, map_y = warp_map(warp, 101, 101)
    for source, target in zip((warp.p1, warp.p2), warp.targets, strict=True):
        at = round(target * 100)
        assert map_x[at, at] == pytest.approx(source * 101, abs=0.02)
        assert map_y[at, at] == pytest.approx(source * 101, abs=0.02)
