"""Changes of training batches: off by default, the same alone as in a batch, alike for what belongs together."""

import pytest
import torch
from torch import Tensor

from benchmark.training.augment import (
    _lattices,
    _placements,
    bent,
    changed_colors,
    changed_places,
    patched,
    recolored,
    remapped,
)
from benchmark.training.batches import Batch, normalised
from benchmark.training.config import AugmentConfig

SEEDS = list(range(100, 132))


def pictures(seeds: list[int], channels: int = 3) -> Tensor:
    """Random pictures (n, channels, 8, 8) in [0, 1]; each follows from its seed."""
    return torch.stack([torch.rand(channels, 8, 8, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def batch_of(seeds: list[int], config: AugmentConfig) -> Batch:
    """An augmented batch of random pictures, whose references are their targets, unwarped."""
    colors = normalised(changed_colors(pictures(seeds) * 255, config, seeds))
    return changed_places(Batch(tuple(map(str, seeds)), colors, pictures(seeds, 1) * 2 - 1, colors), config, seeds)


def parts(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    return batch.target, batch.line, batch.reference


NONE, ALL = AugmentConfig(), AugmentConfig(mirror=True, colors=1, palette=1, patches=1, bend=1)


@pytest.mark.parametrize("name", ["mirror", "colors", "palette", "patches", "bend"])
def test_a_samples_changes_do_not_depend_on_its_batch(name: str) -> None:
    for config in (AugmentConfig(**{name: 1}), ALL):
        together = batch_of(SEEDS, config)
        assert any(not torch.equal(*pair) for pair in zip(parts(together), parts(batch_of(SEEDS, NONE)), strict=True))
        for i in (0, 7):
            alone = batch_of([SEEDS[i]], config)
            for one, other in zip(parts(together), parts(alone), strict=True):
                assert torch.allclose(one[i], other[0], atol=1e-5)
                assert one.abs().max() <= 1 + 1e-5


def test_mirroring_turns_line_target_and_reference_together() -> None:
    before, after = batch_of(SEEDS, NONE), batch_of(SEEDS, AugmentConfig(mirror=True))
    turned = [torch.equal(part[0], part[1].flip(-1)) for part in zip(after.line, before.line, strict=True)]
    assert 4 < sum(turned) < len(SEEDS) - 4
    for i, mirrored in enumerate(turned):
        for one, other in zip(parts(after), parts(before), strict=True):
            assert torch.equal(one[i], other[i].flip(-1) if mirrored else other[i])


@pytest.mark.parametrize("name", ["colors", "palette", "patches"])
def test_target_and_reference_get_the_same_colours_and_the_line_none(name: str) -> None:
    before, after = batch_of(SEEDS, NONE), batch_of(SEEDS, AugmentConfig(**{name: 1}))
    assert torch.equal(after.target, after.reference)
    assert torch.equal(after.line, before.line)
    assert all(not torch.equal(*pair) for pair in zip(after.target, before.target, strict=True))


def test_recolouring_without_a_change_is_none_and_channels_are_reordered() -> None:
    images, ones, kept = pictures(SEEDS), torch.ones(len(SEEDS), 1), torch.arange(3).repeat(len(SEEDS), 1)
    same = recolored(images, torch.ones(len(SEEDS), 3), ones, ones, kept)
    assert torch.allclose(same, images, atol=1e-6)
    swapped = recolored(images, torch.ones(len(SEEDS), 3), ones, ones, kept.flip(1))
    assert torch.allclose(swapped, images.flip(1), atol=1e-6)
    grey = recolored(images, torch.ones(len(SEEDS), 3), ones, 0 * ones, kept)
    assert torch.allclose(grey[:, 0], grey[:, 2], atol=1e-6)
    red, green, blue = images.unbind(1)
    assert torch.allclose(grey[:, 0], 0.299 * red + 0.587 * green + 0.114 * blue, atol=1e-6)


def test_bending_without_a_move_is_none_and_borders_are_mirrored() -> None:
    images = pictures(SEEDS[:2])
    identity = torch.eye(2, 3).repeat(2, 1, 1)
    assert torch.allclose(bent(images, identity), images, atol=1e-5)
    shifted = identity + torch.tensor([[0, 0, 0.7], [0, 0, 0.7]])
    assert torch.allclose(bent(torch.ones(2, 3, 8, 8), shifted), torch.ones(2, 3, 8, 8), atol=1e-6)  # no black border


def test_bends_turn_scale_and_shift_up_to_their_limits() -> None:
    seeds = list(range(400))
    maps = _placements(torch.zeros(1), 1.0, seeds)
    bends = maps[(maps - torch.eye(2, 3)).abs().amax((1, 2)) > 1e-6]
    assert len(bends) / len(seeds) == pytest.approx(0.8, abs=0.06)
    turns = torch.atan2(-bends[:, 0, 1], bends[:, 1, 1]).rad2deg().abs()
    sizes = 1 / torch.hypot(bends[:, 0, 1], bends[:, 1, 1])
    sizes = torch.maximum(sizes, 1 / sizes)
    shifts = bends[:, :, 2].abs() / 2  # shares of the side, which is 2 long
    for found, limit in ((turns, 20), (sizes, 1.35), (shifts, 0.15)):
        assert 0.97 * limit < found.max() <= limit + 1e-4


def test_bending_moves_most_references_and_nothing_else() -> None:
    before, after = batch_of(SEEDS, NONE), batch_of(SEEDS, AugmentConfig(bend=0.5))
    moved = [not torch.allclose(*pair, atol=1e-5) for pair in zip(after.reference, before.reference, strict=True)]
    assert len(SEEDS) / 2 < sum(moved) < len(SEEDS)  # a share of them stays
    assert torch.equal(after.target, before.target)
    assert torch.equal(after.line, before.line)


def test_a_colour_map_gives_equal_colours_equal_colours_and_keeps_black() -> None:
    images = torch.tensor([[0.0, 0, 0], [0.3, 0.6, 0.9], [0.3, 0.6, 0.9]]).T.reshape(1, 3, 1, 3)
    black, one, other = remapped(images, _lattices(images, 1.0, [5]))[0, :, 0].T
    assert torch.equal(black, torch.zeros(3))
    assert torch.equal(one, other)
    assert (one - images[0, :, 0, 1]).abs().max() > 0.05


def test_the_axes_of_a_colour_map_are_those_of_the_colours() -> None:
    images = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(remapped(images, _lattices(images, 0.0, [1, 2])), images, atol=1e-6)


def test_a_patch_is_a_turned_ellipse_of_its_colour() -> None:
    """Centre (0.5, 0.5), turned by 90 degrees: its long radius of 0.6 is vertical, its short one of 0.05 horizontal."""
    draws = torch.tensor([[0.5, 0.5, 0.5, 1, 0, 0, 1, 1, 0, 0]])
    image = patched(torch.zeros(1, 3, 65, 65), draws, 0.8)[0]
    assert image[:, 32, 32].tolist() == pytest.approx([0.8, 0, 0], abs=1e-3)
    assert image[0, 4, 32] > 0.7  # 0.44 above the centre
    assert image[0, 32, 42] < 0.01  # 0.16 beside it
