"""The record of a step, `steps/NAME.json`: the inputs that determine its result, and its fingerprint."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from benchmark.core.config import Config, flat, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, read_object, sha256_file, write_json
from benchmark.core.runs import read_record
from benchmark.methods.checkpoints import last_checkpoint
from benchmark.suites.steps import Step
from benchmark.training.config import FREE_KEYS
from benchmark.weights.files import hash_file

Fingerprints = Mapping[str, str]  # name of a step -> fingerprint of its results
PROGRESS = re.compile(r": \d+/\d+ \w+, .*/s")  # as `benchmark.core.progress` prints it
TAIL = 4096  # bytes of a log that are searched for its last lines


class StepRecord(Config):
    """The last attempt of a step."""

    status: Literal["running", "done", "failed", "interrupted"]
    command: str
    started: str  # ISO 8601, UTC
    seconds: float = 0.0
    device: str = ""
    settings: dict[str, Any] = Field(description="What decides the result, besides the inputs.")
    inputs: dict[str, str] = Field(description="Step -> fingerprint of its results that were read.")
    result: str | None = Field(default=None, description="Fingerprint of the results; null until the step is done.")
    error: str | None = None


def record_path(folder: Path, name: str) -> Path:
    """The record of a step of the suite in `folder`."""
    return folder / "steps" / f"{name}.json"


def log_path(folder: Path, name: str) -> Path:
    """The output of the last attempt of a step."""
    return folder / "steps" / f"{name}.log"


def read_step(folder: Path, name: str) -> StepRecord | None:
    """The record of a step; None where there is none. Raises AnibenchError for a damaged record."""
    path = record_path(folder, name)
    return validated(StepRecord, read_json(path), f"{path} is not a record of a step") if path.exists() else None


def write_step(folder: Path, name: str, record: StepRecord) -> None:
    """Write the record of a step."""
    write_json(record_path(folder, name), record.model_dump(mode="json"))


def result_fingerprint(step: Step) -> str | None:
    """One fingerprint over the results of a step; None where one of them is missing or unreadable."""
    try:
        found = [_fingerprint(path) for path in step.results]
    except (AnibenchError, OSError):
        return None
    return None if None in found else " ".join(map(str, found))


def _fingerprint(path: Path) -> str | None:
    """That of a dataset, the SHA-256 of the last checkpoint in a folder, or of a file."""
    if path.name == "dataset.json":
        return str(read_object(path)["fingerprint"])
    if path.name != "checkpoints":
        return sha256_file(path)
    checkpoint = last_checkpoint(path)
    return hash_file(checkpoint) if checkpoint and read_record(path.parent).status == "done" else None


def differences(record: StepRecord, step: Step, inputs: Fingerprints) -> list[str]:
    """The differences between the recorded attempt and the present step, in words."""
    others = [f"the result of {need} changed" for need in inputs if record.inputs.get(need) not in (None, inputs[need])]
    added = [f"{need} was added" for need in inputs if need not in record.inputs]
    gone = [f"{need} was removed" for need in record.inputs if need not in inputs]
    return [*other_settings(record, step), *others, *added, *gone]


def other_settings(record: StepRecord, step: Step) -> list[str]:
    """The settings that differ between the recorded attempt and the present step, in words."""
    absent = object()
    before, now = record.settings, step.settings
    return [
        f"{key} was {before.get(key, 'not set')}, is {now.get(key, 'not set')}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key, absent) != now.get(key, absent)
    ]


def trained_otherwise(step: Step, dataset: str) -> list[str]:
    """How the training run in the step's folder differs from the wanted one; empty where it is that run, or none."""
    assert step.folder is not None
    if not (step.folder / "run.json").exists():
        return []
    try:
        config = read_object(step.folder / "config.json")
        data = read_record(step.folder).inputs.get("dataset")
    except AnibenchError as error:
        return [str(error)]
    wanted = step.config.model_dump(mode="json") if step.config else {}
    found = _changed_settings(config, wanted)
    return [*found, *([] if data == dataset else ["its dataset has changed"])]


def _changed_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    one, two = flat(before), flat(now)
    changed = [key for key in sorted(one.keys() | two.keys()) if one.get(key) != two.get(key)]
    return [f"{key} was {one.get(key)}, is {two.get(key)}" for key in changed if not FREE_KEYS.match(key)]


def last_lines(path: Path) -> list[str]:
    """The last lines of a log that hold text."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        text = file.read().decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def progress_of(path: Path) -> str:
    """The last progress line of a log, with rate and time left; empty where there is none."""
    return next((line for line in reversed(last_lines(path)) if PROGRESS.search(line)), "")
