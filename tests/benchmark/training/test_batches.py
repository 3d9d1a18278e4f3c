"""Batches on the device against the same work done picture by picture on the CPU."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.data.warp import draw_warp, warp_image, warp_map
from benchmark.training.batches import Batcher, Warper, normalised, to_uint8, unpack_bits
from benchmark.training.config import Border
from benchmark.training.pack import open_pack, shrink

BORDERS: tuple[Border, ...] = ("both", "black", "mirror")


def test_a_batch_is_the_datasets_pictures_normalised(tiny_dataset: Dataset) -> None:
    ids = tiny_dataset.ids("train")[1:4]
    batch = Batcher(open_pack(tiny_dataset, "train"), "cpu")(ids, [11, 12, 13])
    assert batch.ids == tuple(ids)
    for row, (sample_id, seed) in enumerate(zip(ids, (11, 12, 13), strict=True)):
        color = tiny_dataset.color(sample_id)
        warped = warp_image(color, draw_warp(seed)).astype(int)
        back = to_uint8(batch.reference[row]).permute(1, 2, 0).numpy()
        assert np.array_equal(to_uint8(batch.target[row]).permute(1, 2, 0).numpy(), color)
        assert np.array_equal(to_uint8(batch.line[row, 0]).numpy(), tiny_dataset.line(sample_id))
        assert np.abs(back - warped).max() <= 1
    assert batch.line.max() == 1
    assert batch.line.min() == -1


def test_without_warp_the_reference_is_the_target(tiny_dataset: Dataset) -> None:
    batch = Batcher(open_pack(tiny_dataset, "train", 32), "cpu")(tiny_dataset.ids("train"), None)
    assert torch.equal(batch.reference, batch.target)


def test_a_reduced_reference_is_warped_before_it_is_reduced_as_in_tests(tiny_dataset: Dataset) -> None:
    ids, seeds = tiny_dataset.ids("train"), range(6)
    batch = Batcher(open_pack(tiny_dataset, "train", 64), "cpu")(ids, seeds)
    levels = (batch.target + 1) * 127.5
    for row, (sample_id, seed) in enumerate(zip(ids, seeds, strict=True)):
        tested = reduced(warp_image(tiny_dataset.color(sample_id), draw_warp(seed)))
        error = (to_uint8(batch.reference[row]).float() - tested).abs().mean()
        late = (Warper(64, 64, "cpu")(levels[row : row + 1], [draw_warp(seed)])[0] - tested).abs().mean()
        assert error < 0.7 * late, "warped after the reduction, a reference is blurred"


def reduced(image: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(shrink(image, 64)).permute(2, 0, 1).float()


def test_a_reference_may_be_that_of_another_sample(tiny_dataset: Dataset) -> None:
    batcher = Batcher(open_pack(tiny_dataset, "train", 32), "cpu")
    ids = tiny_dataset.ids("train")
    own, others = batcher(ids, None), batcher(ids, [3] * 6, references=ids[::-1])
    assert torch.equal(others.target, own.target)
    assert torch.equal(others.line, own.line)
    assert torch.equal(others.reference, batcher(ids[::-1], [3] * 6).reference)
    dimmed = batcher(ids, None, lambda color: color / 2, ids[::-1])
    assert torch.equal(dimmed.reference, dimmed.target.flip(0))


def test_a_sample_does_not_depend_on_its_batch(tiny_dataset: Dataset) -> None:
    batcher = Batcher(open_pack(tiny_dataset, "train", 64), "cpu")
    ids = tiny_dataset.ids("train")
    together, alone = batcher(ids, list(range(6))), batcher(ids[4:5], [4])
    assert torch.equal(together.reference[4], alone.reference[0])
    assert torch.equal(together.line[4], alone.line[0])


@pytest.mark.parametrize("size", [(256, 256), (40, 72)])
def test_batched_maps_are_the_single_ones(size: tuple[int, int]) -> None:
    warps = [draw_warp(seed) for seed in range(40)]
    map_x, map_y = Warper(*size, "cpu").maps(warps)
    for row, warp in enumerate(warps):
        expected_x, expected_y = warp_map(warp, *size)
        assert np.abs(map_x[row].numpy() - expected_x).max() <= 0.001
        assert np.abs(map_y[row].numpy() - expected_y).max() <= 0.001


@pytest.mark.parametrize("mirrored", [False, True])
def test_both_borders_of_a_batch_are_those_of_opencv(mirrored: bool) -> None:
    theirs = cv2.BORDER_REFLECT_101 if mirrored else cv2.BORDER_CONSTANT
    images = np.random.default_rng(1).integers(0, 256, (20, 64, 64, 3), np.uint8)
    warps = [draw_warp(seed) for seed in range(20)]
    warped = Warper(64, 64, "cpu")(torch.from_numpy(images).permute(0, 3, 1, 2).float(), warps, [mirrored] * 20)
    outside = 0
    for row, (image, warp) in enumerate(zip(images, warps, strict=True)):
        map_x, map_y = warp_map(warp, 64, 64)
        outside += int((np.minimum(map_x, map_y) < -1).sum() + (np.maximum(map_x, map_y) > 64).sum())
        expected = cv2.remap(image, map_x, map_y, cv2.INTER_CUBIC, borderMode=theirs)
        assert np.abs(warped[row].permute(1, 2, 0).numpy() - expected).max() <= 1
    assert outside > 1000


def test_both_borders_are_drawn_by_the_samples_seeds(tiny_dataset: Dataset) -> None:
    batcher, ids, seeds = Batcher(open_pack(tiny_dataset, "train", 64), "cpu"), tiny_dataset.ids("train"), range(6)
    both, black, mirror = (batcher(ids, seeds, border=border).reference for border in BORDERS)
    chosen = [torch.equal(both[row], mirror[row]) for row in range(6)]
    assert all(torch.equal(both[row], (mirror if chosen[row] else black)[row]) for row in range(6))
    assert 0 < sum(chosen) < 6
    assert not any(torch.equal(black[row], mirror[row]) for row in range(6))


def test_bits_come_back_in_order() -> None:
    line = np.random.default_rng(0).integers(0, 2, (3, 16, 16), np.uint8)
    bits = torch.from_numpy(np.packbits(line.reshape(3, -1), axis=1))
    assert torch.equal(unpack_bits(bits, 16)[:, 0], torch.from_numpy(line).float() * 255)


def test_rounding_to_8_bits_is_exact_both_ways_and_clamps() -> None:
    levels = torch.arange(256)
    assert torch.equal(to_uint8(normalised(levels)), levels.to(torch.uint8))
    assert to_uint8(torch.tensor([-3.0, 3.0, 0.0029])).tolist() == [0, 255, 128]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_pictures_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(AnibenchError, match="NaN or infinite"):
        to_uint8(torch.tensor([0.0, value]))
