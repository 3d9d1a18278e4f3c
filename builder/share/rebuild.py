"""From an exported recipe and the source to the dataset: no detector, no choice, and a proof that it is the same."""

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_file, write_png, write_text
from benchmark.core.progress import progress
from benchmark.core.runs import record_run
from benchmark.data.dataset import Dataset, pixel_hash
from benchmark.data.decode import DecodeError
from builder.build.contents import Contents
from builder.build.pipeline import Built, disk_errors, is_finished
from builder.build.publish import publish
from builder.build.staging import Staging
from builder.build.tables import manifest_schema, row_square
from builder.core.recipe import Recipe
from builder.core.workers import Crash, in_processes
from builder.faces.crop import cut
from builder.faces.examine import Drop, crop_path, line_path
from builder.share.export_recipe import COLOR_HASH, Exported
from builder.sources.source import Picture, Record, Source

PROBLEMS = "problems.csv"
SHOWN = 10  # problems that an error names


@dataclass(frozen=True)
class Problem:
    """A sample that could not be made again, and why."""

    id: str
    source_id: str
    reason: str  # missing-source, changed-source, other-pixels, or a reason of the decoder's
    detail: str


def rebuild(file: Path, exported: Exported, source: Source, out: Path, *, workers: int, partly: bool = False) -> Built:
    """Make the dataset of the recipe `file`, read as `exported`, again in `out`, or go on with it.

    Raises AnibenchError that names what is missing or different, the whole of it in `out`/problems.csv; with `partly`
    what can be made is, under a name that says so. Raises it too when the fingerprint is another one in the end.
    """
    name = exported.header.name + (" (partial)" if partly else "")
    signature = sha256_file(file)
    if is_finished(out, exported.recipe, name, signature):
        return Built(Dataset.open(out).card, was_finished=True)
    staged = out / ".staging" / f"recipe-{signature[:16]}"
    staged.mkdir(parents=True, exist_ok=True)
    record = record_run(
        out, "build-dataset", exported.recipe, name=name, seed=exported.recipe.seed, inputs={"source": signature},
        resume=(out / "run.json").exists(),
    )  # fmt: skip
    with record, disk_errors(out, staged), closing(Staging(staged)) as staging:
        problems = sorted(_cut_all(exported, source, staging, workers), key=lambda one: one.id)
        if problems:
            _report(out / PROBLEMS, problems, len(exported.rows), partly)
        lost = {problem.id for problem in problems}
        for problem in problems:
            staging.decide(Drop(problem.source_id, problem.reason, problem.detail))
        rows = [
            {name: row.get(name) for name in manifest_schema(exported.recipe).names}
            for row in exported.rows
            if row["id"] not in lost
        ]
        if not rows:
            raise AnibenchError(f"{file}: not one sample can be made from {source.name}; see {out / PROBLEMS}")
        header = exported.header
        samples = [(str(row["id"]), str(row["split"])) for row in rows]
        contents = Contents(name, header.source, header.licence, exported.recipe, samples, rows)
        card = publish(out, contents, staging, workers)
        if not problems:
            (out / PROBLEMS).unlink(missing_ok=True)
            _prove(exported, out)
        shutil.rmtree(out / ".staging", ignore_errors=True)
    return Built(card, was_finished=False)


@dataclass(frozen=True)
class _Wanted:
    """A record, and the rows whose crops lie in it."""

    record: Record
    rows: tuple[dict[str, Any], ...]


def _cut_all(exported: Exported, source: Source, staging: Staging, workers: int) -> Iterator[Problem]:
    """Every crop that is not there yet into its place; what cannot be had comes back."""
    wanted: dict[str, list[dict[str, Any]]] = {}
    done = 0
    for row in exported.rows:
        if crop_path(staging.crops, row["id"]).exists():
            done += 1
        else:
            wanted.setdefault(row["source_id"], []).append(row)
    seen: set[str] = set()
    tasks = _tasks(source, wanted, seen)
    with progress("Crops", len(exported.rows), done=done, unit="crops") as advance:
        for task, problems in in_processes(partial(_cut, recipe=exported.recipe, crops=staging.crops), tasks, workers):
            if isinstance(problems, Crash):
                detail = f"{task.record.id} takes the process that works on it down"
                problems = [Problem(row["id"], row["source_id"], "crashed", detail) for row in task.rows]
            yield from problems
            advance(len(task.rows))
    for source_id in sorted(wanted.keys() - seen):
        for row in wanted[source_id]:
            detail = f"{source_id} is not in {source.name}"
            yield Problem(row["id"], source_id, "missing-source", detail)


def _tasks(source: Source, wanted: dict[str, list[dict[str, Any]]], seen: set[str]) -> Iterator[_Wanted]:
    """Records by their id; or, from a source that is laid out otherwise, by the last part of it, if that is unique."""
    last: dict[str, str | None] = {}
    for source_id in wanted:
        name = source_id.rpartition("/")[2]
        last[name] = None if name in last else source_id
    for record in source.records():
        key = record.id if record.id in wanted else last.get(record.id.rpartition("/")[2])
        if key is not None and key not in seen:
            seen.add(key)
            yield _Wanted(record, tuple(wanted[key]))


def _cut(task: _Wanted, recipe: Recipe, crops: Path) -> list[Problem]:
    """Cut one record's crops; only those whose pixels are the recipe's are written."""

    def each(reason: str, detail: str) -> list[Problem]:
        return [Problem(row["id"], row["source_id"], reason, detail) for row in task.rows]

    name = task.record.id
    try:
        picture = task.record.load(recipe.decode)
    except DecodeError as error:
        return each(error.reason, str(error))
    hashes = {row["source_sha256"] for row in task.rows}
    if hashes != {picture.sha256}:
        return each("changed-source", f"{name} has the SHA-256 {picture.sha256}, the recipe names {min(hashes)}")
    problems = []
    for row in task.rows:
        color = cut(picture.rgb, row_square(row), recipe.crop.denoise)
        found = pixel_hash(color)
        if found != row[COLOR_HASH]:
            detail = f"{name}: the crop has the hash {found}, the recipe names {row[COLOR_HASH]}"
            problems.append(Problem(row["id"], row["source_id"], "other-pixels", detail))
        elif row.get("sigma") is None and not _own_line(picture, row["line_sha256"], crops):
            detail = f"{name}: the source has no such line as the recipe names (official:PATH brings lines)"
            problems.append(Problem(row["id"], row["source_id"], "other-line", detail))
        else:
            write_png(crop_path(crops, row["id"]), color)
    return problems


def _own_line(picture: Picture, wanted: str, crops: Path) -> bool:
    """Whether the source brings the line with that hash; it is then in its place."""
    if picture.line is None or pixel_hash(picture.line) != wanted:
        return False
    write_png(line_path(crops, wanted), picture.line)
    return True


def _report(path: Path, problems: Sequence[Problem], total: int, partly: bool) -> None:
    """All problems to a CSV; raises AnibenchError with the first of them unless a part will do."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("id", "source_id", "reason", "detail"))
    writer.writerows((one.id, one.source_id, one.reason, one.detail) for one in problems)
    write_text(path, stream.getvalue())
    if partly:
        return
    named = "; ".join(one.detail for one in problems[:SHOWN])
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    raise AnibenchError(
        f"{len(problems)} of {total} samples cannot be made again: {named}{more}. All are in {path}; complete the "
        "source and run the same command again, or add --partial for a dataset without them"
    )


def _prove(exported: Exported, out: Path) -> None:
    """Raise AnibenchError unless the dataset in `out` is the one the recipe was exported from."""
    data = Dataset.open(out)
    if data.fingerprint == exported.header.fingerprint:
        return
    found = dict(zip(data.manifest["id"], data.manifest["line_sha256"], strict=True))
    other = [row["id"] for row in exported.rows if found.get(row["id"]) != row["line_sha256"]]
    (out / "dataset.json").unlink()  # what is there is no dataset that anybody asked for
    raise AnibenchError(
        f"{out} has the fingerprint {data.fingerprint}, the recipe names {exported.header.fingerprint}: the lines of "
        f"{len(other)} samples are others ({', '.join(other[:SHOWN])}). Versions of the recipe: "
        f"{exported.header.packages}"
    )
