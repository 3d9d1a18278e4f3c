"""Rebuild a dataset from an exported recipe and its source, without a detector, and verify the fingerprint."""

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
from builder.faces.examine import Drop, crop_path, line_path, stage_parts
from builder.share.export_recipe import COLOR_HASH, Exported
from builder.sources.source import Picture, Record, Source

PROBLEMS = "problems.csv"
SHOWN = 10  # problems named in an error


@dataclass(frozen=True)
class LostSample:
    """A sample that cannot be rebuilt, and the reason."""

    id: str
    source_id: str
    reason: str  # missing-source, changed-source, other-(pixels, line, parts), crashed, or a reason of the decoder
    detail: str


def rebuild(file: Path, exported: Exported, source: Source, out: Path, *, workers: int, partly: bool = False) -> Built:
    """Rebuild the dataset of the recipe `file`, read as `exported`, in `out`, or continue an interrupted rebuild.

    Samples that cannot be rebuilt are listed in `out`/problems.csv. They raise AnibenchError; with `partly` the dataset
    is written without them, with "(partial)" in its name. Raises AnibenchError when the fingerprint of a complete
    rebuild differs.
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
            raise AnibenchError(f"{file}: no sample can be rebuilt from {source.name}; see {out / PROBLEMS}")
        header = exported.header
        samples = [(str(row["id"]), str(row["split"])) for row in rows]
        contents = Contents(name, header.source, header.licence, exported.recipe, samples, rows)
        card = publish(out, contents, staging, workers)
        if not problems:
            (out / PROBLEMS).unlink(missing_ok=True)
            _require_fingerprint(exported, out)
        shutil.rmtree(out / ".staging", ignore_errors=True)
    return Built(card, was_finished=False)


@dataclass(frozen=True)
class _Wanted:
    """A record and the rows whose crops are cut from it."""

    record: Record
    rows: tuple[dict[str, Any], ...]


def _cut_all(exported: Exported, source: Source, staging: Staging, workers: int) -> Iterator[LostSample]:
    """Stage every missing crop; yields a problem for each crop that cannot be made."""
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
                detail = f"{task.record.id} crashed its worker on every attempt"
                problems = [LostSample(row["id"], row["source_id"], "crashed", detail) for row in task.rows]
            yield from problems
            advance(len(task.rows))
    for source_id in sorted(wanted.keys() - seen):
        for row in wanted[source_id]:
            detail = f"{source_id} is not in {source.name}"
            yield LostSample(row["id"], source_id, "missing-source", detail)


def _tasks(source: Source, wanted: dict[str, list[dict[str, Any]]], seen: set[str]) -> Iterator[_Wanted]:
    """Match records by id, or by a unique last part of the id when the source has another folder layout."""
    last: dict[str, str | None] = {}
    for source_id in wanted:
        name = source_id.rpartition("/")[2]
        last[name] = None if name in last else source_id
    for record in source.records():
        key = record.id if record.id in wanted else last.get(record.id.rpartition("/")[2])
        if key is not None and key not in seen:
            seen.add(key)
            yield _Wanted(record, tuple(wanted[key]))


def _cut(task: _Wanted, recipe: Recipe, crops: Path) -> list[LostSample]:
    """Cut the crops of one record and write those whose pixels match the recipe."""

    def each(reason: str, detail: str) -> list[LostSample]:
        return [LostSample(row["id"], row["source_id"], reason, detail) for row in task.rows]

    name = task.record.id
    try:
        picture = task.record.load(recipe.decode)
    except DecodeError as error:
        return each(error.reason, str(error))
    hashes = {row["source_sha256"] for row in task.rows}
    if hashes != {picture.sha256}:
        return each("changed-source", f"{name} has the SHA-256 {picture.sha256}, the recipe requires {min(hashes)}")
    problems = []
    for row in task.rows:
        color = cut(picture.rgb, row_square(row), recipe.crop.denoise)
        found = pixel_hash(color)
        if found != row[COLOR_HASH]:
            detail = f"{name}: the crop has the hash {found}, the recipe requires {row[COLOR_HASH]}"
            problems.append(LostSample(row["id"], row["source_id"], "other-pixels", detail))
        elif row.get("sigma") is None and not _own_line(picture, row["line_sha256"], crops):
            detail = f"{name}: the source has no line with the recipe's hash; official:PATH is a source with lines"
            problems.append(LostSample(row["id"], row["source_id"], "other-line", detail))
        elif stage_parts(picture.parts, row_square(row), crops) != row.get("parts_sha256"):
            detail = f"{name}: the source has no part labels with the recipe's hash"
            problems.append(LostSample(row["id"], row["source_id"], "other-parts", detail))
        else:
            write_png(crop_path(crops, row["id"]), color)
    return problems


def _own_line(picture: Picture, wanted: str, crops: Path) -> bool:
    """Stage the imported line if it has the hash `wanted`; returns whether it has."""
    if picture.line is None or pixel_hash(picture.line) != wanted:
        return False
    write_png(line_path(crops, wanted), picture.line)
    return True


def _report(path: Path, problems: Sequence[LostSample], total: int, partly: bool) -> None:
    """Write all problems to a CSV; unless `partly`, raise AnibenchError that names the first ones."""
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
        f"{len(problems)} of {total} samples cannot be rebuilt: {named}{more}. {path} lists all; complete the source "
        "and run the same command again, or add --partial for a dataset without these samples"
    )


def _require_fingerprint(exported: Exported, out: Path) -> None:
    """Raise AnibenchError unless the dataset in `out` has the fingerprint of the recipe."""
    data = Dataset.open(out)
    if data.fingerprint == exported.header.fingerprint:
        return
    found = dict(zip(data.manifest["id"], data.manifest["line_sha256"], strict=True))
    other = [row["id"] for row in exported.rows if found.get(row["id"]) != row["line_sha256"]]
    (out / "dataset.json").unlink()  # without it the folder counts as unfinished
    raise AnibenchError(
        f"{out} has the fingerprint {data.fingerprint}, the recipe requires {exported.header.fingerprint}: the lines "
        f"of {len(other)} samples differ ({', '.join(other[:SHOWN])}). Install the package versions of the recipe: "
        f"{exported.header.packages}"
    )
