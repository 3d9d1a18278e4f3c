"""A report for programs: as JSON, and as CSV with one row per score."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from benchmark.core.markup import csv_cell, one_line
from benchmark.results.metrics import METRICS
from benchmark.results.scorecard import MeanScore, SetScore
from reports.content.compare import Verdicts
from reports.content.learning.curves import Curve, curve_facts
from reports.read.claims import claimed, comparable, data_differences, training_differences
from reports.read.collect import Collection, EvalRun, Group, settings
from reports.read.matrices import Matrix
from reports.read.seeds import SeedRuns, seed_of

COLUMNS = (
    "protocol", "dataset", "fingerprint", "pairs", "row", "method", "kind", "seed", "slice", "metric", "better",
    "value", "low", "high", "level", "n", "spread", "real_against_real", "group_letters", "not_better_than", "claimed",
    "images_seen", "seconds_per_image", "peak_memory", "parameters", "device", "mode", "extractor", "extractor_sha256",
    "reason",
)  # fmt: skip


def report_facts(
    found: Collection, verdicts: Mapping[str, Verdicts], curves: Mapping[str, Sequence[Curve]]
) -> dict[str, Any]:
    """The content of a report as JSON, and the runs that it leaves out."""
    return {
        "tables": [_table_facts(group, verdicts[group.name]) for group in found.groups],
        "learning_curves": [fact for group in found.groups for fact in curve_facts(group, curves[group.name])],
        "matrices": [_matrix_facts(matrix) for matrix in found.matrices],
        "trainings": [run.record.model_dump(mode="json") | {"config": settings(run)} for run in found.trainings],
        "left_out": [{"folder": str(folder), "reason": reason} for folder, reason in found.left_out],
    }


def report_csv(found: Collection, verdicts: Mapping[str, Verdicts]) -> str:
    """One row per score of each method, and after a mean over seeds one row per score of each seed.

    Text that a spreadsheet could read as a formula is escaped.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for group in found.groups:
        for name, run in zip(group.names, group.runs, strict=True):
            members = run.members if isinstance(run, SeedRuns) else ()
            single = (_rows(group, member.card.label, member, Verdicts()) for member in members)
            for row in chain(_rows(group, name, run, verdicts[group.name]), *single):
                writer.writerow({column: _cell(row.get(column)) for column in COLUMNS})
    return file.getvalue()


def _table_facts(group: Group, verdicts: Verdicts) -> dict[str, Any]:
    return {
        "protocol": group.card.protocol_label,
        "dataset": group.card.data.model_dump(mode="json"),
        "pairs": group.card.pairs,
        "differences": data_differences(group.card),
        "rows": [_row_facts(name, run, verdicts) for name, run in zip(group.names, group.runs, strict=True)],
        "paired_tests": {metric: [test._asdict() for test in tests] for metric, tests in verdicts.tests.items()},
    }


def _matrix_facts(matrix: Matrix) -> dict[str, Any]:
    cells = [cell.model_dump(mode="json") for cell in matrix.cells]
    effects = [effect._asdict() for effect in matrix.effects]
    named = {"name": matrix.name, "description": matrix.description, "entry": matrix.entry}
    found = {"cells": cells, "effects": effects, "unverified": matrix.unverified}
    return {"folder": str(matrix.folder), **named, **found}


def _row_facts(name: str, run: EvalRun, verdicts: Verdicts) -> dict[str, Any]:
    claim = claimed(run.card)
    return {
        "name": name,
        "folder": str(run.folder),
        "card": run.card.model_dump(mode="json"),
        "record": run.record.model_dump(mode="json"),
        "config": settings(run),
        "comparable": comparable(run.card, run.config),
        "differences": training_differences(run.card, run.config),
        "claimed": claim.scores if claim else None,
        "letters": {metric: letters[name] for metric, letters in verdicts.letters.items() if name in letters},
        "ranks": {metric: ranks[name]._asdict() for metric, ranks in verdicts.ranks.items() if name in ranks},
        "not_better_than": {m: list(floors) for (row, m), floors in verdicts.no_better.items() if row == name},
        "better_in_no_metric_than": list(verdicts.dominated.get(name, ())),
        "seeds": [_seed_facts(member) for member in run.members] if isinstance(run, SeedRuns) else [],
    }


def _seed_facts(run: EvalRun) -> dict[str, Any]:
    scores = {metric: run.value(metric) for metric in (*run.card.images, *run.card.sets)}
    return {"seed": seed_of(run), "label": run.card.label, "folder": str(run.folder), "scores": scores}


def _rows(group: Group, name: str, run: EvalRun, verdicts: Verdicts) -> Iterator[dict[str, object]]:
    card, cost = run.card, run.card.cost
    claim = claimed(card)
    shared = {
        "protocol": card.protocol_label, "dataset": card.data.name, "fingerprint": card.data.fingerprint,
        "pairs": card.pairs, "row": name, "method": card.method, "kind": card.kind,
        "seed": ", ".join(map(str, map(seed_of, run.members))) if isinstance(run, SeedRuns) else seed_of(run),
        "images_seen": card.training.images_seen if card.training else None,
        **({"seconds_per_image": cost.seconds_per_image, "peak_memory": cost.peak_memory,
            "parameters": cost.parameters, "device": cost.device} if cost else {}),
    }  # fmt: skip
    for metric, facts in METRICS.items():
        score = card.images.get(metric) or card.sets.get(metric)
        if score is None:
            continue
        yield shared | _score(score) | {
            "metric": metric, "better": facts.better, "group_letters": verdicts.letters.get(metric, {}).get(name),
            "not_better_than": "; ".join(verdicts.no_better.get((name, metric), ())) or None,
            "claimed": claim.scores.get(metric) if claim else None,
        }  # fmt: skip
    for part, scores in card.slices.items():
        for metric, mean in scores.items():
            better = METRICS[metric].better if metric in METRICS else None
            yield shared | _score(mean) | {"slice": part, "metric": metric, "better": better}


def _cell(value: object) -> object:
    return csv_cell(one_line(value) if isinstance(value, str) else value)


def _score(score: MeanScore | SetScore) -> dict[str, object]:
    kept = ("low", "high", "level", "n", "reason")
    shared: dict[str, object] = {name: getattr(score, name) for name in kept}
    if isinstance(score, MeanScore):
        return shared | {"value": score.mean}
    return shared | {
        "value": score.value, "spread": score.spread, "real_against_real": score.floor, "mode": score.mode,
        "extractor": score.extractor, "extractor_sha256": score.sha256,
    }  # fmt: skip
