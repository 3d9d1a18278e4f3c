"""The record of a report: commands, hashes, versions and settings that reproduce every number.

Settings that several runs share are listed once.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.core.progress import format_seconds
from benchmark.results.score_table import Cell
from reports.document import Block, Bullets, Code, Details, Heading, Listing, Paragraph, Row, Table, Text, join, pieces
from reports.read.collect import AnyRun, Collection, EvalRun, settings

OWN = ("label", "method", "kind", "checkpoint", "source", "checkpoint_sha256")  # keys that are shown in tables
SHORT = 12  # digits of a hash that is shown in full elsewhere in the record


def record_blocks(found: Collection) -> list[Block]:
    """All commands, hashes and package versions, a table of all runs, and each set of settings once."""
    runs: list[AnyRun] = [*found.others, *found.trainings, *found.evaluations]
    blocks: list[Block] = [Heading(2, "Record")]
    if not runs:
        return blocks
    commands = list(dict.fromkeys(run.record.command for run in sorted(runs, key=lambda run: run.record.started)))
    numbered = "\n".join(f"{command}  # {number}" for number, command in enumerate(commands, 1))
    blocks += [Paragraph("Commands, in the order of their start:"), Listing(numbered, "sh")]
    return [
        *blocks,
        *_evaluated(found),
        Table(("input", "SHA-256"), tuple(Row((Cell(w), Cell(h))) for h, w in _hashes(runs).items()), words=2),
        *(Paragraph(text) for text in _versions(runs)),
        Details("All runs", (_run_table(runs, commands),)),
        *_settings(runs),
    ]


def _run_table(runs: list[AnyRun], commands: list[str]) -> Table:
    header = ("run", "command", "status", "started", "time", "device", "seed", "commit", "inputs")
    return Table(header, tuple(_run_row(run, commands) for run in runs), words=len(header))


def _run_row(run: AnyRun, commands: list[str]) -> Row:
    record = run.record
    changed = " with uncommitted changes" if record.dirty else ""
    inputs = ", ".join(f"{name} {value[:SHORT]}" for name, value in sorted(record.inputs.items()))
    command = commands.index(record.command) + 1
    return Row(
        (
            Cell(run.folder.as_posix()),
            Cell(f"{command}", value=command),
            Cell(record.status),
            Cell(record.started),
            Cell(format_seconds(record.seconds), value=record.seconds),
            Cell(record.device),
            Cell("" if record.seed is None else str(record.seed), value=record.seed),
            Cell(f"{record.commit or 'not known'}{changed}"),
            Cell(inputs),
        )
    )


def _evaluated(found: Collection) -> list[Block]:
    """A table of the evaluated methods, floors and external pictures, with their checkpoint or folder."""
    wholes = [settings(run) for run in found.evaluations]
    rows = dict.fromkeys((w["label"], w["method"], w["kind"], w["checkpoint"] or w["source"] or "") for w in wholes)
    cells = tuple(Row(tuple(map(Cell, row))) for row in rows)
    return [Table(("evaluated", "method", "kind", "from"), cells, words=4)] if rows else []


def _hashes(runs: list[AnyRun]) -> dict[str, str]:
    """SHA-256 -> description of each checkpoint, feature extractor and other input of the scores."""
    named: dict[str, str] = {}
    for run in runs:
        if isinstance(run, EvalRun):
            named |= {run.card.checkpoint: f"checkpoint of {run.card.label}"} if run.card.checkpoint else {}
            named |= {score.sha256: score.extractor for score in run.card.sets.values() if score.sha256}
            for mean in run.card.images.values():
                named |= {sha256: what for what, sha256 in (mean.weights or {}).items()}
            named |= {run.card.pairs: f"pairs of {run.card.protocol_label} on {run.card.data.name}"}
            named |= {run.card.data.fingerprint: f"dataset {run.card.data.name}"}
    for run in runs:
        for what, sha256 in run.record.inputs.items():
            named.setdefault(sha256, what)
    return dict(sorted(named.items(), key=lambda each: each[1]))


def _versions(runs: list[AnyRun]) -> list[Text]:
    """Each set of package versions, and the runs that used it."""
    sets: dict[str, list[str]] = {}
    for run in runs:
        text = ", ".join(f"{name} {version}" for name, version in sorted(run.record.packages.items()))
        sets.setdefault(text, []).append(run.folder.as_posix())
    if len(sets) == 1:
        return [f"Package versions: {text}." for text in sets]
    return [
        ("Package versions of ", *pieces(join([Code(folder) for folder in folders], ", ")), f": {text}.")
        for text, folders in sets.items()
    ]


def _settings(runs: list[AnyRun]) -> Iterator[Block]:
    """Each set of settings once, by the dotted keys of `--set`, with the runs that used it."""
    titles: dict[str, str] = {}
    users: dict[str, list[Text]] = {}
    for run in runs:
        for title, part in _parts(run):
            lines = "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in _leaves(part))
            titles.setdefault(lines, title)
            users.setdefault(lines, []).append(Code(run.folder.as_posix()))
    for lines, folders in users.items():
        yield Details(f"Settings of {titles[lines]}", (Bullets(tuple(folders)), Listing(lines)))


def _parts(run: AnyRun) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Title and settings of a run. The settings of an evaluation have two parts: the method's and the protocol's."""
    whole = settings(run)
    if not isinstance(run, EvalRun):
        yield run.folder.as_posix(), whole
        return
    if whole["method_config"]:
        yield run.card.label, whole["method_config"]
    shared = {key: value for key, value in whole.items() if key not in (*OWN, "method_config")}
    yield f"{run.card.protocol_label} on {run.card.data.name}", shared


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value
