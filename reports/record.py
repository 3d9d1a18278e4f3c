"""The record of a report: what it takes to do every number again."""

import json

from benchmark.progress import format_seconds
from benchmark.runs import RunRecord
from reports.collect import AnyRun, Collection, settings
from reports.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Details,
    Heading,
    Listing,
    Paragraph,
    Row,
    Table,
    Text,
    join,
    pieces,
)


def record_blocks(found: Collection) -> list[Block]:
    """Commands in the order they were run, hashes of all weights, versions, and each run with its settings."""
    runs: list[AnyRun] = [*found.others, *found.trainings, *found.evaluations]
    blocks: list[Block] = [Heading(2, "The record")]
    if runs:
        commands = dict.fromkeys(run.record.command for run in sorted(runs, key=lambda run: run.record.started))
        blocks += [Paragraph("Commands, in the order they were started:"), Listing("\n".join(commands), "sh")]
    weights = _weights(found)
    if weights:
        rows = tuple(Row((Cell(what), Cell(sha256))) for what, sha256 in weights.items())
        blocks.append(Table(("weights", "SHA-256"), rows, words=2))
    blocks += [Paragraph(text) for text in _versions(runs)]
    blocks += [Details(f"{run.record.kind}: {run.folder.as_posix()}", _details(run)) for run in runs]
    return blocks


def _weights(found: Collection) -> dict[str, str]:
    """Each checkpoint and feature extractor that numbers rest on -> its SHA-256."""
    named: dict[str, str] = {}
    for run in found.evaluations:
        if run.card.checkpoint:
            named[run.card.label] = run.card.checkpoint
        named |= {score.extractor: score.sha256 for score in run.card.sets.values() if score.sha256}
        for mean in run.card.images.values():
            named |= mean.weights or {}
    return named


def _versions(runs: list[AnyRun]) -> list[Text]:
    """Each set of package versions that occurs, and the runs that were made with it."""
    sets: dict[str, list[str]] = {}
    for run in runs:
        text = ", ".join(f"{name} {version}" for name, version in sorted(run.record.packages.items()))
        sets.setdefault(text, []).append(run.folder.as_posix())
    if len(sets) == 1:
        return [f"Versions: {text}." for text in sets]
    return [
        ("Versions of ", *pieces(join([Code(folder) for folder in folders], ", ")), f": {text}.")
        for text, folders in sets.items()
    ]


def _details(run: AnyRun) -> tuple[Block, ...]:
    listed = json.dumps(settings(run), indent=1, ensure_ascii=False)
    return (Bullets(tuple(_facts(run.record))), Listing(listed, "json"))


def _facts(record: RunRecord) -> list[Text]:
    """What a run record says, line by line; package versions stand elsewhere."""
    changed = {True: ", with changes", False: "", None: ""}[record.dirty]
    return [
        ("command: ", Code(record.command)),
        f"status: {record.status}",
        f"started: {record.started}",
        f"time: {format_seconds(record.seconds)}",
        f"device: {record.device}",
        *([f"seed: {record.seed}"] if record.seed is not None else []),
        *([("commit: ", Code(record.commit), changed)] if record.commit else []),
        *((f"input {name}: ", Code(value)) for name, value in sorted(record.inputs.items())),
    ]
