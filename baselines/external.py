"""The method `external`: another program, run in its own environment; docs/methods.md describes its TOML file.

`anibench eval external:FILE.toml` writes lines and references to files, runs the program without a shell and with a
timeout, and reads its PNGs. The program ends with the command.
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

EXTERNAL = True
NEEDS = "a TOML file that describes the program: external:FILE.toml"
PLACES = {
    "batch": {"lines", "references", "out", "pairs", "device"},
    "image": {"line", "reference", "out", "seed", "device"},
}
LOG = "program.log"  # output of the program, in the run's folder
WORK = "program"  # subfolder of the run's folder for the program's input and output files
TAIL = 2000  # characters of the log that an error shows
POLL = 0.2  # seconds between checks of a running program
GRACE = 5.0  # seconds between SIGTERM and SIGKILL
PNG_END = b"IEND\xaeB`\x82"


class Config(BaseConfig):
    """The description of an external program."""

    name: str = Field("external", min_length=1, description="Name of the row and of the result folder.")
    command: tuple[str, ...] = Field(
        (), description="Program and arguments, one string each, with {lines}, {references}, {out}, {pairs}, {device}; "
        "in mode image {line}, {reference}, {out}, {seed}, {device}."
    )  # fmt: skip
    mode: Literal["batch", "image"] = Field("batch", description="batch: one call for all pictures; image: one each.")
    folder: Path = Field(Path(), description="Working directory of the program; relative to the TOML file.")
    environment: dict[str, str] = Field(default_factory=dict, description="Additional environment variables.")
    timeout: float = Field(3600, gt=0, description="Time limit of one call in seconds.")

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        places = [place for part in self.command for _, place, _, _ in string.Formatter().parse(part)]
        named = {place for place in places if place is not None}
        known = PLACES[self.mode]
        if named - known:
            unknown = ", ".join(f"{{{place}}}" for place in sorted(named - known))
            raise ValueError(
                f"command: {unknown} is not a placeholder of mode {self.mode} ({', '.join(sorted(known))}); "
                "write {{ and }} for braces"
            )
        if self.command and not {"out", "pairs"} & named:
            raise ValueError("command: must contain {out} or {pairs}: the paths of the pictures to write")
        return self


def read_config(file: Path) -> Config:
    """Read and check the TOML file of a program. Raises AnibenchError that names the wrong setting."""
    config = load_config(Config, file=file)
    if not config.command:
        raise AnibenchError(f'{file} has no command; add: command = ["program", "--out", "{{out}}", ...]')
    folder = (file.parent / config.folder).resolve()
    if not folder.is_dir():
        raise AnibenchError(f"{file}: the working directory {folder} does not exist; correct the setting folder")
    return config.model_copy(update={"folder": folder})


def load(checkpoint: Path | None, device: str, config: Config | None = None) -> "Program":
    """The program of `config`; `device` fills the placeholder {device}. Raises AnibenchError without a command."""
    if config is None or not config.command:
        raise AnibenchError(f"external needs {NEEDS}")
    return Program(config, device)


class Program:
    """The colorizer of an external program."""

    def __init__(self, config: Config, device: str) -> None:
        self.config, self.device = config, device

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the score card."""
        return (
            f"made by an external program: {shlex.join(self.config.command)}",
            "seconds per image include the program's start; whether equal seeds give equal pictures was not checked",
        )

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; runs the program once (mode batch) or once per picture."""
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
        """As `benchmark.methods.interface.WholeColorizer`; pictures are read while the program runs.

        The output of the program is in `folder / "program.log"`. Raises AnibenchError with its end when the program
        fails, exceeds its timeout, or writes missing, additional or unsuitable pictures.
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
        """Run the program once for the numbered requests of `chunk`."""
        from benchmark.scoring.outputs import read_output  # imported here: it imports pandas

        rows, waiting = [], {}
        for number, request in chunk:
            rows.append(write_request(work, f"{number:06d}", request))
            waiting[f"{number:06d}.png"] = number, request.reference.shape
        write_csv(work / TABLE, COLUMNS, rows)
        names, out = set(waiting), work / OUTPUTS
        out.mkdir()

        def read_outputs() -> None:
            for name, (number, shape) in list(waiting.items()):
                if _is_written(out / name):
                    done(number, read_output(out / name, shape))
                    del waiting[name]

        places = self._places(work, rows[0], out)
        command = [part.format_map(places) for part in self.config.command]
        problem = _run_program(command, self.config, log, read_outputs)
        read_outputs()
        problem = problem or _wrong_outputs(out, names, list(waiting))
        if problem is not None:
            raise AnibenchError(f"{self.config.name} {problem}. {_end_of_log(log)}")

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


def _wrong_outputs(out: Path, names: set[str], waiting: Sequence[str]) -> str | None:
    """A description of the missing, damaged or unknown pictures in `out`, or None."""
    if waiting:
        how = "damaged" if (out / waiting[0]).exists() else "missing"
        return f"ended, but {len(waiting)} of {len(names)} pictures are missing or incomplete; {waiting[0]} is {how}"
    unknown = sorted({path.name for path in out.iterdir() if path.suffix == ".png"} - names)
    return f"wrote {len(unknown)} pictures that were not requested, such as {unknown[0]}" if unknown else None


def _run_program(command: Sequence[str], config: Config, log: Path, look: Callable[[], None]) -> str | None:
    """Run a program and call `look` while it runs; returns a description of its failure, or None.

    All processes that the program started are ended too.
    """
    limit = time.monotonic() + config.timeout
    try:
        with log.open("ab") as output, _started(command, config, output.fileno()) as process:
            output.write(f"$ {shlex.join(command)}\n".encode())
            output.flush()
            while process.poll() is None:
                if time.monotonic() > limit:
                    return f"exceeded its timeout of {config.timeout:g} s (setting timeout)"
                look()
                time.sleep(POLL)
    except OSError as error:
        return f"cannot be run in {config.folder}: {error}"
    return f"ended with exit code {process.returncode}" if process.returncode else None


@contextmanager
def _started(command: Sequence[str], config: Config, output: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the program in its own process group, which is ended when the context is left."""
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
    """Signal the program and all processes that it started; on Windows, only the program."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.terminate()
    except (ProcessLookupError, PermissionError):  # already ended; macOS raises PermissionError for zombies
        pass


def _is_written(path: Path) -> bool:
    """Whether `path` is a regular file that ends like a PNG. FIFOs and devices, which could block, are not read."""
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


def _end_of_log(log: Path) -> str:
    try:
        text = log.read_text("utf-8", errors="replace").rpartition("\n$ ")[2].strip()
    except OSError:
        return ""
    return f"End of its output (all of it is in {log}):\n{text[-TAIL:]}"
