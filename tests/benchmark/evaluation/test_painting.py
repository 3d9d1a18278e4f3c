"""Painting of pairs: when outputs are kept, what is painted again, and which results of a method are refused."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_json, read_rgb, write_png
from benchmark.data.dataset import SHAPE, Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol
from benchmark.evaluation.painting import (
    COST,
    PaintingTask,
    keeps_outputs,
    measure_batches,
    measured_batches,
    paint,
    painting_cost,
    painting_notes,
    prepare_outputs,
)
from benchmark.methods.interface import Request
from benchmark.scoring.outputs import output_path

IDENTITY = {"pairs": "p", "checkpoint": "c"}


class Echo:
    """Returns the references, and keeps the seeds of each batch."""

    notes = ("an echo",)

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        self.batches.append(list(seeds))
        return references


class Whole:
    """Paints every request in one call, except the last `less`."""

    def __init__(self, less: int = 0, dtype: type = np.uint8) -> None:
        self.less, self.dtype = less, dtype

    def colorize_all(self, requests: Iterable[Request], done: Callable[[int, Image], None], folder: Path) -> None:
        found = list(requests)
        for number, request in enumerate(found[: len(found) - self.less]):
            done(number, request.reference.astype(self.dtype))

    def colorize(self, *_: object) -> NDArray[np.uint8]:
        raise AssertionError("all pictures are painted by one call")


@pytest.fixture
def task(tiny_dataset: Dataset, tmp_path: Path) -> PaintingTask:
    """The five test pairs of self-ref in batches of 2, with a new run folder."""
    protocol = get_protocol("self-ref")
    folder = tmp_path / "run"
    folder.mkdir()
    prepare_outputs(folder, IDENTITY)
    return PaintingTask(folder, "echo", dataset_pairs(protocol, tiny_dataset), tiny_dataset, protocol, 2, "cpu")


def test_outputs_are_kept_under_the_same_identity_alone(tmp_path: Path) -> None:
    assert prepare_outputs(tmp_path, IDENTITY) is None
    picture = output_path(tmp_path, "x")
    write_png(picture, np.zeros(SHAPE, np.uint8))
    assert keeps_outputs(tmp_path, IDENTITY)
    assert prepare_outputs(tmp_path, IDENTITY) is None
    assert picture.exists()
    other = IDENTITY | {"checkpoint": "d"}
    assert not keeps_outputs(tmp_path, other)
    assert prepare_outputs(tmp_path, other) == "other checkpoint"
    assert not picture.exists()


def test_outputs_without_a_record_are_removed(tmp_path: Path) -> None:
    write_png(output_path(tmp_path, "x"), np.zeros(SHAPE, np.uint8))
    assert prepare_outputs(tmp_path, IDENTITY) == "no record of the settings of its pictures"
    assert not output_path(tmp_path, "x").exists()


def test_a_resumed_painting_divides_the_batches_as_before(task: PaintingTask) -> None:
    echo = Echo()
    paint(task, lambda: echo)
    seeds = [pair.seed for pair in task.pairs]
    assert echo.batches == [seeds[:2], seeds[2:4], seeds[4:]]
    assert painting_notes(task.folder) == ("an echo",)
    for pair in task.pairs:
        assert np.array_equal(read_rgb(output_path(task.folder, pair.picture)), task.data.color(pair.reference))
    output_path(task.folder, task.pairs[3].picture).unlink()
    again = Echo()
    paint(task, lambda: again)
    assert again.batches == [seeds[2:4]]


def test_a_complete_painting_loads_no_method(task: PaintingTask) -> None:
    paint(task, Echo)
    paint(task, lambda: pytest.fail("the method was loaded"))


def test_a_method_of_one_call_paints_all_pictures(task: PaintingTask) -> None:
    paint(task, Whole)
    assert all(output_path(task.folder, pair.picture).exists() for pair in task.pairs)
    assert painting_cost(task.folder)[1:] == (None, None)
    measure_batches(task, Whole)
    assert measured_batches(task.folder) == {}


@pytest.mark.parametrize(
    ("method", "message"),
    [(Whole(less=2), "echo returned 3 of 5 pictures"), (Whole(dtype=np.float32), "echo returned float32")],
)
def test_a_method_of_one_call_that_returns_anything_else_is_named(
    task: PaintingTask, method: Whole, message: str
) -> None:
    with pytest.raises(AnibenchError, match=message):
        paint(task, lambda: method)


def test_the_cost_by_batch_is_measured_once(task: PaintingTask) -> None:
    assert measured_batches(task.folder) is None
    measure_batches(task, Echo)
    found = measured_batches(task.folder)
    assert found is not None
    assert {1, 2} <= set(found) <= {1, 2, 4}
    before = read_json(task.folder / COST)
    measure_batches(task, lambda: pytest.fail("the method was loaded"))
    assert read_json(task.folder / COST) == before
