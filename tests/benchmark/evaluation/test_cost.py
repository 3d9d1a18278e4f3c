"""The cost of painting: batches timed by a made clock, counted parameters, and the peak memory of the process."""

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save_file

from benchmark.evaluation.cost import PeakMemory, parameter_count, seconds_by_batch


def test_batches_grow_as_long_as_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.evaluation.cost.time", SimpleNamespace(perf_counter=lambda: clock[0]))

    def prepare(count: int, cost: Callable[[int], float]) -> Callable[[], None]:
        def paint() -> None:
            clock[0] += cost(count)

        return paint

    fixed = seconds_by_batch(lambda n: prepare(n, lambda count: 1.0), 9)
    assert fixed == pytest.approx({1: 1, 2: 1 / 2, 4: 1 / 4, 8: 1 / 8}), "never more than there are"
    assert list(seconds_by_batch(lambda n: prepare(n, float), 64)) == [1, 2], "no gain, no larger batch"
    assert list(seconds_by_batch(lambda n: prepare(n, lambda count: 50.0), 64)) == [1], "a minute is enough"

    def short(count: int) -> Callable[[], None]:
        if count > 2:
            raise MemoryError
        return prepare(count, lambda count: 1.0)

    assert list(seconds_by_batch(short, 64)) == [1, 2]


def test_seconds_are_the_median_of_three_calls_after_one_that_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = [0.0], iter([9.0, 1.0, 5.0, 2.0])
    monkeypatch.setattr("benchmark.evaluation.cost.time", SimpleNamespace(perf_counter=lambda: clock[0]))

    def paint() -> None:
        clock[0] += next(calls)

    assert seconds_by_batch(lambda n: paint, 1) == {1: 2.0}


@pytest.mark.parametrize(("gain", "batches"), [(0.98, [1, 2]), (0.96, [1, 2, 4, 8])])
def test_a_larger_batch_is_tried_while_an_image_takes_3_percent_less(
    monkeypatch: pytest.MonkeyPatch, gain: float, batches: list[int]
) -> None:
    clock = [0.0]
    monkeypatch.setattr("benchmark.evaluation.cost.time", SimpleNamespace(perf_counter=lambda: clock[0]))

    def prepare(count: int) -> Callable[[], None]:
        def paint() -> None:
            clock[0] += count * gain ** math.log2(count)

        return paint

    assert list(seconds_by_batch(prepare, 8)) == batches


def test_an_error_that_is_not_about_memory_and_a_first_batch_without_memory_are_raised() -> None:
    def broken(error: Exception) -> Callable[[int], Callable[[], None]]:
        def prepare(count: int) -> Callable[[], None]:
            raise error

        return prepare

    for error in (RuntimeError("shapes differ"), MemoryError()):
        with pytest.raises(type(error)):
            seconds_by_batch(broken(error), 4)


def test_statistics_of_batch_norms_and_tensors_of_training_do_not_count(tmp_path: Path) -> None:
    sizes = {"net.weight": (3, 4), "net.bias": (4,), "net.running_mean": (4,), "critic.weight": (100,)}
    save_file({name: np.zeros(size, np.float32) for name, size in sizes.items()}, tmp_path / "w.safetensors")
    assert parameter_count(tmp_path / "w.safetensors") == 116
    assert parameter_count(tmp_path / "w.safetensors", ("critic.",)) == 16


def test_the_peak_of_the_process_covers_memory_that_is_free_again() -> None:
    memory = PeakMemory("cpu")
    if memory.read() is None:
        pytest.skip("this system reports no peak memory")
    assert memory.kind.startswith("process memory")
    before = memory.read()
    assert before is not None
    np.ones(before, np.uint8).sum()
    after = memory.read()
    assert after is not None
    assert after > 1.5 * before
