"""Floors do what their names say, through the interface every method has."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from baselines.floors.palette_transfer import COLORS, line_regions, make_palette, paint_regions
from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import get_protocol
from benchmark.evaluation.entries import find_entries
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.methods.interface import get_method, method_names
from benchmark.results.eval_config import EvalSettings
from benchmark.results.scorecard import read_scores

RNG = np.random.default_rng(0)
LINES = RNG.choice(np.array([0, 255], np.uint8), (3, 1, 16, 20))
REFERENCES = RNG.integers(0, 256, (3, 3, 16, 20), np.uint8)


def paint(name: str, lines: Image, references: Image, seeds: list[int]) -> Image:
    painted: Image = get_method(name).load(None, "cpu").colorize(lines, references, seeds)
    return painted


def two_rooms(gap: int = 0) -> Image:
    """A line drawing (96, 96): a wall down the middle, with a gap of so many pixels."""
    line = np.full((96, 96), 255, np.uint8)
    line[:, 47:49] = 0
    line[48 : 48 + gap, 47:49] = 255
    return line


def halves(left: tuple[int, int, int], right: tuple[int, int, int], at: int = 48) -> Image:
    """A picture (96, 96, 3) of two flat colours."""
    picture = np.empty((96, 96, 3), np.uint8)
    picture[:, :at], picture[:, at:] = left, right
    return picture


def test_copy_reference_is_the_reference() -> None:
    assert np.array_equal(paint("copy-reference", LINES, REFERENCES, [1, 2, 3]), REFERENCES)


def test_line_only_is_the_line_in_all_channels() -> None:
    painted = paint("line-only", LINES, REFERENCES, [1, 2, 3])
    assert painted.shape == REFERENCES.shape
    assert painted.dtype == np.uint8
    assert all(np.array_equal(painted[:, channel], LINES[:, 0]) for channel in range(3))


def test_mean_colour_is_the_mean_on_paper_and_black_on_ink() -> None:
    painted = paint("mean-colour", LINES, REFERENCES, [1, 2, 3])
    for line, reference, image in zip(LINES, REFERENCES, painted, strict=True):
        mean = np.rint(reference.reshape(3, -1).mean(axis=1))
        assert (image[:, line[0] == 0] == 0).all()
        assert (image[:, line[0] == 255] == mean[:, None]).all()


@pytest.mark.parametrize("gap", [0, 5])
def test_palette_transfer_fills_rooms_with_the_colours_that_lie_there(gap: int) -> None:
    line, reference = two_rooms(gap), halves((200, 40, 40), (40, 40, 200))
    painted = paint("palette-transfer", line[None, None], reference.transpose(2, 0, 1)[None], [5])[0].transpose(1, 2, 0)
    assert (painted[:, :40] == (200, 40, 40)).all(), "a gap in the wall leaks nothing across the room"
    assert (painted[:, 56:] == (40, 40, 200)).all()
    assert (painted[line == 0] == 0).all()


def test_a_colour_is_not_spread_far_beyond_its_share_of_the_reference() -> None:
    regions = np.repeat(np.arange(8), 12)[None].repeat(96, axis=0)  # eight equal stripes
    reference = halves((250, 250, 0), (0, 100, 250), at=24)  # a quarter, on the left, is yellow
    painted = paint_regions(regions, reference, seed=1)
    yellow = (painted == (250, 250, 0)).all(axis=-1).mean()
    assert 0.2 <= yellow <= 0.25 * 1.5 + 0.125
    assert (painted[:, :12] == (250, 250, 0)).all()


def test_regions_are_numbered_without_gaps_and_blank_paper_is_one() -> None:
    line = np.full((96, 96), 255, np.uint8)
    assert not line_regions(line).any()
    assert not line_regions(np.zeros_like(line)).any(), "nothing but ink"
    for centre in ((30, 30), (66, 66)):
        cv2.circle(line, centre, 18, 0, 2)
    regions = line_regions(line)
    assert set(np.unique(regions)) == set(range(regions.max() + 1))
    assert len({regions[30, 30], regions[66, 66], regions[5, 90]}) == 3


def test_a_palette_is_made_of_the_reference_and_follows_the_seed() -> None:
    reference = np.repeat(np.repeat(RNG.integers(0, 256, (4, 4, 3), np.uint8), 16, 0), 16, 1)
    palette, labels = make_palette(reference, 3)
    assert palette.shape == (COLORS, 3)
    assert labels.shape == (64, 64)
    again, _ = make_palette(reference, 3)
    assert np.array_equal(palette, again)
    flat, labels = make_palette(np.full((8, 8, 3), 77, np.uint8), 3)
    assert flat.tolist() == [[77, 77, 77]]
    assert not labels.any()


def test_floors_have_nothing_to_set_and_nothing_to_train() -> None:
    assert method_names("floor") == ["copy-reference", "line-only", "mean-colour", "oracle", "palette-transfer"]
    for name in method_names("floor"):
        method = get_method(name)
        assert method.train is None
        assert not method.config().model_dump()
        assert method.sees_target == (name == "oracle")


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("protocol", ["self-ref", "self-ref-warped", "random-ref"])
def test_the_oracle_is_perfect_by_every_protocol_and_copying_by_one(
    tiny_dataset: Dataset, tmp_path: Path, protocol: str
) -> None:
    settings = EvalSettings.model_validate({"resamples": 99})
    evaluation = Evaluation.open(get_protocol(protocol), tiny_dataset, tmp_path / "runs", settings, "cpu")
    identical = {}
    for name in ("oracle", "copy-reference"):
        (entry,), _ = find_entries([name], None, evaluation.runs)
        evaluate_entry(evaluation, entry)
        identical[name] = read_scores(evaluation.folder(name))["identical"].mean()
    assert identical == {"oracle": 1.0, "copy-reference": float(protocol == "self-ref")}
