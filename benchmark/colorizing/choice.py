"""The method that paints the user's drawings: the named one, the only training run, or the weights of anibench."""

from collections.abc import Sequence
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import Say
from benchmark.data.dataset import PAPER_TRAIN
from benchmark.evaluation.entries import Entry, built_in_entries, find_entries, reconfigured
from benchmark.methods.built_in import all_built_in


def choose_entry(name: str | None, checkpoint: Path | None, runs: Path, settings: Sequence[str], tell: Say) -> Entry:
    """The method that paints; `tell` gets the origin of its weights, and a warning after a short training.

    Raises AnibenchError that lists the choices when `name` is missing and several runs are finished.
    """
    entries, skipped = find_entries([name] if name else [], checkpoint, runs)
    entries = entries if name else [entry for entry in entries if entry.method.kind != "floor"]
    if not entries and not skipped:
        entries = built_in_entries()
        for entry in entries:
            tell(f"no training run in {runs}; using {name_of(entry)}, the weights that come with anibench")
    if len(entries) != 1:
        choices = [*map(name_of, entries), *(each.name for each in all_built_in())] if entries else []
        found = ", ".join(dict.fromkeys(choices))
        hint = f"choose one with --method: {found}" if found else "train one with: anibench train animediffusion"
        raise AnibenchError("\n".join([f"{runs} has {len(entries)} trained methods; {hint}", *skipped]))
    entry = entries[0]
    if entry.info is not None and entry.info.images_seen < PAPER_TRAIN:
        tell(
            f"{name_of(entry)} has seen {entry.info.images_seen:,} pictures in training, less than one pass over the "
            f"paper's {PAPER_TRAIN:,}; its pictures may be noise. Weights that come with anibench: "
            + ", ".join(f"--method {each.name}" for each in all_built_in())
        )
    return reconfigured(entry, settings)


def name_of(entry: Entry) -> str:
    """An entry as `--method` takes it: METHOD, METHOD/RUN, or METHOD:FILE.toml without the file's path."""
    if entry.method.kind == "external":
        return f"{entry.method.name}:FILE.toml"
    return entry.method.name if entry.run is None else f"{entry.method.name}/{entry.run}"
