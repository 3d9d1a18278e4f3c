"""The state of each step of a suite, for `anibench status`."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmark.core.files import is_locked
from benchmark.core.progress import format_seconds
from benchmark.suites.jobs import last_process
from benchmark.suites.plan import Planned, plan_steps
from benchmark.suites.records import StepRecord, log_path, other_settings, progress_of, read_step
from benchmark.suites.steps import Step


class StepState(NamedTuple):
    """One row: the step, its state, and a detail such as the progress, the time or the error."""

    step: str
    state: str  # waiting, running, done, failed, interrupted
    detail: str


def step_states(steps: Sequence[Step], folder: Path) -> list[StepState]:
    """The state of every step of the suite in `folder`."""
    alive = is_locked(folder)
    return [_state(planned, folder, alive) for planned in plan_steps(steps, folder)]


def _state(planned: Planned, folder: Path, alive: bool) -> StepState:
    name, record = planned.step.name, read_step(folder, planned.step.name)
    if planned.state == "done" and record is not None:
        return StepState(name, "done", format_seconds(record.seconds))
    if record is not None and record.status == "done" and (lacks := _lost(planned.step, record, folder)):
        return StepState(
            name, "done", f"{format_seconds(record.seconds)}, without {lacks} of {len(planned.step.needs)} results"
        )
    if record is None or record.status == "done":
        return StepState(name, "waiting", planned.why or _needs(planned.step))
    if record.status == "running" and (alive or _has_process(name, folder)):
        return StepState(name, "running", progress_of(log_path(folder, name)) or record.command)
    if record.status == "failed":
        return StepState(name, "failed", f"{record.error}; log: {log_path(folder, name)}")
    return StepState(name, "interrupted", progress_of(log_path(folder, name)))


def _has_process(step: str, folder: Path) -> bool:
    """Whether a step that was started alone, as Slurm does, still runs. On another machine it counts as running."""
    process = last_process(step, folder)
    return process is not None and (not process.is_local or process.runs)


def _lost(step: Step, record: StepRecord, folder: Path) -> int:
    """The number of failed steps without whose results this one ran; 0 where it is to run again for another reason."""
    lost = [need for need in step.needs if need not in record.inputs]
    found = [read_step(folder, need) for need in lost]
    return 0 if other_settings(record, step) or any(each and each.status == "done" for each in found) else len(lost)


def _needs(step: Step) -> str:
    return f"needs {', '.join(step.needs)}" if step.needs else ""
