"""Losses of the GAN baselines: their forms, by loops and by hand."""

import math

import gan_spec
import pytest
import torch
from gan_toys import tiny_vgg

from baselines.gan.losses import (
    adversarial,
    generator_losses,
    gram,
    matches_of,
    perceptual,
    style,
    triplet_cao,
    triplet_cvpr,
)
from baselines.gan.vgg import LEVELS, build_vgg
from benchmark.data.warp import Warp
from benchmark.training.batches import Warper


def test_least_squares_without_the_half() -> None:
    scores = torch.tensor([[0.0, 2.0], [1.0, -1.0]])
    assert adversarial(scores, 1.0).item() == pytest.approx((1 + 1 + 0 + 4) / 4)
    assert adversarial(scores, 0.0).item() == pytest.approx((0 + 4 + 1 + 1) / 4)


def test_the_generators_sum_is_of_mean_absolute_differences_and_real_scores() -> None:
    painted, target = torch.tensor([[[[0.5, -1.0]]]]), torch.tensor([[[[0.0, 1.0]]]])
    weights = {"adversarial": 2.0, "l1": 30.0, "perceptual": 0.0, "style": 0.0, "triplet": 0.0}
    scores = torch.tensor([[[[0.0, 3.0]]]])
    found = generator_losses(scores, painted, target, None, None, None, weights=weights, margin=12.0, mix=False)
    assert found["l1"].item() == pytest.approx((0.5 + 2) / 2)
    assert found["adversarial"].item() == pytest.approx((1 + 4) / 2)
    assert found["loss"].item() == pytest.approx(30 * 1.25 + 2 * 2.5)


def test_gram_matrices_of_images_and_of_the_whole_batch() -> None:
    torch.manual_seed(0)
    features = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    each, mixed = gram(features, mix=False), gram(features, mix=True)
    assert each.shape == (2, 3, 3)
    assert mixed.shape == (1, 6, 6)
    for n in range(2):
        for a in range(3):
            for b in range(3):
                product = sum(features[n, a, y, x] * features[n, b, y, x] for y in range(4) for x in range(5))
                assert each[n, a, b].item() == pytest.approx(product.item() / (3 * 4 * 5))
    across = (features[0, 1] * features[1, 2]).sum() / (2 * 3 * 4 * 5)
    assert mixed[0, 1, 5].item() == pytest.approx(across.item())


def test_style_of_a_batch_is_the_mean_of_its_images_only_where_grams_do_not_mix() -> None:
    torch.manual_seed(0)
    ours, theirs = ([torch.randn(2, 3, 4, 4, dtype=torch.float64)] for _ in range(2))
    halves = [style([ours[0][n : n + 1]], [theirs[0][n : n + 1]], mix=False) for n in range(2)]
    assert style(ours, theirs, mix=False).item() == pytest.approx((sum(halves) / 2).item())
    assert style(ours, theirs, mix=True).item() != pytest.approx((sum(halves) / 2).item())


def test_perceptual_is_the_sum_over_levels_of_means() -> None:
    ours = [torch.zeros(1, 2, 2, 2), torch.zeros(1, 4, 1, 1)]
    theirs = [torch.ones(1, 2, 2, 2), torch.full((1, 4, 1, 1), -3.0)]
    assert perceptual(ours, theirs).item() == 4.0


def test_caos_triplet_compares_keys_with_values_at_every_pair() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 5, 7, dtype=torch.float64) * 6 for _ in range(3))
    total = 0.0
    for n in range(2):
        for i in range(5):
            for j in range(5):
                near, far = (q[n, i] @ k[n, j]).item(), (q[n, i] @ v[n, j]).item()
                total += max(0.0, (near - far) / math.sqrt(7) + 12)
    assert triplet_cao(q, k, v, 12.0).item() == pytest.approx(total / 50)
    assert triplet_cao(q, k, v, 12.0).item() == pytest.approx(gan_spec.triplet(q, k, v).item())


def test_the_papers_triplet_wants_the_matching_key_nearer_than_others() -> None:
    torch.manual_seed(0)
    q, k = (torch.randn(1, 4, 3, dtype=torch.float64) * 4 for _ in range(2))
    matches = torch.tensor([[2, -1, 0, 3]])  # key 0 shows place 2, key 1 none
    total, count = 0.0, 0
    for j, place in enumerate(matches[0].tolist()):
        for other in range(4):
            if place >= 0 and other != j:
                gap = (q[0, place] @ k[0, other] - q[0, place] @ k[0, j]).item() / math.sqrt(3)
                total += max(0.0, gap + 12)
                count += 1
    assert count == 9
    assert triplet_cvpr(q, k, matches, 12.0).item() == pytest.approx(total / count)

    places = torch.eye(4, dtype=torch.float64)[None] * 9
    straight, shifted = torch.arange(4)[None], torch.tensor([[1, 2, 3, 0]])
    assert triplet_cvpr(places, places, straight, 12.0) == 0
    assert triplet_cvpr(places, places, shifted, 12.0) > 12


def test_matches_follow_the_warp() -> None:
    """A picture whose tokens are numbered by brightness, warped: its tokens show the numbers that matches say."""
    side, size = 4, 64
    numbers = torch.arange(16.0).view(1, 1, 4, 4).repeat_interleave(16, 2).repeat_interleave(16, 3) * 15
    warper = Warper(size, size, "cpu")
    warps = [Warp(0.4, 0.6, 0.2, -0.1), Warp(0.3, 0.7, -0.2, 0.2)]
    matches = matches_of(*warper.maps(warps), side)
    assert matches.shape == (2, 16)
    warped = warper(numbers.expand(2, 3, -1, -1), warps)[:, 0]
    middles = warped.view(2, 4, 16, 4, 16)[:, :, 7:9, :, 7:9].mean((2, 4)).flatten(1) / 15
    agree = ((middles - matches).abs() < 0.5) & (matches >= 0)
    assert agree.float().mean() > 0.7, "the rest lies on a border between tokens"
    assert (matches != torch.arange(16)).any()


def test_levels_in_one_pass_are_the_nested_prefixes() -> None:
    torch.manual_seed(0)
    images = torch.randn(2, 3, 32, 32)
    for variant in ("cao", "sga-repository"):
        vgg = tiny_vgg(variant)
        found = vgg(images)
        assert len(found) == len(LEVELS[variant])
        for level, features in zip(LEVELS[variant], found, strict=True):
            assert torch.equal(features, vgg.layers[: level + 1](images))
        assert not any(parameter.requires_grad for parameter in vgg.parameters())


def test_vgg_is_torchvisions_up_to_its_last_level() -> None:
    vgg = build_vgg("cao")
    assert sum(p.numel() for p in vgg.parameters()) == 20_024_384
    shapes = [tuple(features.shape[1:]) for features in vgg(torch.zeros(1, 3, 256, 256, device="meta"))]
    assert shapes == [(64, 256, 256), (128, 128, 128), (256, 64, 64), (512, 32, 32), (512, 16, 16)]
