"""The reference of a pair: the picture itself, warped by the seed of the pair only where the protocol warps."""

import numpy as np

from benchmark.data.dataset import Dataset
from benchmark.data.protocol import Pair, get_protocol
from benchmark.data.references import reference_image


def test_a_protocol_without_a_warp_passes_the_reference_unchanged(tiny_dataset: Dataset) -> None:
    first, second = tiny_dataset.ids("test")[:2]
    found = reference_image(Pair(first, second, 7), tiny_dataset, get_protocol("random-ref"))
    assert np.array_equal(found, tiny_dataset.color(second))


def test_the_warp_depends_on_the_seed_of_the_pair(tiny_dataset: Dataset) -> None:
    name = tiny_dataset.ids("test")[0]
    pairs = [Pair(name, name, seed) for seed in (7, 7, 8)]
    one, same, other = (reference_image(pair, tiny_dataset, get_protocol("self-ref-warped")) for pair in pairs)
    assert (one.dtype, one.shape) == (np.uint8, (256, 256, 3))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, tiny_dataset.color(name))
