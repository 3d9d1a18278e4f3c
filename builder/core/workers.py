"""Work spread over processes that may crash, or over threads, with little in flight and no order in the results."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from benchmark.core.errors import AnibenchError

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Crash:
    """The task took its process down, twice: the second time with nothing else in flight."""


def in_processes(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[tuple[T, R | Crash]]:
    """`function` of each item, in whichever order they finish; both must be picklable.

    When a process dies, everything in flight is tried again, one by one: what kills its process again is the culprit.
    An exception of `function` is raised here. A killed parent takes its processes with it.
    """
    waiting = iter(items)
    while True:
        suspects: list[T] = []
        with _processes(workers) as pool:
            yield from _drain(pool, function, waiting, 2 * workers, suspects)
        if not suspects:
            return
        yield from _one_by_one(function, suspects)


def in_threads(function: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[tuple[T, R], None, None]:
    """`function` of each item, in whichever order they finish; for work that lets go of the interpreter's lock."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield from _drain(pool, function, iter(items), 4 * workers, [])
    finally:
        pool.shutdown(cancel_futures=True)


def _drain(
    pool: Executor, function: Callable[[T], R], waiting: Iterator[T], window: int, suspects: list[T]
) -> Iterator[tuple[T, R]]:
    """Keep `window` items in flight until there are no more; when the pool breaks, name those that were in flight."""
    flying: dict[Future[R], T] = {}
    more = True
    while more or flying:
        while more and len(flying) < window:
            try:
                item = next(waiting)
            except StopIteration:
                more = False
                break
            try:
                flying[pool.submit(function, item)] = item
            except BrokenProcessPool:
                suspects.append(item)
                more = False
        done, _ = wait(flying, return_when=FIRST_COMPLETED) if flying else (set(), set())
        for future in done:
            item = flying.pop(future)
            try:
                result = future.result()
            except BrokenProcessPool:
                suspects.append(item)
                more = False
            else:
                yield item, result


def _one_by_one(function: Callable[[T], R], suspects: list[T]) -> Iterator[tuple[T, R | Crash]]:
    waiting = list(suspects)
    while waiting:
        with _processes(1) as pool:
            try:
                pool.submit(os.getpid).result()
            except BrokenProcessPool:
                raise AnibenchError("worker processes die as soon as they start; is there enough memory?") from None
            while waiting:
                item = waiting.pop(0)
                try:
                    yield item, pool.submit(function, item).result()
                except BrokenProcessPool:
                    yield item, Crash()
                    break


@contextmanager
def _processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes; leaving the block waits for what is in hand and drops what is queued."""
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


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
