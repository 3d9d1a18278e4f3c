"""The rows of an evaluation: floors, training runs with their last checkpoint, methods that need no training."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.core.config import Config, load_config, parse_setting
from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes
from benchmark.core.hints import finish_hint
from benchmark.core.runs import read_record, require_run_name
from benchmark.methods.built_in import NOTE, BuiltIn, all_built_in, built_in_of
from benchmark.methods.checkpoints import CheckpointInfo, last_checkpoint, read_info
from benchmark.methods.interface import Method, get_method, method_names
from benchmark.weights.files import hash_file

MAX_LABEL = 150  # characters of a label, which names a folder


@dataclass(frozen=True)
class Entry:
    """One row of an evaluation: a method, with its checkpoint where it was trained."""

    label: str  # names the row and its folder
    method: Method
    checkpoint: Path | None
    info: CheckpointInfo | None
    notes: tuple[str, ...] = ()
    config: Config | None = None  # for painting; None: that of the checkpoint, or the method's defaults
    built_in: BuiltIn | None = None  # the weights of anibench whose checkpoint this is
    run: str | None = None  # the name of its training run, or of its built-in weights

    @property
    def name(self) -> str:
        """The name of the method, or of the external program."""
        return str(getattr(self.config, "name", "")) if self.method.kind == "external" else self.method.name

    @property
    def place(self) -> str | None:
        """The checkpoint as records name it: its path, or the name of weights that come with anibench."""
        if self.built_in is not None:
            return self.built_in.place
        return None if self.checkpoint is None else str(self.checkpoint)

    @property
    def sha256(self) -> str | None:
        """SHA-256 of the checkpoint or of the method's weight files; None where there are none.

        An unchanged file is hashed once per process.
        """
        if self.checkpoint is not None:
            return hash_file(self.checkpoint)
        return self.method.weights_sha256(self.config or self.method.config())

    @property
    def settings(self) -> dict[str, Any]:
        """The resolved configuration for painting; empty for a method without settings."""
        if self.config is not None:
            return self.config.model_dump(mode="json")
        return self.info.config if self.info else self.method.config().model_dump(mode="json")


def find_entries(names: Sequence[str], checkpoint: Path | None, runs: Path) -> tuple[list[Entry], list[str]]:
    """The entries of `anibench eval NAMES`, and the reasons why runs were left out.

    A name is a floor, a method (all its finished runs, or the method itself where it needs no training), METHOD/NAME
    (that run, finished or not, or the built-in weights of that name) or METHOD:FILE.toml (a method without training,
    configured by that file). Without names: all finished runs under `runs`, the methods without training whose files
    are present, and the floors. `checkpoint` goes with at most one method. Raises AnibenchError for any other name,
    with the command that mends it.
    """
    if checkpoint is not None:
        return [_checkpoint_entry(names, checkpoint)], []
    if names:
        found = [_named_entries(name, runs) for name in dict.fromkeys(names)]
        entries = [entry for entries, _ in found for entry in entries]
        _refuse_equal_labels(entries)
        return entries, [why for _, skipped in found for why in skipped]
    entries, skipped = _finished_runs(sorted((runs / "train").glob("*/*")))
    _refuse_equal_labels(entries)
    ready = _ready_methods()
    return entries + ready + [_untrained(name) for name in method_names("floor")], skipped


def built_in_entries() -> list[Entry]:
    """The weights that come with anibench, each an entry."""
    return [_built_in_entry(weights) for weights in all_built_in()]


def reconfigured(entry: Entry, settings: Sequence[str]) -> Entry:
    """The entry with changed `key.path=value` settings, which its label names.

    Raises AnibenchError for settings that the method does not have, and for settings fixed by its training.
    """
    if not settings:
        return entry
    method = entry.method
    config = load_config(method.config, base=entry.settings, settings=settings)
    for setting in settings:
        (root,) = parse_setting(setting)
        if root not in method.settable:
            free = ", ".join(method.settable) or "none"
            raise AnibenchError(
                f"--set {setting}: {root} of {entry.label} cannot be changed after training; "
                f"settings that can be changed: {free}"
            )
    return replace(entry, label=label_with(entry.label, settings), config=config)


def safe_label(text: str) -> str:
    """`text` as the name of a folder: letters, digits, dots, dashes and underscores, without a leading dot."""
    return re.sub(r"[^\w.-]", "-", text).lstrip(".") or "unnamed"


def require_label(name: str, key: str) -> str:
    """`name` if it names a row and its folder as it is; else raises AnibenchError that names `key`.

    So do the names of methods, which belong to the methods themselves.
    """
    if name in method_names():
        raise AnibenchError(f"{key} {name} is the name of a method of anibench; give another name")
    label = safe_label(require_run_name(name, key))
    if label != name:
        raise AnibenchError(
            f"{key} {name!r} would share the folder {label} with other names; "
            f"use letters, digits, dots, dashes and underscores, such as {label.strip('-') or 'painter'}"
        )
    return name


def label_with(label: str, settings: Sequence[str]) -> str:
    """`label+steps=20+eta=1`: settings by the last part of their keys, or by whole keys where those are equal."""
    split = [(key.strip(), value.strip().strip("\"'")) for key, _, value in (text.partition("=") for text in settings)]
    last = [key.rpartition(".")[2] for key, _ in split]
    keys = last if len(set(last)) == len(last) else [key for key, _ in split]
    parts = [f"{safe_label(key)}={safe_label(value)}" for key, (_, value) in zip(keys, split, strict=True)]
    full = "+".join([label, *parts])
    return full if len(full) <= MAX_LABEL else f"{full[: MAX_LABEL - 9]}-{sha256_bytes(full.encode())[:8]}"


def _refuse_equal_labels(entries: Sequence[Entry]) -> None:
    labels = [entry.label for entry in entries]
    for label in labels:
        if labels.count(label) > 1:
            raise AnibenchError(
                f"{labels.count(label)} of the given methods have the name {label}; change the name in all but one"
            )


def _named_entries(name: str, runs: Path) -> tuple[list[Entry], list[str]]:
    method_name, colon, file = name.partition(":")
    if colon:
        return [_configured_entry(get_method(method_name), Path(file))], []
    method_name, slash, run_name = name.partition("/")
    method = get_method(method_name)
    if not method.has_runs:
        if slash:
            raise AnibenchError(
                f"{method_name} needs no training and has no runs; give {method_name} instead of {name}"
            )
        if method.kind == "external":
            raise AnibenchError(
                f"{method_name} needs a TOML file that describes the program: give {method_name}:FILE.toml"
            )
        return [_untrained(method_name)], []
    home = runs / "train" / method_name
    if slash:
        found = built_in_of(method)
        if run_name in found and not (home / run_name).exists():
            return [_built_in_entry(found[run_name])], []
        return [_run_entry(home / run_name)], []
    entries, skipped = _finished_runs(sorted(home.glob("*")))
    if not entries:
        reasons = f" ({'; '.join(skipped)})" if skipped else ""
        raise AnibenchError(
            f"{home} has no finished run{reasons}; train one with: anibench train {method_name}, or give --checkpoint"
        )
    return entries, skipped


def _finished_runs(folders: Sequence[Path]) -> tuple[list[Entry], list[str]]:
    entries, skipped = [], []
    for folder in folders:
        if not folder.is_dir():
            continue
        try:
            record = read_record(folder)
            if record.status == "done":
                entries.append(_run_entry(folder))
            else:
                skipped.append(
                    f"{folder} is {record.status}; to evaluate its last checkpoint, name it as "
                    f"{folder.parent.name}/{folder.name}; {finish_hint(record.status, record.command, record.kind)}"
                )
        except AnibenchError as error:
            skipped.append(str(error))
    return entries, skipped


def _ready_methods() -> list[Entry]:
    """Methods that need no training and no TOML file, and whose weight files are present."""
    ready = []
    for name in method_names("method"):
        method = get_method(name)
        if method.has_runs or method.kind == "external":
            continue
        if method.missing(method.config()) is None:
            ready.append(_untrained(name))
    return ready


def _configured_entry(method: Method, file: Path) -> Entry:
    """A method without training, configured by the user's TOML file."""
    if method.has_runs or method.kind == "floor":
        raise AnibenchError(f"{method.name} takes no TOML file; give {method.name} or {method.name}/RUN")
    read: Callable[[Path], Config] = getattr(method.module, "read_config", None) or (
        lambda path: load_config(method.config, file=path)
    )
    config = read(file)
    name = getattr(config, "name", None)
    label = safe_label(f"{method.name}.{file.stem}") if name is None else require_label(str(name), f"{file}: name")
    return Entry(label, method, None, None, config=config)


def _run_entry(folder: Path) -> Entry:
    """A training run with its last checkpoint."""
    method = get_method(folder.parent.name)
    status = read_record(folder).status
    checkpoint = last_checkpoint(folder / "checkpoints")
    if checkpoint is None:
        raise AnibenchError(f"{folder} ({status}) has no checkpoint in {folder / 'checkpoints'}")
    notes = () if status == "done" else (f"its training is not finished ({status})",)
    label = safe_label(f"{method.name}.{folder.name}")
    return Entry(label, method, checkpoint, read_info(checkpoint), notes, run=folder.name)


def _built_in_entry(weights: BuiltIn) -> Entry:
    info = read_info(weights.checkpoint)
    label = safe_label(weights.name.replace("/", "."))
    return Entry(label, weights.method, weights.checkpoint, info, (NOTE,), built_in=weights, run=weights.run)


def _checkpoint_entry(names: Sequence[str], checkpoint: Path) -> Entry:
    info = read_info(checkpoint)
    if len(names) > 1 or (names and names[0] != info.method):
        raise AnibenchError(f"{checkpoint} is a checkpoint of {info.method}; evaluate it with {info.method}")
    home = checkpoint.resolve().parent
    run = [home.parent.name] if home.name == "checkpoints" else []
    return Entry(safe_label(".".join([info.method, *run, checkpoint.stem])), get_method(info.method), checkpoint, info)


def _untrained(name: str) -> Entry:
    """A floor, or a method that needs no training."""
    return Entry(name, get_method(name), None, None)
