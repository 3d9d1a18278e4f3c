"""Duplicates against brute force, and on pictures that were saved again."""

import io

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageOps

from benchmark.data.near.sketches import COPY
from builder.core.recipe import DuplicatesRecipe
from builder.faces.duplicates import MIRRORED, Sketches, copy_hashes, keep_best, near_pairs, same_pairs, sketch


@given(st.integers(0, 1000))
def test_a_mirrored_copy_has_the_hash_with_the_odd_frequencies_turned(seed: int) -> None:
    copies = np.random.default_rng(seed).integers(0, 256, (3, COPY, COPY, 3)).astype(np.uint8)
    mirrored = np.ascontiguousarray(copies[:, :, ::-1])
    hashes, turned = (copy_hashes(each.reshape(3, -1), COPY) for each in (copies, mirrored))
    assert (hashes ^ MIRRORED).tolist() == turned.tolist()


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
        partner = [each for each in kept if tuple(sorted((index, each))) in partners]
        assert other == min(partner, key=order.index), "the best of the kept ones"
        assert order.index(other) < order.index(index)
    shuffled = rng.permutation(pairs) if len(pairs) else pairs
    assert keep_best(order, shuffled) == dropped


def face(seed: int) -> np.ndarray:
    from builder.drawing.illustration import draw_portrait

    return draw_portrait(seed, 256).color


@pytest.fixture(scope="module")
def variants() -> Sketches:
    """0 a portrait, 1 a poor JPEG of it, 2 halved and doubled, 3 much darker, 4 captioned, 5 mirrored, 6.. others."""
    picture = PIL.Image.fromarray(face(1))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=40)
    captioned = picture.copy()
    captioned.paste((255, 255, 255), (30, 190, 226, 250))
    pictures = [
        picture,
        PIL.Image.open(stream).convert("RGB"),
        picture.resize((128, 128)).resize((256, 256)),
        picture.point([int(255 * (v / 255) ** 1.8) for v in range(256)] * 3),
        captioned,
        ImageOps.mirror(picture),
        *(PIL.Image.fromarray(face(seed)) for seed in range(2, 12)),
    ]
    return Sketches.unpack(b"".join(sketch(np.asarray(each, np.uint8)) for each in pictures))


def test_copies_are_the_same_and_other_portraits_are_not(variants: Sketches) -> None:
    assert same_pairs(variants, DuplicatesRecipe()).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_variants_in_light_or_detail_or_mirrored_are_near_and_other_portraits_are_not(variants: Sketches) -> None:
    near = near_pairs(variants, DuplicatesRecipe())
    assert {(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)} <= {tuple(pair) for pair in near.tolist()}
    assert near.max() < 6


def test_what_makes_variants_near_is_told_apart(variants: Sketches) -> None:
    strict = near_pairs(variants, DuplicatesRecipe(near_color=6, near_correlation=2))
    assert (0, 3) not in {tuple(pair) for pair in strict.tolist()}
    by_light = near_pairs(variants, DuplicatesRecipe(near_color=0, near_correlation=0.94))
    assert (0, 3) in {tuple(pair) for pair in by_light.tolist()}


def test_search_can_be_turned_off(variants: Sketches) -> None:
    assert same_pairs(variants, DuplicatesRecipe(same_hash=-1)).tolist() == []


def test_no_crops_no_pairs() -> None:
    assert same_pairs(Sketches.unpack(b""), DuplicatesRecipe()).shape == (0, 2)
    assert near_pairs(Sketches.unpack(sketch(face(1))), DuplicatesRecipe()).shape == (0, 2)
