"""A pool that survives its processes."""

from builtins import eval as work  # importable in a fresh process, and able to do anything
from collections.abc import Iterator
from contextlib import closing

import pytest

from builder.core.workers import Crash, in_processes, in_threads

CRASH = "__import__('os').abort()"  # what a decoder written in C does at its worst


def test_a_crash_is_named_and_costs_nothing_else() -> None:
    numbers = [f"2 * {number}" for number in range(12)]
    found = dict(in_processes(work, [*numbers[:5], CRASH, *numbers[5:]], 2))
    assert found.pop(CRASH) == Crash()
    assert found == {text: 2 * number for number, text in enumerate(numbers)}


def test_libraries_that_a_process_imports_get_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    asked = "__import__('os').environ['OMP_NUM_THREADS']"
    assert dict(in_processes(work, [asked], 1)) == {asked: "1"}


def test_an_exception_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_processes(work, ["1", "1 / 0"], 1))


def test_threads_give_every_result_and_raise() -> None:
    assert dict(in_threads(work, ["1", "2 + 3"], 2)) == {"1": 1, "2 + 3": 5}
    with pytest.raises(ZeroDivisionError):
        list(in_threads(work, ["1 / 0"] * 100, 2))


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    with closing(in_threads(lambda number: number, items(), 2)) as results:
        next(results)
    assert len(taken) < 50
