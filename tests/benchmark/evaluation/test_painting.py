"""Painting of pairs: when outputs are kept, what is painted again, and which results of a method are refused."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from evaluating import open_evaluation, pictures, run_entry, said
from numpy.typing import NDArray
from toys import Tint, register, write_training_run

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_json, read_rgb, write_png
from benchmark.core.runs import read_record
from benchmark.data.dataset import SHAPE, Dataset
from benchmark.data.protocol import dataset_pairs, get_protocol
from benchmark.data.warp import draw_warp, warp_image
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

pytestmark = pytest.mark.usefixtures("no_weights")


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


def test_the_last_batch_may_be_smaller_and_seeds_are_the_pairs_own(
    tiny_dataset: Dataset, runs: Path, tint: Tint
) -> None:
    evaluation = open_evaluation(tiny_dataset, runs)
    assert run_entry(evaluation, "tint").n == 5
    seeds = [pair.seed for pair in evaluation.pairs]
    assert tint.batches == [seeds[:2], seeds[2:4], seeds[4:]]


@pytest.mark.parametrize("protocol", ["self-ref", "self-ref-warped", "random-ref"])
def test_a_method_is_given_the_references_of_the_protocol(
    tiny_dataset: Dataset, runs: Path, tint: Tint, protocol: str
) -> None:
    evaluation = open_evaluation(tiny_dataset, runs, protocol)
    run_entry(evaluation, "tint")
    for pair, given in zip(evaluation.pairs, tint.references, strict=True):
        expected = tiny_dataset.color(pair.reference)
        if protocol == "self-ref-warped":
            expected = warp_image(expected, draw_warp(pair.seed))
        assert np.array_equal(given.transpose(1, 2, 0), expected)
        assert (pair.reference == pair.sample) == (protocol != "random-ref")


def test_an_interrupted_evaluation_goes_on_to_the_same_bytes(tiny_dataset: Dataset, runs: Path, tint: Tint) -> None:
    whole = open_evaluation(tiny_dataset, runs / "whole")
    write_training_run(runs / "whole", "tint", "a")
    expected = run_entry(whole, "tint")
    tint.batches.clear()
    evaluation = open_evaluation(tiny_dataset, runs)
    tint.stop = 2
    with pytest.raises(KeyboardInterrupt):
        run_entry(evaluation, "tint")
    assert read_record(evaluation.folder("tint.a")).status == "interrupted"
    done = pictures(evaluation, "tint.a")
    assert len(done) == 4
    damaged = sorted(done)[0]
    (evaluation.folder("tint.a") / "outputs" / damaged).write_bytes(b"")
    tint.stop, tint.batches = None, []
    card = run_entry(evaluation, "tint")
    seeds = [pair.seed for pair in evaluation.pairs]
    assert tint.batches == [seeds[:2], seeds[4:]], "only batches that lack a whole picture"
    assert pictures(evaluation, "tint.a") == pictures(whole, "tint.a")
    assert card.outputs == expected.outputs
    assert card.images == expected.images
    assert not said(evaluation)


KILLED = """
import os, signal, sys
from pathlib import Path
from benchmark.evaluation import painting
from benchmark.data.dataset import Dataset
from benchmark.evaluation.entries import find_entries
from benchmark.results.eval_config import EvalSettings
from benchmark.evaluation.evaluate import Evaluation, evaluate_entry
from benchmark.data.protocol import get_protocol

written, write = [], painting.write_png
def write_two(path, image):
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(path)
    write(path, image)
painting.write_png = write_two
root, runs = map(Path, sys.argv[1:])
evaluation = Evaluation.open(get_protocol("self-ref-warped"), Dataset.open(root), runs, EvalSettings(), "cpu")
evaluate_entry(evaluation, find_entries(["copy-reference"], None, runs)[0][0])
"""


def test_a_killed_evaluation_goes_on(tiny_dataset: Dataset, runs: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tiny_dataset.root), str(runs)], capture_output=True)
    assert killed.returncode == -9, killed.stderr
    evaluation = open_evaluation(tiny_dataset, runs, "self-ref-warped")
    folder = evaluation.folder("copy-reference")
    left = {path: path.stat().st_mtime_ns for path in (folder / "outputs").glob("*.png")}
    assert len(left) == 2
    assert read_record(folder).status == "interrupted", "its process is dead"
    run_entry(evaluation, "copy-reference")
    assert {path: path.stat().st_mtime_ns for path in left} == left, "what was painted is kept"
    fresh = open_evaluation(tiny_dataset, runs / "fresh", "self-ref-warped")
    run_entry(fresh, "copy-reference")
    assert {n: b for n, b in pictures(evaluation, "copy-reference").items() if n.endswith(".png")} == pictures(
        fresh, "copy-reference"
    )


def test_pictures_of_another_checkpoint_are_removed_and_the_reason_said(
    tiny_dataset: Dataset, runs: Path, tint: Tint
) -> None:
    first = run_entry(open_evaluation(tiny_dataset, runs), "tint")
    write_training_run(runs, "tint", "a", value=1.0)
    tint.batches.clear()
    evaluation = open_evaluation(tiny_dataset, runs)
    second = run_entry(evaluation, "tint")
    assert "other checkpoint" in said(evaluation)
    assert sum(map(len, tint.batches)) == 5
    assert second.checkpoint != first.checkpoint


def test_pictures_of_another_dataset_are_removed(
    tiny_dataset: Dataset, runs: Path, make_dataset: Callable[..., Dataset], tmp_path: Path
) -> None:
    run_entry(open_evaluation(tiny_dataset, runs), "line-only")
    evaluation = open_evaluation(make_dataset(tmp_path / "other", test=3, seed=2), runs)
    card = run_entry(evaluation, "line-only")
    assert "other pairs, dataset" in said(evaluation)
    assert len(pictures(evaluation, "line-only")) == card.n == 3


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda images: images.astype(np.float32), "float32"),
        (lambda images: images[:-1], "must return uint8"),
        (lambda images: images[:, :, ::2], "must return uint8"),
        (lambda images: images.transpose(0, 2, 3, 1), "must return uint8"),
        (lambda images: None, "NoneType; colorize"),
    ],
)
def test_a_method_that_returns_anything_else_is_named(
    tiny_dataset: Dataset, runs: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[..., object], message: str
) -> None:
    class Spoilt(Tint):
        def colorize(self, *arguments: object) -> object:  # type: ignore[override]
            return spoil(super().colorize(*arguments))  # type: ignore[arg-type]

    register(monkeypatch, "spoilt", Spoilt())
    write_training_run(runs, "spoilt", "a")
    with pytest.raises(AnibenchError, match=f"^spoilt.a returned .*{message}"):
        run_entry(open_evaluation(tiny_dataset, runs), "spoilt")


def test_too_little_memory_points_to_the_batch(
    tiny_dataset: Dataset, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hungry:
        def colorize(self, *_: object) -> None:
            raise MemoryError

    register(monkeypatch, "hungry", Hungry())
    write_training_run(runs, "hungry", "a")
    with pytest.raises(AnibenchError, match="smaller --batch"):
        run_entry(open_evaluation(tiny_dataset, runs), "hungry")
