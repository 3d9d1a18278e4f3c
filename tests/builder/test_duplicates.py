"""Duplicates against brute force, and on pictures that were saved again."""

import io

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.duplicates import COPY, Sketches, color_pairs, hash_pairs, keep_best, near_pairs, same_pairs, sketch
from builder.recipe import DuplicatesRecipe

FULL = 2**64 - 1


@given(st.lists(st.integers(0, FULL), max_size=12), st.lists(st.integers(0, 63), max_size=30), st.integers(-1, 12))
def test_hash_pairs_are_all_pairs_within_the_distance(seeds: list[int], flips: list[int], distance: int) -> None:
    values = seeds + [seed ^ (1 << flip) ^ (1 << flips[0]) for seed, flip in zip(seeds, flips, strict=False)]
    pairs = hash_pairs(np.array(values, np.uint64), distance)
    expected = {
        (a, b)
        for a in range(len(values))
        for b in range(a + 1, len(values))
        if (values[a] ^ values[b]).bit_count() <= distance
    }
    assert {tuple(pair) for pair in pairs.tolist()} == expected
    assert len(pairs) == len(expected)


def test_a_crowded_bucket_is_searched_in_chunks() -> None:
    hashes = np.concatenate([np.full(700, 5, np.uint64), np.arange(700, dtype=np.uint64) << np.uint64(20)])
    pairs = {tuple(pair) for pair in hash_pairs(hashes, 1).tolist()}
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None])
    assert pairs == {(int(a), int(b)) for a, b in zip(*np.nonzero(np.triu(distance <= 1, 1)), strict=True)}


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.5, 12))
def test_color_pairs_are_all_pairs_within_the_distance(seed: int, distance: float) -> None:
    rng = np.random.default_rng(seed)
    base = rng.integers(40, 200, (6, COPY * COPY * 3))
    copies = np.concatenate([base, base + rng.integers(-12, 13, base.shape), base + 5]).astype(np.uint8)
    found = color_pairs(Sketches(np.zeros(len(copies), np.uint64), copies), distance)
    apart = np.abs(copies[:, None].astype(int) - copies[None]).mean(-1)
    assert found.tolist() == np.argwhere(np.triu(apart <= distance, 1)).tolist()


@given(st.integers(1, 25), st.integers(0, 10**6))
def test_what_is_kept_has_no_pair_and_what_is_dropped_has_a_better_one(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, count, (2 * count, 2)), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    order = rng.permutation(count).tolist()
    dropped = keep_best(order, pairs)
    kept = set(range(count)) - set(dropped)
    assert not any(a in kept and b in kept for a, b in pairs.tolist())
    partners = {tuple(pair) for pair in pairs.tolist()}
    for index, other in dropped.items():
        assert other in kept
        assert tuple(sorted((index, other))) in partners
        assert order.index(other) < order.index(index)
    shuffled = rng.permutation(pairs) if len(pairs) else pairs
    assert keep_best(order, shuffled) == dropped


def face(seed: int) -> np.ndarray:
    from builder.drawn import draw_portrait

    return draw_portrait(seed, 256).color


@pytest.fixture(scope="module")
def variants() -> Sketches:
    """0 a portrait, 1 saved as a poor JPEG, 2 halved and doubled, 3 darker, 4 with a caption, 5.. other portraits."""
    picture = PIL.Image.fromarray(face(1))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=40)
    captioned = picture.copy()
    captioned.paste((255, 255, 255), (30, 190, 226, 250))
    pictures = [
        picture,
        PIL.Image.open(stream).convert("RGB"),
        picture.resize((128, 128)).resize((256, 256)),
        picture.point([int(255 * (v / 255) ** 1.25) for v in range(256)] * 3),
        captioned,
        *(PIL.Image.fromarray(face(seed)) for seed in range(2, 12)),
    ]
    return Sketches.unpack([sketch(np.asarray(each, np.uint8)) for each in pictures])


def test_copies_are_the_same_and_other_portraits_are_not(variants: Sketches) -> None:
    assert same_pairs(variants, DuplicatesRecipe()).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_variants_in_light_or_detail_are_near_and_other_portraits_are_not(variants: Sketches) -> None:
    near = near_pairs(variants, DuplicatesRecipe())
    assert {(0, 1), (0, 2), (0, 3), (0, 4)} <= {tuple(pair) for pair in near.tolist()}
    assert near.max() < 5


def test_search_can_be_turned_off(variants: Sketches) -> None:
    assert same_pairs(variants, DuplicatesRecipe(same_hash=-1)).tolist() == []


def test_no_crops_no_pairs() -> None:
    assert same_pairs(Sketches.unpack([]), DuplicatesRecipe()).shape == (0, 2)
    assert near_pairs(Sketches.unpack([sketch(face(1))]), DuplicatesRecipe()).shape == (0, 2)
