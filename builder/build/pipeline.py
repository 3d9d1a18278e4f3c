"""The build: list the source, work on each picture, drop duplicates, group, split, extract lines, write the dataset.

A source is listed three times. The listing before the work (names and stamps only) gives the source's hash in the run
record, which also tells whether the dataset is finished. The second listing is the work. The listing after the work
detects a source that changed meanwhile, which is an error.
"""

import errno
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from benchmark.core.device import available_cores
from benchmark.core.disk import require_space
from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock
from benchmark.core.progress import progress
from benchmark.core.runs import read_record, record_run
from benchmark.data.dataset import Dataset, DatasetCard
from builder.build.choose import choose
from builder.build.decisions import Decisions
from builder.build.lists import Lists, Matches, describe_entries, read_lists
from builder.build.publish import publish
from builder.build.select import refuse_metadata
from builder.build.staging import Staging, damaged_staging, stage_key
from builder.core.recipe import Recipe, ReviewRecipe, SelectRecipe
from builder.core.workers import Crash, in_processes
from builder.faces.boxes import Boxes, boxes_stamp
from builder.faces.detectors import Detector, get_detector, other_detector
from builder.faces.examine import Drop, Outcome, PictureTask, examine_picture
from builder.sources.folder import Folder
from builder.sources.official import Official
from builder.sources.side_by_side import SideBySide
from builder.sources.source import Record, RefusedRecord, Source, Survey, survey

MIN_FREE = 256 * 2**20  # bytes; less and the build stops before the disk is full
MAX_UNMATCHED = 1000  # entries of a list or table that become drops
SPACE_INTERVAL = 64  # pictures between two checks of the free space
ONCE_MORE = "run the same command again: finished work on unchanged pictures is kept"
Engine = Literal["processes", "ray"]


@dataclass(frozen=True)
class Built:
    """The card of a finished dataset, and whether it was finished before the command."""

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
    """Build a dataset in `out`, or continue an unfinished build; source, recipe and decisions determine the result.

    Unfinished work is in `work`, where it stays for other builds, or in `out`/.staging until the dataset is finished.
    Raises AnibenchError when `out` holds something else, the source changes during the build, the disk is nearly full,
    or there are too few samples for the split.
    """
    name = name or source.name
    review = ReviewRecipe(decisions=None if decisions is None else decisions.sha256)
    recipe = recipe.model_copy(update={"review": review})
    home = work or out / ".staging"
    _refuse_nesting(source, out)
    lists = read_lists(recipe.select)
    before = survey(source)
    signature = _signature(before, lists, recipe)
    if is_finished(out, recipe, name, signature):
        shutil.rmtree(out / ".staging", ignore_errors=True)
        return Built(Dataset.open(out).card, was_finished=True)
    found = (get_detector(recipe.detect), other_detector(recipe.detect))  # fails here once, instead of in every worker
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
        count = workers or available_cores()
        prepared = source.prepared(home)
        matches = _match_lists(lists, prepared, recipe.select, staging)
        todo = _Work(prepared, recipe, matches, staging, out, detectors)
        todo.stage(before.count, partial(_examine_all, workers=count, engine=engine))
        _refuse_change(source, signature, recipe)
        contents = choose(prepared, name, recipe, staging, decisions, count)
        card = publish(out, contents, staging, count)
        shutil.rmtree(out / ".staging", ignore_errors=True)
    return Built(card, was_finished=False)


def _examine_all(
    tasks: Iterable[PictureTask], workers: int, engine: Engine
) -> Iterator[tuple[PictureTask, Outcome | Crash]]:
    """`examine_picture` of every task, in local processes or on a Ray cluster."""
    if engine == "processes":
        return in_processes(examine_picture, tasks, workers)
    from builder.build.ray_engine import on_cluster

    return on_cluster(tasks)


def _signature(found: Survey, lists: Lists, recipe: Recipe) -> str:
    """A hash of the source, the lists of ids and the tables of boxes."""
    return found.digest + lists.stamp + boxes_stamp(recipe.detect)


def _refuse_change(source: Source, signature: str, recipe: Recipe) -> None:
    """Raise AnibenchError when the source has changed since the start, since drops could result from the change."""
    try:
        same = _signature(survey(source), read_lists(recipe.select), recipe) == signature
    except (OSError, AnibenchError) as error:
        raise AnibenchError(f"the source {source.name} can no longer be listed: {error}; {ONCE_MORE}") from error
    if not same:
        raise AnibenchError(f"the source {source.name} changed while it was read; {ONCE_MORE}")


def _match_lists(lists: Lists, source: Source, select: SelectRecipe, staging: Staging) -> Matches:
    """The pictures on the lists, and a drop for each entry that matches none.

    This is one more listing of the source, made only where there are lists: a wrong entry must stop the build before
    hours of work. Raises AnibenchError that names the takedowns that match nothing, unless they are to be reported.
    """
    if lists.allow is None and lists.takedown is None:
        return Matches()
    matches = lists.match(source.records())
    lost = matches.unmatched_takedown
    if lost and select.unmatched_takedown == "error":
        raise AnibenchError(
            f"{select.takedown}: {len(lost)} entries match no picture of {source.name}: {describe_entries(lost)}. "
            "Correct or remove these lines, or go on without them: --set select.unmatched_takedown=report"
        )
    for entries, file in ((lost, select.takedown), (matches.unmatched_allow, select.allow)):
        unmatched = [(entry.text, f"{file}, line {entry.line}") for entry in entries]
        report_unmatched(unmatched, source.name, staging)
    return matches


@dataclass(frozen=True)
class _Work:
    """The work on all records of a source: selection, and the staging of outcomes."""

    source: Source
    recipe: Recipe
    matches: Matches
    staging: Staging
    out: Path
    detectors: Sequence[Detector]

    def stage(
        self, total: int, examine_all: Callable[[Iterable[PictureTask]], Iterator[tuple[PictureTask, Outcome | Crash]]]
    ) -> None:
        """Stage the outcome of every record that has none; records excluded by their metadata are never opened."""
        done = min(total, self.staging.count())
        with progress("Pictures", total, done=done, unit="pictures") as advance:
            finished = done
            for number, (task, result) in enumerate(examine_all(self._tasks())):
                self.staging.add(_crashed(task) if isinstance(result, Crash) else result)
                if number % SPACE_INTERVAL == 0:
                    require_space(self.out, MIN_FREE, "the remaining files of the dataset")
                finished += 1
                advance()
            advance(max(0, total - finished))  # pictures that were not opened
        for detector in self.detectors:
            if isinstance(detector, Boxes):
                report_unmatched(detector.unmatched(), self.source.name, self.staging)

    def _tasks(self) -> Iterator[PictureTask]:
        """Yield a task per record to open, in the order of the source; list finished and drop excluded records."""
        tables = [detector for detector in self.detectors if isinstance(detector, Boxes)]
        for record in self.source.records():
            for table in tables:
                table.note(record.id)
            refused = self._refuse(record)
            if refused is not None:
                self.staging.decide(Drop(record.id, *refused))
            elif not self.staging.list(record.id, record.stamp):
                yield PictureTask(record, self.recipe, self.staging.crops)

    def _refuse(self, record: Record) -> tuple[str, str] | None:
        """Reason and text when a picture must not be opened, else None."""
        if isinstance(record, RefusedRecord):  # the source's own reason is more exact
            return record.reason, record.detail
        refused = self.matches.refuse(record.id)
        if refused is None and record.metadata is not None:
            return refuse_metadata(record.id, record.metadata, self.recipe.select)
        if refused is None and self.source.described and not self.recipe.select.unknown:
            return (
                "no-metadata",
                f"{record.id} has no metadata in the source; to accept it, add --set select.unknown=true",
            )
        return refused


def report_unmatched(entries: Sequence[tuple[str, str]], source: str, staging: Staging) -> None:
    """Name the (text, place) entries that match no picture: on standard error and in the table of drops."""
    for text, place in entries[:MAX_UNMATCHED]:
        staging.decide(Drop(text, "unmatched-entry", f"{place}: {text} matches no picture of {source}"))
    if entries:
        some = ", ".join(f"{place}: {text}" for text, place in entries[:3]) + (", ..." if len(entries) > 3 else "")
        print(
            f"{len(entries)} entries match no picture of {source}; dropped.parquet lists them: {some}", file=sys.stderr
        )


def _crashed(task: PictureTask) -> Outcome:
    name = task.record.id
    drop = Drop(name, "crashed", f"{name} crashed its worker on every attempt")
    return Outcome(name, task.record.stamp, (), (drop,))


def _refuse_nesting(source: Source, out: Path) -> None:
    if isinstance(source, Folder | Official | SideBySide) and out.resolve().is_relative_to(source.root.resolve()):
        raise AnibenchError(f"{out} lies inside the source {source.root}; choose an --out outside of it")


def is_finished(out: Path, recipe: Recipe, name: str, signature: str) -> bool:
    """Whether `out` holds this dataset, finished; raises AnibenchError when it holds anything else."""
    if not out.exists():
        return False
    if not out.is_dir():
        raise AnibenchError(f"{out} is a file; choose another --out")
    if not (out / "dataset.json").exists():
        if any(out.iterdir()) and not (out / ".staging").exists():
            raise AnibenchError(f"{out} is not empty and holds no unfinished dataset; choose another --out")
        return False
    card = Dataset.open(out).card
    way_out = "choose another --out, or remove this folder to build again"
    if card.config != recipe.model_dump(mode="json") or card.name != name:
        raise AnibenchError(f"{out} holds the finished dataset {card.name} made with other settings; {way_out}")
    if not (out / "run.json").exists() or read_record(out).inputs.get("source") != signature:
        raise AnibenchError(
            f"{out} holds the finished dataset {card.name} of another source, or its source has changed; {way_out}"
        )
    return True


@contextmanager
def disk_errors(out: Path, home: Path) -> Iterator[None]:
    """Turn a full disk, or damaged unfinished work in `home`, into AnibenchError; staged work is kept."""
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            raise AnibenchError(f"{damaged_staging(home)} ({error})") from error
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in str(error)
        if not full:
            raise
        raise AnibenchError(
            f"{out}: the disk is full; free disk space and run the same command again, which continues the build"
        ) from error
