"""Line styles: what a method sees when a protocol asks for other lines than the dataset's."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.data.line_styles import degrade, line_image, line_parameters
from benchmark.data.protocol import Pair, get_protocol
from benchmark.data.shapes import draw_shapes
from benchmark.data.xdog import XDoG, extract_lines

LINE = draw_shapes(1)[1]
INK = LINE < 128


def test_thick_lines_hold_the_thin_ones_and_reach_one_pixel_further() -> None:
    thick = degrade(LINE, "thick", 0) < 128
    assert thick[INK].all()
    assert 2 < thick.sum() / INK.sum() < 4
    single = np.full((5, 5), 255, np.uint8)
    single[2, 2] = 0
    assert (degrade(single, "thick", 0) == 0).sum() == 5


def test_gaps_only_take_ink_away_in_stretches() -> None:
    broken = degrade(LINE, "gaps", 3) < 128
    assert not (broken & ~INK).any()
    assert 0.01 < 1 - broken.sum() / INK.sum() < 0.2


def test_a_gap_is_a_disc_of_3_px_radius() -> None:
    paper = (degrade(np.zeros((96, 96), np.uint8), "gaps", 1) == 255).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(paper)
    inside = (stats[1:, :2] > 0).all(axis=1) & (stats[1:, :2] + stats[1:, 2:4] < 96).all(axis=1)
    inner = stats[1:, cv2.CC_STAT_AREA][inside]
    assert inner.min() == 29, "pixels within 3 px of the middle"


def test_noise_adds_specks_and_takes_ink() -> None:
    noisy = degrade(LINE, "noise", 3) < 128
    assert np.mean(noisy[~INK]) == pytest.approx(0.002, abs=0.001)
    assert np.mean(~noisy[INK]) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("style", ["thick", "gaps", "noise", "as-built"])
def test_a_style_is_lines_and_hangs_on_its_seed(style: str) -> None:
    first, again, other = (degrade(LINE, style, seed) for seed in (1, 1, 2))  # type: ignore[arg-type]
    assert np.array_equal(first, again)
    assert first.dtype == np.uint8
    assert set(np.unique(first)) == {0, 255}
    assert np.array_equal(first, other) == (style in ("thick", "as-built"))


def test_a_protocol_decides_and_the_dataset_is_left_alone(tiny_dataset: Dataset) -> None:
    sample = tiny_dataset.ids("test")[0]
    pair = Pair(sample, sample, 5)
    assert np.array_equal(line_image(pair, tiny_dataset, get_protocol("self-ref")), tiny_dataset.line(sample))
    drawn = line_image(pair, tiny_dataset, get_protocol("self-ref-lines-sigma-0.5"))
    assert np.array_equal(drawn, extract_lines(tiny_dataset.color(sample), XDoG(sigma=0.5)))
    with pytest.raises(AnibenchError, match="extracted from the colour picture"):
        degrade(LINE, "sigma-0.4", 0)


def test_parameters_are_the_manifests(tiny_dataset: Dataset) -> None:
    sample = tiny_dataset.ids("test")[0]
    assert line_parameters(tiny_dataset, sample) == XDoG()
    known = replace(tiny_dataset, manifest=tiny_dataset.manifest.assign(sigma=0.4, p=10.0, form="equation-1"))
    assert line_parameters(known, sample) == XDoG(sigma=0.4, p=10, form="equation-1")
