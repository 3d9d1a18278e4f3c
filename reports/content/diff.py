"""Differences between two runs, or two trees of runs: scores, settings, package versions, data and weights."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json_lines
from benchmark.core.markup import DASH, MINUS
from benchmark.core.seeds import derive_seed
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import Cell, number, title
from reports.content.compare import image_tests, paired_tables, set_tests
from reports.document import Block, Bullets, Code, Document, Heading, Paragraph, Row, Table, Text
from reports.read.collect import AnyRun, Collection, EvalRun, collect, settings

LAST = 100  # logged losses that are averaged
MISSING = "(missing)"


@dataclass(frozen=True)
class Change:
    """A setting, version or hash that differs, by its dotted key."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Score:
    """A number of both runs. If both scored the same pairs, the difference has an interval and a p-value."""

    what: str
    before: float | None
    after: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    metric: str | None = None


@dataclass(frozen=True)
class RunDiff:
    """Differences between two runs."""

    name: str
    scores: tuple[Score, ...]
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Diff:
    """Differences between two folders: of the runs in both, and the names of runs in only one of them."""

    first: Path
    second: Path
    runs: tuple[RunDiff, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def diff_runs(first: Path, second: Path) -> Diff:
    """Compare two run folders, or two trees of runs. Runs are matched by their path in the tree.

    Raises AnibenchError if a folder does not exist or contains no readable run, and for runs of two kinds.
    """
    one, two = _runs(first), _runs(second)
    if len(one) == len(two) == 1 and "" in one and "" in two:
        return Diff(first, second, (_compare(f"{first} → {second}", one[""], two[""]),), (), ())
    shared = [name for name in one if name in two]
    if not shared:
        raise AnibenchError(f"{first} and {second} have no run with the same path; name two run folders instead")
    diffs = tuple(_compare(name, one[name], two[name]) for name in shared)
    return Diff(first, second, diffs, tuple(n for n in one if n not in two), tuple(n for n in two if n not in one))


def diff_document(diff: Diff) -> Document:
    """The differences as a document."""
    blocks: list[Block] = [Heading(1, "Differences")]
    blocks.append(Paragraph(("From ", Code(diff.first.as_posix()), " to ", Code(diff.second.as_posix()), ".")))
    quiet = [run.name for run in diff.runs if not (run.scores or run.changes or run.remarks)]
    for run in diff.runs:
        if run.name not in quiet:
            blocks += [Heading(2, run.name), *_blocks(run)]
    if quiet:
        blocks += [Heading(2, "Unchanged"), Bullets(tuple(map(Code, quiet)))]
    for names, path in ((diff.only_first, diff.first), (diff.only_second, diff.second)):
        if names:
            blocks += [Heading(2, f"Only in {path.as_posix()}"), Bullets(tuple(map(Code, names)))]
    return tuple(blocks)


def diff_facts(diff: Diff) -> dict[str, Any]:
    """The differences as JSON."""
    return {
        "first": str(diff.first),
        "second": str(diff.second),
        "runs": [
            {
                "name": run.name,
                "scores": [vars(score) for score in run.scores],
                "changes": [vars(change) for change in run.changes],
                "remarks": list(run.remarks),
            }
            for run in diff.runs
        ],
        "only_first": list(diff.only_first),
        "only_second": list(diff.only_second),
    }


def changed(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """The values that differ between two nested mappings, by dotted keys. A key of only one mapping also differs."""
    one, two = ({} if value in (None, MISSING) else value for value in (before, after))
    if isinstance(one, Mapping) and isinstance(two, Mapping) and (one or two):
        for key in dict.fromkeys([*one, *two]):
            here = f"{path}.{key}" if path else str(key)
            yield from changed(one.get(key, MISSING), two.get(key, MISSING), here)
    elif before != after:
        yield Change(path, before, after)


def _runs(folder: Path) -> dict[str, AnyRun]:
    """Path in the tree -> run. The path of `folder` itself is empty."""
    if not folder.is_dir():
        raise AnibenchError(f"{folder} is not a folder; name a run folder or a folder of runs")
    found: Collection = collect(folder)
    every: list[AnyRun] = [*found.evaluations, *found.trainings, *found.others]
    runs = {_name(run.folder, folder): run for run in every}
    if not runs:
        reasons = "; ".join(f"{path}: {reason}" for path, reason in found.left_out[:3])
        raise AnibenchError(f"{folder} contains no finished run{f' ({reasons})' if reasons else ''}")
    return {"": runs[""]} if "" in runs else dict(sorted(runs.items()))


def _name(folder: Path, home: Path) -> str:
    relative = folder.relative_to(home).as_posix()
    return "" if relative == "." else relative


def _compare(name: str, before: AnyRun, after: AnyRun) -> RunDiff:
    if before.record.kind != after.record.kind:
        kinds = f"{before.record.kind} and {after.record.kind}"
        raise AnibenchError(f"{before.folder} and {after.folder} are runs of {kinds}; compare runs of the same kind")
    remarks: list[str] = []
    if isinstance(before, EvalRun) and isinstance(after, EvalRun):
        scores, remarks = _scores(before, after)
    else:
        scores = [score for score in _losses(before.folder, after.folder) if score.before != score.after]
    return RunDiff(name, tuple(scores), tuple(_changes(before, after)), tuple(remarks))


def _changes(before: AnyRun, after: AnyRun) -> Iterator[Change]:
    yield from changed(settings(before), settings(after))
    kept = {"commit", "dirty", "device", "seed", "packages", "inputs", "status"}
    one, two = (run.record.model_dump(mode="json", include=kept) for run in (before, after))
    yield from changed(one, two, "run")
    if isinstance(before, EvalRun) and isinstance(after, EvalRun):
        facts = {"training", "notes", "outputs"}
        one, two = (run.card.model_dump(mode="json", include=facts) for run in (before, after))
        yield from changed(one, two, "scorecard")


def _scores(before: EvalRun, after: EvalRun) -> tuple[list[Score], list[str]]:
    found, remarks = [], []
    same = (before.card.pairs, before.card.data.fingerprint) == (after.card.pairs, after.card.data.fingerprint)
    if not same:
        remarks.append("The runs have different pairs or data, so there are no paired tests.")
    named = {"after": after, "before": before}
    tables, tests = (paired_tables(named), set_tests(named)) if same else ({}, {})
    for metric in METRICS:
        one, two = (run.value(metric) for run in (before, after))
        if one is None and two is None:
            continue
        difference = None if one is None or two is None else two - one
        low = high = p = None
        if metric in tables and difference:
            tests[metric] = image_tests(tables[metric], derive_seed(before.config.protocol.seed, "diff", metric))
        if tests.get(metric) and difference:
            _, _, _, low, high, p, _ = tests[metric][0]
        found.append(Score(title(metric), one, two, difference, low, high, p, metric))
    for what, field, unit in (
        ("seconds per image", "seconds_per_image", 1),
        ("peak memory, GiB", "peak_memory", 2**30),
    ):
        one, two = (getattr(run.card.cost, field) if run.card.cost else None for run in (before, after))
        if one is not None and two is not None:
            found.append(Score(what, one / unit, two / unit, (two - one) / unit))
    if before.card.outputs == after.card.outputs:
        remarks.append("The pictures of both runs are identical.")
    return found, remarks


def _losses(before: Path, after: Path) -> Iterator[Score]:
    """The final loss, step and validation PSNR of each phase of two training runs."""
    logs = [read_json_lines(folder / "metrics.jsonl") for folder in (before, after)]
    for phase in dict.fromkeys(row["phase"] for rows in logs for row in rows if "phase" in row):
        for key, what in (("loss", f"loss, mean of the last {LAST}"), ("step", "steps"), ("psnr", "PSNR, held out")):
            values = [[row[key] for row in rows if row.get("phase") == phase and key in row] for rows in logs]
            one, two = (_last(each, key) for each in values)
            if one is not None or two is not None:
                yield Score(f"{phase}: {what}", one, two, None if one is None or two is None else two - one)


def _last(values: list[float], key: str) -> float | None:
    if not values:
        return None
    return float(np.mean(values[-LAST:])) if key == "loss" else float(values[-1])


def _blocks(run: RunDiff) -> list[Block]:
    blocks: list[Block] = []
    if run.scores:
        rows = tuple(Row(_score_cells(score)) for score in run.scores)
        note: Text = (
            "Brackets: 95 % interval of the mean difference over the same pairs. p: paired test, not corrected."
        )
        tested = any(score.low is not None for score in run.scores)
        header = ("number", "before", "after", "difference", "p")
        blocks.append(Table(header, rows, notes=(note,) if tested else ()))
    if run.changes:
        rows = tuple(Row((Cell(c.key), Cell(_shown(c.before)), Cell(_shown(c.after)))) for c in run.changes)
        blocks.append(Table(("setting", "before", "after"), rows, words=3))
    blocks += [Paragraph(remark) for remark in run.remarks]
    return blocks


def _score_cells(score: Score) -> tuple[Cell, ...]:
    def text(value: float | None, *, sign: bool = False) -> str:
        if value is None:
            return DASH
        if score.metric:
            return number(score.metric, value, sign=sign)
        digits = ",.0f" if value == round(value) else ".4g"
        return f"{value:{'+' if sign else ''}{digits}}".replace("-", MINUS)

    interval = "" if score.low is None else f"[{text(score.low, sign=True)}, {text(score.high, sign=True)}]"
    p = "" if score.p is None else f"{score.p:.2g}"
    return (
        Cell(score.what),
        Cell(text(score.before), value=score.before),
        Cell(text(score.after), value=score.after),
        Cell(text(score.difference, sign=True), interval, score.difference),
        Cell(p, value=score.p),
    )


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
