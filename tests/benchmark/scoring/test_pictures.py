"""Scores of single pictures: in order, on the eyes alone, and equal for threads of any number."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.files import Image, write_png
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol
from benchmark.data.references import reference_image
from benchmark.data.xdog import XDoG, extract_lines
from benchmark.results.metrics import METRICS
from benchmark.scoring.outputs import output_path
from benchmark.scoring.pictures import ScoringTask, in_threads, measure, measure_pictures, read_inputs
from benchmark.scoring.slices import Box

PROTOCOL = get_protocol("self-ref")
PLAIN = [METRICS["psnr"], METRICS["line-f1"]]


@pytest.fixture
def task(tiny_dataset: Dataset) -> ScoringTask:
    return ScoringTask(dataset_pairs(PROTOCOL, tiny_dataset), tiny_dataset, PROTOCOL, PLAIN, tiny_dataset.color)


def test_rows_are_those_of_the_pairs_and_each_output_is_read_in_their_order(task: ScoringTask, tmp_path: Path) -> None:
    read: list[tuple[str, str]] = []
    for number, pair in enumerate(task.pairs):
        image = task.data.color(pair.sample) if number == 0 else np.full((256, 256, 3), 40 * number, np.uint8)
        write_png(output_path(tmp_path, pair.picture), image)
    table, targets = measure_pictures(tmp_path, task, None, lambda pair, _, pixels: read.append((pair.sample, pixels)))
    assert table["sample"].tolist() == [pair.sample for pair in task.pairs]
    assert read == list(zip(table["sample"], table["pixels"], strict=True))
    assert table["identical"].tolist() == [True] + [False] * (len(task.pairs) - 1)
    assert table["psnr"][0] == 100
    assert (targets["psnr"] == 100).all(), "the second table is that of the targets"
    again, _ = measure_pictures(tmp_path, task, targets.assign(psnr=7.0))
    assert again["psnr"][0] == 7.0, "known values of the targets are not computed again"


def test_metrics_on_eyes_are_computed_from_the_eyes_alone(task: ScoringTask) -> None:
    inputs = read_inputs(task.pairs[0], task)
    eyes = (Box(10, 10, 20, 20), Box(30, 10, 40, 20))
    image: Image = inputs.target.copy()
    image[100:] = 0
    found = measure(image, replace(inputs, eyes=eyes), PLAIN)
    assert found["eyes:psnr"] == 100, "the eyes are unchanged"
    assert np.isfinite(found["psnr"])
    assert "eyes:line-f1" not in found
    assert "eyes:psnr" not in measure(image, replace(inputs, eyes=None), PLAIN)


def test_a_copy_is_found_in_the_warped_reference_and_the_palette_compared_before_the_warp(
    tiny_dataset: Dataset,
) -> None:
    warped = get_protocol("self-ref-warped")
    task = ScoringTask(dataset_pairs(warped, tiny_dataset), tiny_dataset, warped, PLAIN, tiny_dataset.color)
    inputs = read_inputs(task.pairs[0], task)
    assert np.array_equal(inputs.shown, reference_image(task.pairs[0], tiny_dataset, warped))
    assert not np.array_equal(inputs.shown, inputs.reference)
    metrics = [METRICS["palette-distance"], METRICS["copy"]]
    itself, copied = (measure(image, inputs, metrics) for image in (inputs.reference, inputs.shown))
    assert itself["palette-distance"] == 0
    assert copied["palette-distance"] > 0.1, "the warp changes the palette"
    assert itself["copy"] < 0.1 < 0.9 < copied["copy"]


def test_lines_of_outputs_are_extracted_as_the_line_of_their_own_sample_was(tiny_dataset: Dataset) -> None:
    protocol = get_protocol("random-ref")
    pair = dataset_pairs(protocol, tiny_dataset)[0]
    sigma = {pair.sample: 1.2, pair.reference: 0.4}
    data = replace(
        tiny_dataset, manifest=tiny_dataset.manifest.assign(sigma=tiny_dataset.manifest["id"].map(sigma), p=20.0)
    )
    color = data.color(pair.sample)
    write_png(data.line_path(pair.sample), extract_lines(color, XDoG(sigma=1.2, p=20.0)))
    inputs = read_inputs(pair, ScoringTask([pair], data, protocol, PLAIN, data.color))
    assert inputs.xdog == XDoG(sigma=1.2, p=20.0)
    assert measure(color, inputs, PLAIN)["line-f1"] == 1
    for other in (XDoG(), XDoG(sigma=0.4, p=20.0)):
        assert measure(color, replace(inputs, xdog=other), PLAIN)["line-f1"] < 0.99


def test_results_keep_the_order_of_the_items_and_an_error_is_raised() -> None:
    first = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            first.wait(0.05)
        if item == 30:
            raise ValueError("item 30")
        return item * item

    assert list(in_threads(work, range(20))) == [item * item for item in range(20)]
    with pytest.raises(ValueError, match="item 30"):
        list(in_threads(work, range(40)))
