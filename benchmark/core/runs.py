"""Run records: every command writes `config.json` and `run.json` beside its result."""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock, is_locked, read_json, read_object, write_json
from benchmark.core.hints import command_line

LONGEST_NAME = 150  # characters
DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[1-9]) *(\..*)?", re.IGNORECASE)  # no names of folders in Windows


class RunRecord(Config):
    """`run.json`: command, versions, device, inputs, duration and outcome of a run."""

    id: str
    kind: str  # "build-dataset", "fit-xdog", "train", "eval", ...
    name: str
    status: Literal["running", "done", "failed", "interrupted"]
    command: str
    started: str  # ISO 8601, UTC
    seconds: float  # over all attempts
    commit: str | None  # of anibench's checkout; null for an installed wheel
    dirty: bool | None
    packages: dict[str, str]
    device: str
    seed: int | None
    inputs: dict[str, str]  # name -> SHA-256 or dataset fingerprint
    error: str | None = None


@dataclass(frozen=True)
class Run:
    """The folder of a run while its command works; results are files in `folder`."""

    folder: Path
    device: str
    resume: bool = False
    id: str | None = None  # of its record; None in all but the first process of a run
    phase1: Path | None = None  # folder of the training run whose finished first phase is used

    def has_folder(self) -> bool:
        """Whether the folder still holds the record of this run."""
        try:
            return self.id is None or bool(read_object(self.folder / "run.json").get("id") == self.id)
        except AnibenchError:
            return False

    def require_folder(self) -> None:
        """Raise AnibenchError when the folder was removed or replaced after the run began."""
        if not self.has_folder():
            raise AnibenchError(
                f"{self.folder} was removed or replaced while this command worked in it, and its results are lost; "
                "run the same command again"
            )


def process_rank() -> int:
    """The rank of this process among those of one command, from 0, as torchrun and `accelerate launch` set it."""
    return int(os.environ.get("RANK", "0")) if int(os.environ.get("WORLD_SIZE", "1")) > 1 else 0


@contextmanager
def record_run(
    folder: Path,
    kind: str,
    config: BaseModel,
    *,
    name: str,
    seed: int | None = None,
    device: str = "cpu",
    inputs: Mapping[str, str] | None = None,
    resume: bool = False,
    rank: int = 0,
) -> Iterator[Run]:
    """Lock `folder`, write `config.json` and `run.json`, and record the outcome when the block ends.

    With `resume`, `seconds` continues from the record in `folder`. In a run of several processes, only the first
    (`rank` 0) locks and writes.
    """
    if rank > 0:
        yield Run(folder, device, resume)
        return
    with folder_lock(folder):
        before = _earlier_seconds(folder) if resume else 0.0
        commit, dirty = source_commit()
        record = RunRecord(
            id=secrets.token_hex(8),
            kind=kind,
            name=name,
            status="running",
            command=command_line(sys.argv[1:]),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=before,
            commit=commit,
            dirty=dirty,
            packages=package_versions(),
            device=device,
            seed=seed,
            inputs=dict(inputs or {}),
        )
        write_json(folder / "config.json", config.model_dump(mode="json"))
        _write_record(folder, record)
        clock = time.monotonic()

        def close(status: Literal["done", "failed", "interrupted"], error: str | None = None) -> None:
            seconds = before + time.monotonic() - clock
            _write_record(folder, record.model_copy(update={"status": status, "seconds": seconds, "error": error}))

        run = Run(folder, device, resume, record.id)
        try:
            yield run
            run.require_folder()
        except KeyboardInterrupt:
            if run.has_folder():
                close("interrupted")
            raise
        except BaseException as error:
            if run.has_folder():
                close("failed", f"{type(error).__name__}: {error}")
            raise
        close("done")


def require_run_name(name: str, key: str = "--name") -> str:
    """`name` if it names one folder inside its parent on any system; else raises AnibenchError that names `key`."""
    if DEVICES.fullmatch(name):
        raise AnibenchError(f"{key} {name!r} cannot name a folder: Windows reserves it for a device; choose another")
    if name and name[0] != "." and not set(name) & set("/\\:\0") and len(name) <= LONGEST_NAME:
        return name
    raise AnibenchError(
        f"{key} {name!r} cannot name a folder: use at most {LONGEST_NAME} characters, without / \\ and :, "
        "and no dot in front"
    )


def read_record(folder: Path) -> RunRecord:
    """Read `folder/run.json`; raises AnibenchError that names the file when it is missing or not a run record.

    A status "running" in a folder that no command has locked comes from a killed command and is read as "interrupted".
    """
    path = folder / "run.json"
    record = validated(RunRecord, read_json(path), f"{path} is not a run record of this anibench")
    if record.status == "running" and not is_locked(folder):
        return record.model_copy(update={"status": "interrupted", "error": "its process was killed"})
    return record


def package_versions() -> dict[str, str]:
    """Versions of Python, anibench and every installed package that anibench's code imports.

    These are anibench's declared requirements except those of development; a test compares them with the imports.
    """
    found = {"python": sys.version.split()[0], "anibench": version("anibench")}
    for package in required_packages():
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def required_packages() -> list[str]:
    """The packages that anibench requires, with all extras except `dev` and `docs`, in alphabetical order."""
    lines = [line for line in requires("anibench") or () if not re.search(r"extra == .(dev|docs).", line)]
    return sorted({re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in lines} - {"anibench"})


def source_commit() -> tuple[str | None, bool | None]:
    """The commit of the checkout and whether tracked files differ from it; (None, None) for an installed wheel."""
    home = Path(__file__).resolve().parents[2]
    if not (home / ".git").exists():
        return None, None

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", os.fspath(home), *arguments], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _earlier_seconds(folder: Path) -> float:
    """Seconds of the earlier attempts; 0 where their record is missing or damaged."""
    try:
        return read_record(folder).seconds
    except AnibenchError:
        return 0.0


def _write_record(folder: Path, record: RunRecord) -> None:
    write_json(folder / "run.json", record.model_dump(mode="json"))
