"""The build: list the source, work on each picture, drop duplicates, group, split, draw lines, write the dataset."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from benchmark.core.disk import require_space
from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock
from benchmark.core.progress import progress
from benchmark.core.runs import read_record, record_run
from benchmark.data.dataset import Dataset, DatasetCard
from builder.build.choose import choose
from builder.build.decisions import Decisions
from builder.build.publish import publish
from builder.build.select import Lists, read_lists, refuse_listed, refuse_metadata
from builder.build.staging import Staging, damaged_staging, stage_key
from builder.core.recipe import Recipe, ReviewRecipe, SelectRecipe
from builder.core.workers import Crash, in_processes
from builder.faces.boxes import boxes_stamp
from builder.faces.detectors import get_detector, other_detector
from builder.faces.examine import Drop, Outcome, Task, examine
from builder.sources.folder import Folder
from builder.sources.official import Official
from builder.sources.source import Record, RefusedRecord, Source, survey

MIN_FREE = 256 * 2**20  # bytes; less and the build stops before the disk is full
SPACE_INTERVAL = 64  # pictures between two looks at the free space
ONCE_MORE = "run the same command again: what has been worked on and is unchanged is kept"
Engine = Literal["processes", "ray"]


@dataclass(frozen=True)
class Built:
    """The finished dataset, and whether it was there already."""

    card: DatasetCard
    was_finished: bool


def build(
    source: Source,
    out: Path,
    recipe: Recipe,
    *,
    name: str | None = None,
    workers: int | None = None,
    engine: Engine = "processes",
    decisions: Decisions | None = None,
    work: Path | None = None,
) -> Built:
    """Build a dataset in `out`, or go on with an unfinished one; the result depends on source, recipe and decisions.

    Unfinished work lies in `work`, where it stays for other builds, or in `out` until the dataset is finished. Raises
    AnibenchError when `out` holds something else, the source changes meanwhile, the disk is nearly full, or the split
    asks for too much.
    """
    name = name or source.name
    review = ReviewRecipe(decisions=None if decisions is None else decisions.sha256)
    recipe = recipe.model_copy(update={"review": review})
    home = work or out / ".staging"
    _refuse_nesting(source, out)
    lists = read_lists(recipe.select)
    signature = _signature(source, lists, recipe)
    if is_finished(out, recipe, name, signature):
        shutil.rmtree(out / ".staging", ignore_errors=True)
        return Built(Dataset.open(out).card, was_finished=True)
    found = (get_detector(recipe.detect), other_detector(recipe.detect))  # fails here, once, not in every worker
    detectors = [detector for detector in found if detector is not None]
    require_space(out, MIN_FREE, "a dataset")
    (out / ".staging").mkdir(parents=True, exist_ok=True)
    resume = (out / "run.json").exists()
    record = record_run(
        out, "build-dataset", recipe, name=name, seed=recipe.seed, inputs={"source": signature}, resume=resume
    )
    with (
        record,
        disk_errors(out, home),
        folder_lock(home),
        closing(Staging(home / stage_key(recipe, detectors))) as staging,
    ):
        count = workers or os.cpu_count() or 1
        prepared = source.prepared(home)
        _work_on_pictures(prepared, recipe, lists, staging, out, partial(_examine_all, workers=count, engine=engine))
        _refuse_change(source, signature, lists, recipe)
        contents = choose(prepared, name, recipe, staging, decisions, count)
        card = publish(out, contents, staging, count)
        shutil.rmtree(out / ".staging", ignore_errors=True)
    return Built(card, was_finished=False)


def _examine_all(tasks: Iterable[Task], workers: int, engine: Engine) -> Iterator[tuple[Task, Outcome | Crash]]:
    """The same function of every picture, here or on a cluster."""
    if engine == "processes":
        return in_processes(examine, tasks, workers)
    from builder.build.ray_engine import on_cluster

    return on_cluster(tasks)


def _signature(source: Source, lists: Lists, recipe: Recipe) -> str:
    """Another one means that the source, a list of ids or a table of boxes has changed."""
    return survey(source) + lists.stamp + boxes_stamp(recipe.detect)


def _refuse_change(source: Source, signature: str, lists: Lists, recipe: Recipe) -> None:
    """Raise AnibenchError when the source is not what it was at the start: its drops may come from that alone."""
    try:
        same = _signature(source, lists, recipe) == signature
    except (OSError, AnibenchError) as error:
        raise AnibenchError(f"the source {source.name} cannot be listed any more: {error}; {ONCE_MORE}") from error
    if not same:
        raise AnibenchError(f"the source {source.name} changed while it was read; {ONCE_MORE}")


def _work_on_pictures(
    source: Source,
    recipe: Recipe,
    lists: Lists,
    staging: Staging,
    out: Path,
    examine_all: Callable[[Iterable[Task]], Iterator[tuple[Task, Outcome | Crash]]],
) -> None:
    """Stage an outcome for every record that has none yet; what its metadata keep out is never opened."""
    total = done = 0
    for record in source.records():
        refused = _refuse(record, source, recipe.select, lists)
        if refused is not None:
            staging.decide(Drop(record.id, *refused))
            continue
        total += 1
        done += staging.list(record.id, record.stamp)
    todo = (record for record in source.records() if staging.lacks(record.id, record.stamp))
    tasks = (Task(record, recipe, staging.crops) for record in todo)
    with progress("Pictures", total, done=done, unit="pictures") as advance:
        for number, (task, result) in enumerate(examine_all(tasks)):
            staging.add(_crashed(task) if isinstance(result, Crash) else result)
            if number % SPACE_INTERVAL == 0:
                require_space(out, MIN_FREE, "the rest of the dataset")
            advance()


def _refuse(record: Record, source: Source, select: SelectRecipe, lists: Lists) -> tuple[str, str] | None:
    """Reason and text when a picture is not to be opened."""
    if isinstance(record, RefusedRecord):  # its own reason is the better one
        return record.reason, record.detail
    refused = refuse_listed(record.id, record.metadata, lists)
    if refused is None and record.metadata is not None:
        return refuse_metadata(record.id, record.metadata, select)
    if refused is None and source.described and not select.unknown:
        return "no-metadata", f"{record.id} has no metadata in the source (select.unknown)"
    return refused


def _crashed(task: Task) -> Outcome:
    name = task.record.id
    drop = Drop(name, "crashed", f"{name} takes the process that works on it down, each time")
    return Outcome(name, task.record.stamp, (), (drop,))


def _refuse_nesting(source: Source, out: Path) -> None:
    if isinstance(source, Folder | Official) and out.resolve().is_relative_to(source.root.resolve()):
        raise AnibenchError(f"{out} lies inside the source {source.root}; choose an --out outside of it")


def is_finished(out: Path, recipe: Recipe, name: str, signature: str) -> bool:
    """Whether `out` holds this very dataset; raises AnibenchError when it holds anything else."""
    if not out.exists():
        return False
    if not out.is_dir():
        raise AnibenchError(f"{out} is a file; choose another --out")
    if not (out / "dataset.json").exists():
        if any(out.iterdir()) and not (out / ".staging").exists():
            raise AnibenchError(f"{out} holds files that are no unfinished dataset; choose another --out")
        return False
    card = Dataset.open(out).card
    way_out = "choose another --out, or remove that folder to build it anew"
    if card.config != recipe.model_dump(mode="json") or card.name != name:
        raise AnibenchError(f"{out} holds the finished dataset {card.name} made with other settings; {way_out}")
    if not (out / "run.json").exists() or read_record(out).inputs.get("source") != signature:
        raise AnibenchError(
            f"{out} holds the finished dataset {card.name} of another or since changed source; {way_out}"
        )
    return True


@contextmanager
def disk_errors(out: Path, home: Path) -> Iterator[None]:
    """Say it in words when the disk is full, or when the unfinished work in `home` is damaged; what is staged stays."""
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            raise AnibenchError(f"{damaged_staging(home)} ({error})") from error
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in str(error)
        if not full:
            raise
        raise AnibenchError(
            f"{out}: the disk is full; make room and run the same command again, it goes on from there"
        ) from error
