"""A pool that survives its processes."""

import os
import signal
import subprocess
import sys
import time
from builtins import eval as work  # importable in a fresh process, and able to do anything
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
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


def test_an_unpicklable_value_is_named() -> None:
    with pytest.raises(RuntimeError, match="cannot be sent"):
        list(in_processes(work, ["lambda: 1"], 1))


ENDLESS = """
import sys
from builtins import eval as work
from builder.core.workers import in_processes
if __name__ == "__main__":
    sleep = "(print('at work', flush=True), __import__('time').sleep(60))"
    try:
        list(in_processes(work, [sleep] * 6, 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize("delay", [0.0, 0.3, None])
def test_ctrl_c_ends_the_parent_and_its_processes_however_often_it_comes(tmp_path: Path, delay: float | None) -> None:
    """`delay` seconds after the start, or, for None, when a process is at work."""
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    if delay is None:
        assert parent.stdout.readline() == "at work\n"
    else:
        while not multiprocessing_has_begun(parent.pid):
            time.sleep(0.01)
        time.sleep(delay)
    for _ in range(3):
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to every process
        time.sleep(0.02)
    _, said = parent.communicate(timeout=30)
    assert parent.returncode in (130, -signal.SIGINT)
    assert "SpawnProcess" not in said, "no traceback of a worker"
    limit = time.monotonic() + 30
    while alive_in_group(parent.pid) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not alive_in_group(parent.pid)


def alive_in_group(group: int) -> list[str]:
    """The command lines of the group's processes, without those that have ended and wait to be collected."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found


def multiprocessing_has_begun(parent: int) -> bool:
    return bool(Path(f"/proc/{parent}/task/{parent}/children").read_text())
