"""Who takes part in an evaluation: floors, and training runs with their last checkpoint."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.checkpoints import CheckpointInfo, last_checkpoint, read_info
from benchmark.dataset import Dataset
from benchmark.errors import AnibenchError
from benchmark.methods import Method, get_method, method_names
from benchmark.runs import read_record


@dataclass(frozen=True)
class Entry:
    """One row to be: a method and, unless it is a floor, the weights it paints with."""

    label: str  # names the row and its folder
    method: Method
    checkpoint: Path | None
    info: CheckpointInfo | None
    notes: tuple[str, ...] = ()


def find_entries(names: Sequence[str], checkpoint: Path | None, runs: Path) -> tuple[list[Entry], list[str]]:
    """The entries of `anibench eval NAMES`, and what was passed over, with the reasons.

    A name is a floor, a method (all its finished runs), or METHOD/NAME (that run, finished or not). No names: every
    finished run under `runs`, and the floors. `checkpoint` goes with one method. Raises AnibenchError for a name that
    is nothing of this, with the command that mends it.
    """
    if checkpoint is not None:
        return [_checkpoint_entry(names, checkpoint)], []
    if names:
        found = [_named_entries(name, runs) for name in dict.fromkeys(names)]
        return [entry for entries, _ in found for entry in entries], [why for _, skipped in found for why in skipped]
    entries, skipped = _finished_runs(sorted((runs / "train").glob("*/*")))
    return entries + [_floor(name) for name in method_names("floor")], skipped


def refuse_leak(entry: Entry, data: Dataset) -> None:
    """Raise AnibenchError if the entry was trained on, or validated by, a picture of the dataset's test split."""
    if entry.info is None:
        return
    seen = sorted({*entry.info.training_ids, *entry.info.validation_ids} & set(data.ids("test")))
    if seen:
        named = ", ".join(seen[:3]) + (", ..." if len(seen) > 3 else "")
        how = "trained on" if set(seen) & set(entry.info.training_ids) else "validated on"
        raise AnibenchError(
            f"{entry.checkpoint} was {how} {len(seen)} pictures of the test split of {data.root} ({named}); its "
            f"scores there would mean nothing. Train on this dataset: anibench train {entry.method.name} "
            f"--data {data.root}"
        )


def safe_label(text: str) -> str:
    """`text` as a folder's name: letters, digits, dots, dashes and underscores; it never starts with a dot."""
    return re.sub(r"[^\w.-]", "-", text).lstrip(".") or "unnamed"


def _named_entries(name: str, runs: Path) -> tuple[list[Entry], list[str]]:
    method_name, slash, run_name = name.partition("/")
    method = get_method(method_name)
    if method.kind == "floor":
        if slash:
            raise AnibenchError(f"{method_name} is a floor and has no training runs; write {method_name} alone")
        return [_floor(method_name)], []
    home = runs / "train" / method_name
    if slash:
        return [_run_entry(home / run_name)], []
    entries, skipped = _finished_runs(sorted(home.glob("*")))
    if not entries:
        passed_over = f" ({'; '.join(skipped)})" if skipped else ""
        raise AnibenchError(
            f"{home} has no finished run{passed_over}; train one with: anibench train {method_name}, "
            "or give --checkpoint"
        )
    return entries, skipped


def _finished_runs(folders: Sequence[Path]) -> tuple[list[Entry], list[str]]:
    entries, skipped = [], []
    for folder in folders:
        if not folder.is_dir():
            continue
        try:
            status = read_record(folder).status
            if status == "done":
                entries.append(_run_entry(folder))
            else:
                skipped.append(
                    f"{folder} is {status}; finish it with: anibench train {folder.parent.name} --name {folder.name} "
                    f"--resume, or name it: anibench eval {folder.parent.name}/{folder.name}"
                )
        except AnibenchError as error:
            skipped.append(str(error))
    return entries, skipped


def _run_entry(folder: Path) -> Entry:
    """A training run with its last checkpoint."""
    method = get_method(folder.parent.name)
    status = read_record(folder).status
    checkpoint = last_checkpoint(folder / "checkpoints")
    if checkpoint is None:
        raise AnibenchError(f"{folder} ({status}) has no checkpoint in {folder / 'checkpoints'}")
    notes = () if status == "done" else (f"its training is {status}, not done",)
    return Entry(safe_label(f"{method.name}.{folder.name}"), method, checkpoint, read_info(checkpoint), notes)


def _checkpoint_entry(names: Sequence[str], checkpoint: Path) -> Entry:
    info = read_info(checkpoint)
    if len(names) > 1 or (names and names[0] != info.method):
        raise AnibenchError(f"{checkpoint} is a checkpoint of {info.method}; --checkpoint goes with that method alone")
    home = checkpoint.resolve().parent
    run = [home.parent.name] if home.name == "checkpoints" else []
    return Entry(safe_label(".".join([info.method, *run, checkpoint.stem])), get_method(info.method), checkpoint, info)


def _floor(name: str) -> Entry:
    return Entry(name, get_method(name), None, None)
