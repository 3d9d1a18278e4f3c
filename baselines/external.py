"""A program outside anibench, run in an environment of its own and described by a TOML file; see docs/methods.md.

`anibench eval external:FILE.toml` gives it lines and references as files and takes its PNGs. It is run without a shell,
for no longer than it is given, and never outlives the command.
"""

import os
import shlex
import shutil
import signal
import stat
import string
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from benchmark.core.config import Config as BaseConfig
from benchmark.core.config import load_config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.evaluation.exchange import COLUMNS, OUTPUTS, TABLE, write_csv, write_request
from benchmark.methods.interface import Request
from benchmark.scoring.outputs import read_output

EXTERNAL = True
NEEDS = "a TOML file that describes the program: external:FILE.toml"
PLACES = {
    "batch": {"lines", "references", "out", "pairs", "device"},
    "image": {"line", "reference", "out", "seed", "device"},
}
LOG = "program.log"  # all that the program said, in the run's folder
WORK = "program"  # files to and fro while it runs, in the run's folder
TAIL = 2000  # characters of the log that an error shows
POLL = 0.2  # seconds between looks at a running program
GRACE = 5.0  # seconds it has to end after it was asked to
PNG_END = b"IEND\xaeB`\x82"


class Config(BaseConfig):
    """The program: how it is called, where, for how long."""

    name: str = Field("external", min_length=1, description="Names the row and its folder.")
    command: tuple[str, ...] = Field(
        (), description="Program and arguments, one string each, with {lines}, {references}, {out}, {pairs}, {device}; "
        "in mode image {line}, {reference}, {out}, {seed}, {device}."
    )  # fmt: skip
    mode: Literal["batch", "image"] = Field("batch", description="One call for all pictures, or one for each.")
    folder: Path = Field(Path(), description="Where it is run; relative to the TOML file.")
    environment: dict[str, str] = Field(default_factory=dict, description="Variables it is given besides ours.")
    timeout: float = Field(3600, gt=0, description="Seconds that one call may take.")

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        places = [place for part in self.command for _, place, _, _ in string.Formatter().parse(part)]
        named = {place for place in places if place is not None}
        known = PLACES[self.mode]
        if named - known:
            unknown = ", ".join(f"{{{place}}}" for place in sorted(named - known))
            raise ValueError(
                f"command: {unknown} is no placeholder of mode {self.mode}, which has "
                f"{', '.join(sorted(known))}; write {{{{ and }}}} for braces"
            )
        if self.command and not {"out", "pairs"} & named:
            raise ValueError("command: without {out} or {pairs} the program cannot know where its pictures go")
        return self


def read_config(file: Path) -> Config:
    """The program a TOML file describes; raises AnibenchError that names what is wrong with it."""
    config = load_config(Config, file=file)
    if not config.command:
        raise AnibenchError(f'{file} gives no command; write: command = ["program", "--out", "{{out}}", ...]')
    folder = (file.parent / config.folder).resolve()
    if not folder.is_dir():
        raise AnibenchError(f"{file}: there is no folder {folder} to run the program in")
    return config.model_copy(update={"folder": folder})


def load(checkpoint: Path | None, device: str, config: Config | None = None) -> "Program":
    """The program of `config`; `device` is handed to it as {device}."""
    if config is None or not config.command:
        raise AnibenchError(f"external needs {NEEDS}")
    return Program(config, device)


class Program:
    """A described program behind the hub's interfaces."""

    def __init__(self, config: Config, device: str) -> None:
        self.config, self.device = config, device

    @property
    def notes(self) -> tuple[str, ...]:
        """What a score card has to say about how the pictures were made."""
        return (
            f"made by an outside program: {shlex.join(self.config.command)}",
            "its time counts its start, divided by the pictures; whether it repeats itself is its own business",
        )

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`: one run of the program (mode batch) or one run per picture."""
        painted = np.empty_like(references)

        def keep(number: int, image: Image) -> None:
            painted[number] = image.transpose(2, 0, 1)

        requests = (
            Request(line[0], np.ascontiguousarray(reference.transpose(1, 2, 0)), seed)
            for line, reference, seed in zip(lines, references, seeds, strict=True)
        )
        with tempfile.TemporaryDirectory() as folder:
            self.colorize_all(requests, keep, Path(folder))
        return painted

    def colorize_all(self, requests: Iterable[Request], done: Callable[[int, Image], None], folder: Path) -> None:
        """As `benchmark.methods.interface.WholeColorizer`: pictures are taken over while the program runs.

        Raises AnibenchError with the end of what the program said when it fails, takes too long, or leaves pictures
        out or of another size or mode; all it said is in `folder / "program.log"`.
        """
        work = folder / WORK
        numbered = enumerate(requests)
        for chunk in [numbered] if self.config.mode == "batch" else ([each] for each in numbered):
            shutil.rmtree(work, ignore_errors=True)
            self._run(chunk, done, work, folder / LOG)
        shutil.rmtree(work, ignore_errors=True)

    def _run(
        self, chunk: Iterable[tuple[int, Request]], done: Callable[[int, Image], None], work: Path, log: Path
    ) -> None:
        """One call of the program for the numbered requests of `chunk`."""
        rows, waiting = [], {}
        for number, request in chunk:
            rows.append(write_request(work, f"{number:06d}", request))
            waiting[f"{number:06d}.png"] = number, request.reference.shape
        write_csv(work / TABLE, COLUMNS, rows)
        names, out = set(waiting), work / OUTPUTS
        out.mkdir()

        def take_over() -> None:
            for name, (number, shape) in list(waiting.items()):
                if _is_written(out / name):
                    done(number, read_output(out / name, shape))
                    del waiting[name]

        places = self._places(work, rows[0], out)
        command = [part.format_map(places) for part in self.config.command]
        problem = _run_program(command, self.config, log, take_over)
        take_over()
        problem = problem or _left_out(out, names, list(waiting))
        if problem is not None:
            raise AnibenchError(f"{self.config.name} {problem}. {_last_words(log)}")

    def _places(self, work: Path, row: Mapping[str, object], out: Path) -> dict[str, str]:
        work = work.resolve()
        if self.config.mode == "batch":
            places = {"lines": work / "lines", "references": work / "references", "out": out.resolve()}
            return {name: str(path) for name, path in places.items()} | {
                "pairs": str(work / TABLE),
                "device": self.device,
            }
        return {
            "line": str(work / str(row["line"])),
            "reference": str(work / str(row["reference"])),
            "out": str(work / str(row["output"])),
            "seed": str(row["seed"]),
            "device": self.device,
        }


def _left_out(out: Path, names: set[str], waiting: Sequence[str]) -> str | None:
    """What is wrong with the pictures a program made, where not all of `names` were taken over, or None."""
    if waiting:
        how = "damaged" if (out / waiting[0]).exists() else "missing"
        return f"ended, but of {len(names)} pictures {len(waiting)} are missing or no whole PNG; {waiting[0]} is {how}"
    strangers = sorted({path.name for path in out.iterdir() if path.suffix == ".png"} - names)
    return f"wrote {len(strangers)} pictures it was not asked for, such as {strangers[0]}" if strangers else None


def _run_program(command: Sequence[str], config: Config, log: Path, look: Callable[[], None]) -> str | None:
    """Run to the end, calling `look` meanwhile; what went wrong, or None. Nothing it started is left running."""
    limit = time.monotonic() + config.timeout
    try:
        with log.open("ab") as said, _started(command, config, said.fileno()) as process:
            said.write(f"$ {shlex.join(command)}\n".encode())
            said.flush()
            while process.poll() is None:
                if time.monotonic() > limit:
                    return f"took longer than its timeout of {config.timeout:g} s"
                look()
                time.sleep(POLL)
    except OSError as error:
        return f"cannot be run in {config.folder}: {error}"
    return f"ended with exit code {process.returncode}" if process.returncode else None


@contextmanager
def _started(command: Sequence[str], config: Config, output: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The program in a process group of its own, which ends with the block, however that ends."""
    process = subprocess.Popen(
        command,
        cwd=config.folder,
        env=os.environ | config.environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Signal the program and all it started; on Windows, the program."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.terminate()
    except (ProcessLookupError, PermissionError):  # all gone; macOS says the latter of a group of zombies
        pass


def _is_written(path: Path) -> bool:
    """Whether a PNG is there to its end. A FIFO or device, whose reading may never end, is no written PNG."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return False
            file.seek(-min(len(PNG_END), status.st_size), os.SEEK_END)
            return file.read() == PNG_END
    except OSError:
        return False


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _last_words(log: Path) -> str:
    try:
        text = log.read_text("utf-8", errors="replace").rpartition("\n$ ")[2].strip()
    except OSError:
        return ""
    return f"The end of what it said (all of it: {log}):\n{text[-TAIL:]}"
