"""Work on items in processes that may crash, or in threads; few items are in flight and results are unordered.

Each process has its own pipe and no lock is shared, so that the end of one process never blocks another.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_connections
from typing import Any, Generic, TypeVar

from benchmark.core.errors import AnibenchError

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 2.0  # seconds an idle process has to exit


@dataclass(frozen=True)
class Crash:
    """The item crashed its process twice, the second time with no other item in flight."""


@dataclass(frozen=True)
class _Answer:
    """The answer of a process for an item: the value of the function, or its exception."""

    value: Any
    error: BaseException | None = None


def in_processes(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[tuple[T, R | Crash]]:
    """Yield (item, `function`(item)) in the order of completion; function, items and results must be picklable.

    An item whose process crashes is tried again alone; after a second crash its result is `Crash`. An exception of
    `function` is raised here. The processes end when the parent is killed, raises, or receives Ctrl-C.
    """
    suspects: list[T] = []
    yield from _work_off(function, iter(items), workers, suspects)
    for item in suspects:
        culprits: list[T] = []
        yield from _work_off(function, iter([item]), 1, culprits)
        yield from ((culprit, Crash()) for culprit in culprits)


def in_threads(function: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[tuple[T, R], None, None]:
    """Yield (item, `function`(item)) in the order of completion; for work that releases the interpreter's lock."""
    pool, waiting = ThreadPoolExecutor(workers), iter(items)
    flying: dict[Future[R], T] = {}
    try:
        while True:
            for item in islice(waiting, 4 * workers - len(flying)):
                flying[pool.submit(function, item)] = item
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                yield flying.pop(future), future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _work_off(
    function: Callable[[T], R], waiting: Iterator[T], workers: int, suspects: list[T]
) -> Iterator[tuple[T, R]]:
    """Work on all items; items whose process crashed are added to `suspects`."""
    crew = _Crew(function, workers)
    try:
        for item in islice(waiting, workers):
            crew.add(item)
        while crew.busy:
            for worker in crew.answering():
                item = worker.item
                try:
                    answer = worker.receive()
                except (EOFError, OSError):
                    suspects.append(item)
                    crew.replace(worker, waiting)
                    continue
                if answer is None:
                    continue
                crew.occupy(worker, waiting)
                if answer.error is not None:
                    raise answer.error
                yield item, answer.value
        crew.dismiss()
    finally:
        crew.kill()


class _Crew(Generic[T]):
    """The processes that run `function`, at most `size` at a time."""

    def __init__(self, function: Callable[[T], Any], size: int) -> None:
        self.function, self.size = function, size
        self.busy: list[_Worker[T]] = []
        self.idle: list[_Worker[T]] = []

    def add(self, item: T) -> None:
        """Start a process with `item` as its first item."""
        with _interrupts_held():
            self.busy.append(_Worker(self.function, item))

    def answering(self) -> list["_Worker[T]"]:
        """Wait until a busy process has answered or ended; returns all such processes."""
        ready = set(wait_for_connections([worker.connection for worker in self.busy]))
        return [worker for worker in self.busy if worker.connection in ready]

    def occupy(self, worker: "_Worker[T]", waiting: Iterator[T]) -> None:
        """Send a process the next item before its answer is used, so that the process is not idle."""
        for item in islice(waiting, 1):
            worker.give(item)
            return
        self.busy.remove(worker)
        self.idle.append(worker)

    def replace(self, worker: "_Worker[T]", waiting: Iterator[T]) -> None:
        """Replace a process that has ended; raises AnibenchError when no process can start."""
        worker.kill()
        self.busy.remove(worker)
        if not worker.started and not self.busy:
            raise AnibenchError("worker processes end as soon as they start; free memory, or use fewer --workers")
        if worker.started:
            for item in islice(waiting, 1):
                self.add(item)

    def dismiss(self) -> None:
        """Close the pipes of idle processes and wait for their exit."""
        for worker in self.idle:
            worker.connection.close()
        for worker in self.idle:
            worker.process.join(PATIENCE)

    def kill(self) -> None:
        """Kill every process; Ctrl-C is delayed until all are killed."""
        with _interrupts_held():
            for worker in (*self.busy, *self.idle):
                worker.kill()


class _Worker(Generic[T]):
    """A fresh process that works on one item at a time."""

    def __init__(self, function: Callable[[T], Any], item: T) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, function), daemon=True)
        self.process.start()
        theirs.close()
        self.started = False
        self.give(item)

    def give(self, item: T) -> None:
        """Send the next item; the end of a process is noticed when its answer is read."""
        self.item = item
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(item)

    def receive(self) -> _Answer | None:
        """The answer for the item, or None for the start message; raises EOFError when the process has ended."""
        answer: _Answer | None = self.connection.recv()
        self.started = True
        return answer

    def kill(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join(PATIENCE)
        self.connection.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Delay Ctrl-C; processes started inside inherit the blocked signal."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # the first process would start it, and its start unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: "Connection[Any, Any]", function: Callable[[Any], Any]) -> None:
    """Run in each process: answer every item until the parent closes the pipe."""
    _start()
    connection.send(None)
    while True:
        try:
            item = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer = _Answer(function(item))
        except Exception as error:
            error.add_note(f"raised in a worker process:\n{traceback.format_exc()}")
            answer = _Answer(None, error)
        try:
            connection.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:  # the value or the exception cannot be pickled
            connection.send(_Answer(None, RuntimeError(f"{answer!r} cannot be sent: {error}")))


def _start() -> None:
    """Run in each process: ignore Ctrl-C, use one thread, and exit when the parent exits."""
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    os.environ["OMP_NUM_THREADS"] = "1"  # for a detector that imports torch
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
