"""One running step: its process, its log, its record."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmark.core.errors import AnibenchError
from benchmark.core.hints import command_line, continue_command
from benchmark.suites.records import (
    StepRecord,
    last_lines,
    log_path,
    read_step,
    result_fingerprint,
    trained_otherwise,
    write_step,
)
from benchmark.suites.steps import Step

PATIENCE = 120.0  # seconds that an interrupted step has to save its state
LEFT_BEHIND = 120.0  # seconds until the process of a killed suite has ended


@dataclass
class Job:
    """A step that runs."""

    step: Step
    folder: Path  # of the suite
    devices: tuple[str, ...]
    record: StepRecord
    process: "subprocess.Popen[bytes]"
    began: float
    shown: int = 0  # bytes of the log that were forwarded

    def new_output(self) -> str:
        """The whole lines of the log since the last call; at the end of the step, all that is left."""
        with log_path(self.folder, self.step.name).open("rb") as file:
            file.seek(self.shown)
            content = file.read()
        if self.process.poll() is None:
            content = content[: content.rfind(b"\n") + 1]
        self.shown += len(content)
        return content.decode("utf-8", "replace")

    def finish(self) -> StepRecord:
        """Record the outcome of the ended process."""
        code = self.process.wait()
        seconds = time.monotonic() - self.began
        result = result_fingerprint(self.step) if code == 0 else None
        error = None if result is not None else _error(self.step, self.folder, code)
        status = {"status": "done" if error is None else "failed", "error": error, "result": result}
        self.record = self.record.model_copy(update={**status, "seconds": self.record.seconds + seconds})
        write_step(self.folder, self.step.name, self.record)
        return self.record

    def interrupt(self) -> None:
        """Ask the step to save its state and to end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def record_interruption(self) -> None:
        """Wait for the end of an interrupted step, and record it."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        seconds = self.record.seconds + time.monotonic() - self.began
        update = {"status": "interrupted", "seconds": seconds}
        write_step(self.folder, self.step.name, self.record.model_copy(update=update))


def prepare(step: Step, inputs: Mapping[str, str], folder: Path) -> tuple[Step, list[str]]:
    """Make room for the step: move a run or dataset of other settings away, and continue one of these settings.

    Returns the step, with --resume where a training is continued, and what was done, in words.
    """
    _await_end(step, folder)
    if step.folder is None or not step.folder.exists():
        return step, []
    if step.command == "train":
        dataset = next(value for need, value in inputs.items() if need.startswith("verify."))
        if not (step.folder / "run.json").exists():
            return step, []
        if not trained_otherwise(step, dataset):
            return replace(step, arguments=(*step.arguments, "--resume")), []
    else:
        record = read_step(folder, step.name)
        if record is None or (record.settings == step.settings and record.inputs == dict(inputs)):
            return step, []
    place = folder / "replaced" / f"{step.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    place.parent.mkdir(parents=True, exist_ok=True)
    step.folder.rename(place)
    return step, [f"the earlier {step.folder} was moved to {place}; remove it when you no longer need it"]


def is_finished(step: Step, inputs: Mapping[str, str]) -> bool:
    """Whether the folder of a training holds the finished run of these settings and data."""
    if step.command != "train" or result_fingerprint(step) is None:
        return False
    return not trained_otherwise(step, next(value for need, value in inputs.items() if need.startswith("verify.")))


def begin(step: Step, devices: Sequence[str], inputs: Mapping[str, str], folder: Path) -> StepRecord:
    """Write and return the record of a step that starts now. `seconds` continues where its settings are the same."""
    before = read_step(folder, step.name)
    same = before is not None and before.status != "done" and before.settings == step.settings
    record = StepRecord(
        status="running",
        command=shown_command(step, devices),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=before.seconds if before is not None and same else 0.0,
        device=" ".join(devices),
        settings=dict(step.settings),
        inputs=dict(inputs),
    )
    write_step(folder, step.name, record)
    return record


def start(step: Step, devices: Sequence[str], inputs: Mapping[str, str], folder: Path, threads: int | None) -> Job:
    """Start the process of a step; its output goes to its log."""
    record = begin(step, devices, inputs, folder)
    environment = dict(os.environ)
    if threads is not None:
        environment |= {"OMP_NUM_THREADS": str(threads)}
    if len(devices) > 1:
        environment |= {"CUDA_VISIBLE_DEVICES": ",".join(device.partition(":")[2] for device in devices)}
    with log_path(folder, step.name).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *_program(devices), step.command, *_arguments(step, devices)],
            stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True,
        )  # fmt: skip
    _pid_path(folder, step.name).write_text(f"{process.pid} {platform.node()}", "utf-8")
    return Job(step, folder, tuple(devices), record, process, time.monotonic())


def shown_command(step: Step, devices: Sequence[str]) -> str:
    """The command line of a step, for people."""
    return command_line([step.command, *_arguments(step, devices)], max(1, len(devices)))


def _arguments(step: Step, devices: Sequence[str]) -> list[str]:
    if not step.devices or list(devices) == [""]:
        return [*step.arguments]
    return [*step.arguments, "--device", devices[0] if len(devices) == 1 else devices[0].partition(":")[0]]


def _program(devices: Sequence[str]) -> list[str]:
    if len(devices) <= 1:
        return ["-m", "benchmark.suites.worker"]
    return ["-m", "torch.distributed.run", "--nproc-per-node", str(len(devices)), "-m", "anibench"]


def _error(step: Step, folder: Path, code: int) -> str:
    """The reason of a failure, in one line."""
    if code < 0:
        return f"its process was ended by signal {-code}"
    lines = last_lines(log_path(folder, step.name))
    if code == 0:
        return f"it ended without writing {', '.join(map(str, step.results))}"
    return lines[-1] if lines else f"it ended with the exit code {code}"


def _pid_path(folder: Path, step: str) -> Path:
    return folder / "steps" / f"{step}.pid"


class Process(NamedTuple):
    """The process of a step and the name of its machine."""

    pid: int
    machine: str

    @property
    def is_local(self) -> bool:
        return self.machine in ("", platform.node())

    @property
    def runs(self) -> bool:
        """Whether a process of this machine exists and is not one that has ended and is not yet removed."""
        try:
            os.kill(self.pid, 0)
            status = Path(f"/proc/{self.pid}/stat")
            return not status.exists() or status.read_text("utf-8").rpartition(") ")[2][:1] != "Z"
        except OSError:
            return False


def last_process(step: str, folder: Path) -> Process | None:
    """The last process that was started for a step."""
    path = _pid_path(folder, step)
    if not path.exists():
        return None
    number, _, machine = path.read_text("utf-8").partition(" ")
    return Process(int(number), machine)


def _await_end(step: Step, folder: Path) -> None:
    """Wait for the end of a process whose suite was killed; it ends by itself within seconds.

    A process on another machine is not waited for.
    """
    process, record = last_process(step.name, folder), read_step(folder, step.name)
    if process is None:
        return
    limit = time.monotonic() + LEFT_BEHIND
    while record is not None and record.status == "running" and process.is_local and process.runs:
        if time.monotonic() > limit:
            command = continue_command(record.command, step.command)
            raise AnibenchError(f"{step.name} still runs in process {process.pid} ({command}); wait for it or end it")
        time.sleep(0.2)
    _pid_path(folder, step.name).unlink(missing_ok=True)
