"""Work spread over processes that may crash, or over threads, with little in flight and no order in the results.

Each process has a pipe of its own and no lock is shared, so that a process that ends at any moment blocks no other.
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
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_connections
from typing import Any, Generic, TypeVar

from benchmark.core.errors import AnibenchError

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 2.0  # seconds a process without work has to end by itself


@dataclass(frozen=True)
class Crash:
    """The task ended its process twice: the second time with nothing else in flight."""


@dataclass(frozen=True)
class _Answer:
    """What a process sends for an item: the value of the function, or the exception it raised."""

    value: Any
    error: BaseException | None = None


def in_processes(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[tuple[T, R | Crash]]:
    """`function` of each item, in whichever order they finish; both must be picklable.

    An item whose process ends is tried again alone: when its process ends again, the result is `Crash`. An exception
    of `function` is raised here. A killed parent ends its processes, and so does an exception or Ctrl-C in the parent.
    """
    suspects: list[T] = []
    yield from _work_off(function, iter(items), workers, suspects)
    for item in suspects:
        culprits: list[T] = []
        yield from _work_off(function, iter([item]), 1, culprits)
        yield from ((culprit, Crash()) for culprit in culprits)


def in_threads(function: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[tuple[T, R], None, None]:
    """`function` of each item, in whichever order they finish; for work that lets go of the interpreter's lock."""
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
    """Give every process one item after another; items whose process ended are added to `suspects`."""
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
    """The processes that carry out `function`, at most `size` at a time."""

    def __init__(self, function: Callable[[T], Any], size: int) -> None:
        self.function, self.size = function, size
        self.busy: list[_Worker[T]] = []
        self.idle: list[_Worker[T]] = []

    def add(self, item: T) -> None:
        """Start a process that begins with `item`."""
        with _interrupts_held():
            self.busy.append(_Worker(self.function, item))

    def answering(self) -> list["_Worker[T]"]:
        """The busy processes that have sent something or have ended; waits for the first."""
        ready = set(wait_for_connections([worker.connection for worker in self.busy]))
        return [worker for worker in self.busy if worker.connection in ready]

    def occupy(self, worker: "_Worker[T]", waiting: Iterator[T]) -> None:
        """Give a process the next item, before its answer is used, so that it does not wait."""
        for item in islice(waiting, 1):
            worker.give(item)
            return
        self.busy.remove(worker)
        self.idle.append(worker)

    def replace(self, worker: "_Worker[T]", waiting: Iterator[T]) -> None:
        """Start a process in the place of one that has ended; raises AnibenchError when none can start."""
        worker.kill()
        self.busy.remove(worker)
        if not worker.started and not self.busy:
            raise AnibenchError("worker processes die as soon as they start; is there enough memory?")
        if worker.started:
            for item in islice(waiting, 1):
                self.add(item)

    def dismiss(self) -> None:
        """Have the processes without work end by themselves."""
        for worker in self.idle:
            worker.connection.close()
        for worker in self.idle:
            worker.process.join(PATIENCE)

    def kill(self) -> None:
        """End every process at once; Ctrl-C waits for that moment."""
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
        """Send the next item; a process that has ended is found when its answer is read."""
        self.item = item
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(item)

    def receive(self) -> _Answer | None:
        """The answer to the item, None for the message that the process has started; EOFError when it has ended."""
        answer: _Answer | None = self.connection.recv()
        self.started = True
        return answer

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join(PATIENCE)
        self.connection.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C pending; processes started meanwhile never see it, from their first moment on."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: "Connection[Any, Any]", function: Callable[[Any], Any]) -> None:
    """In each process: answer every item until the parent closes the pipe."""
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
            error.add_note(f"in a worker process:\n{traceback.format_exc()}")
            answer = _Answer(None, error)
        try:
            connection.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:  # the value or the exception cannot be pickled
            connection.send(_Answer(None, RuntimeError(f"{answer!r} cannot be sent: {error}")))


def _start() -> None:
    """In each process: leave Ctrl-C to the parent, one thread, and no life after the parent's."""
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
