"""The dataset of random shapes: outlines around the shapes, a split of the given size, no picture twice."""

from pathlib import Path

import cv2
import numpy as np

from benchmark.data.dataset import sample_id
from benchmark.data.protocol import get_protocol, pairs_path, read_pairs
from benchmark.data.shapes import draw_shapes, write_dataset


def test_a_seed_draws_the_same_shapes_again_and_another_seed_draws_others() -> None:
    (color, line), again, other = draw_shapes(1), draw_shapes(1), draw_shapes(2)
    assert np.array_equal(color, again[0])
    assert np.array_equal(line, again[1])
    assert not np.array_equal(color, other[0])


def test_ink_stands_at_the_edges_of_the_colours_and_covers_few_pixels() -> None:
    color, line = draw_shapes(3)
    assert (color.shape, line.shape, set(np.unique(line).tolist())) == ((256, 256, 3), (256, 256), {0, 255})
    ink = line == 0
    assert 0.005 < ink.mean() < 0.1
    change = np.abs(np.diff(color.astype(int), axis=1)).sum(axis=2) > 0
    near = cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8))[:, 1:] > 0
    assert near[change].mean() > 0.98 > 0.5 > near.mean()


def test_the_dataset_has_the_split_and_stores_the_pairs(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "a", train=3, test=2, seed=4)
    assert [len(data.ids(split)) for split in ("train", "test")] == [3, 2]
    assert sample_id(data.color(data.ids("train")[0])) == data.ids("train")[0]
    pairs = read_pairs(pairs_path(get_protocol("random-ref"), tmp_path / "a"))
    assert [pair.sample for pair in pairs] == data.ids("test")


def test_one_test_picture_has_no_pairs_and_seeds_share_no_picture(tmp_path: Path) -> None:
    one, other = (write_dataset(tmp_path / str(seed), train=2, test=1, seed=seed) for seed in (0, 1))
    assert not pairs_path(get_protocol("random-ref"), tmp_path / "0").exists()
    assert not {*one.ids("train"), *one.ids("test")} & {*other.ids("train"), *other.ids("test")}
    assert one.fingerprint != other.fingerprint
