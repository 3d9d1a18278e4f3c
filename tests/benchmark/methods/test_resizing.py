"""Resizing of colorizers: the working size, reduction and enlarging."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmark.methods.regions import Upsampling
from benchmark.methods.resizing import batch_shape, enlarge, inner_size, shrunk
from benchmark.training.batches import normalised


def test_a_batch_has_one_reference_and_one_seed_per_line() -> None:
    lines, references = np.zeros((2, 1, 8, 9), np.uint8), np.zeros((2, 3, 5, 6), np.uint8)
    assert batch_shape(lines, references, [1, 2]) == (2, 8, 9)
    for wrong in ((lines, references, [1]), (lines, references[:1], [1, 2]), (references, references, [1, 2])):
        with pytest.raises(ValueError, match="one of each is needed"):
            batch_shape(*wrong)


def test_guided_enlarging_puts_ink_back_where_it_was_drawn() -> None:
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    ink = (x - y).abs() < 2
    line = torch.where(ink, 0, 255)[None, None].float()
    target = torch.stack([torch.where(ink, 20, level) for level in (200, 120, 80)])[None].float()
    small, small_line = (F.interpolate(values, (64, 64), mode="area") for values in (target, line))

    def error(how: Upsampling) -> float:
        result = enlarge(normalised(small), normalised(small_line), normalised(line), how)
        assert result.shape == target.shape
        return F.mse_loss(result, normalised(target)).item()

    assert error("guided") < 0.5 * error("bicubic")


def test_regions_move_the_paper_a_third_of_the_way_to_the_median_of_its_region() -> None:
    line = torch.full((1, 1, 256, 256), 255.0)
    line[..., 126:130] = 0  # a wall between two rooms
    torch.manual_seed(0)
    small, small_line = torch.rand(1, 3, 64, 64), F.interpolate(line, (64, 64), mode="area")
    guided = enlarge(small, normalised(small_line), normalised(line), "guided")
    flat = enlarge(small, normalised(small_line), normalised(line), "regions")
    for room in (slice(0, 126), slice(130, 256)):
        median = np.median(guided[..., room].numpy(), axis=(2, 3), keepdims=True)
        np.testing.assert_allclose(flat[..., room], (2 * guided[..., room].numpy() + median) / 3, atol=1e-5)
    assert torch.equal(flat[..., 126:130], guided[..., 126:130]), "ink keeps its colour"


@pytest.mark.parametrize("level", [0.0, 255.0])
def test_a_drawing_without_regions_keeps_its_colours(level: float) -> None:
    small, line = torch.rand(2, 3, 64, 64), torch.full((2, 1, 256, 256), level)
    small_line = normalised(line[..., :64, :64])
    flat = enlarge(small, small_line, normalised(line), "regions")
    assert torch.equal(flat, enlarge(small, small_line, normalised(line), "guided"))


@pytest.mark.parametrize(
    ("height", "width", "resolution", "expected"),
    [(256, 256, 64, (64, 64)), (256, 256, 256, (256, 256)), (512, 300, 64, (128, 80)), (3, 256, 64, (16, 64))],
)
def test_the_working_size_is_scaled_and_a_multiple(
    height: int, width: int, resolution: int, expected: tuple[int, int]
) -> None:
    assert inner_size(height, width, resolution, 16) == expected


def test_reduced_pictures_are_area_means_in_whole_levels() -> None:
    images = torch.tensor([[0, 1, 10, 20], [0, 1, 30, 41]]).float()[None, None]
    assert shrunk(images, (1, 2)).flatten().tolist() == [0, 25]
    assert shrunk(images, (2, 4)) is images


@pytest.mark.parametrize("how", ["bicubic", "guided"])
@pytest.mark.parametrize(("height", "width"), [(64, 40), (40, 64)])
def test_a_window_is_the_part_of_the_whole(how: Upsampling, height: int, width: int) -> None:
    torch.manual_seed(0)
    painted, line, full = (torch.rand(1, channels, side, side) for channels, side in ((3, 16), (1, 16), (1, 64)))
    whole = enlarge(painted, line, full, how)
    part = (..., slice(0, height), slice(24, 24 + width)) if width == 40 else (..., slice(24, 64), slice(0, width))
    top, left = (0, 24) if width == 40 else (24, 0)
    torch.testing.assert_close(
        enlarge(painted, line, full[part], how, (64, top, left)), whole[part], atol=1e-5, rtol=1e-5
    )
