"""Progress with rate and time left: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

PLAIN_INTERVAL = 10.0  # seconds between plain lines
DAY = 86_400  # seconds


class Advance(Protocol):
    """Report `count` more units as done, with an optional note such as the loss."""

    def __call__(self, count: int = 1, note: str = "") -> None: ...


@contextmanager
def progress(title: str, total: int, *, done: int = 0, unit: str = "images", shown: bool = True) -> Iterator[Advance]:
    """Show progress towards `total`. The rate leaves out the `done` units of an earlier attempt.

    `shown=False` prints nothing: for all but the first process of a run.
    """
    if not shown:
        yield lambda count=1, note="": None
        return
    show = _bar if sys.stderr.isatty() else _plain
    with show(title, total, done, unit) as advance:
        yield advance


@contextmanager
def _plain(title: str, total: int, done: int, unit: str) -> Iterator[Advance]:
    start = last = time.monotonic()
    now_done = done

    def line(note: str, now: float) -> None:
        rate = (now_done - done) / max(now - start, 1e-9)
        left = f", {format_seconds((total - now_done) / rate)} left" if rate and now_done < total else ""
        print(f"{title}: {now_done}/{total} {unit}, {rate:.3g}/s{left}{'  ' + note if note else ''}", file=sys.stderr)

    def advance(count: int = 1, note: str = "") -> None:
        nonlocal now_done, last
        now_done += count
        now = time.monotonic()
        if now - last >= PLAIN_INTERVAL or now_done == total:
            last = now
            line(note, now)

    yield advance


@contextmanager
def _bar(title: str, total: int, done: int, unit: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    start = time.monotonic()
    now_done = done
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total, completed=done, left="", note="")

        def advance(count: int = 1, note: str = "") -> None:
            nonlocal now_done
            now_done += count
            rate = (now_done - done) / max(time.monotonic() - start, 1e-9)
            left = f"{rate:.3g}/s, {format_seconds((total - now_done) / rate)} left" if rate else ""
            bar.update(task, completed=now_done, left=left, note=note)

        yield advance


def format_seconds(seconds: float) -> str:
    """`75` -> `"1 min 15 s"`; from two days on, days and hours: `"1,987 days 3 h"`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 2 * DAY:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // DAY:,} days {whole % DAY // 3600} h"
