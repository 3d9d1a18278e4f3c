"""Run the steps of a suite: independent steps in parallel, one on each device; finished steps are kept."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field

from benchmark.core.config import Config, validated
from benchmark.core.device import available_cores
from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock, read_json, write_json
from benchmark.core.markup import in_words
from benchmark.core.terminal import Say
from benchmark.suites.jobs import Job, begin, is_finished, prepare, shown_command, start
from benchmark.suites.names import run_folders
from benchmark.suites.plan import Planned, judge, plan_steps
from benchmark.suites.records import read_step, result_fingerprint, write_step
from benchmark.suites.steps import Step
from benchmark.suites.suite import Suite

POLL = 0.1  # seconds between checks of the running steps


class SuiteRecord(Config):
    """`suite.json`: the suite of a folder, as it was run last."""

    name: str
    suite: Suite
    runs: tuple[str, ...] | None = Field(default=None, description="Run folders of its trainings and evaluations.")


def read_suite(folder: Path) -> SuiteRecord:
    """The suite that was run in `folder`; raises AnibenchError where there is none."""
    path = folder / "suite.json"
    if not path.exists():
        raise AnibenchError(f"{folder} holds no suite; run one with: anibench run SUITE --out {folder}")
    return validated(SuiteRecord, read_json(path), f"{path} is not the record of a suite")


@contextmanager
def suite_folder(name: str, suite: Suite, steps: Sequence[Step], folder: Path) -> Iterator[None]:
    """Lock the folder of a suite and write `suite.json`. Raises AnibenchError where it holds another suite."""
    with folder_lock(folder):
        if (folder / "suite.json").exists() and (before := read_suite(folder).name) != name:
            raise AnibenchError(f"{folder} holds the suite {before}; choose another --out for {name}")
        runs = tuple(str(path.relative_to(folder)) for path in run_folders(steps))
        write_json(folder / "suite.json", SuiteRecord(name=name, suite=suite, runs=runs).model_dump(mode="json"))
        yield


class Runner:
    """The steps of one suite while they run: their results, their failures, and the free devices."""

    def __init__(self, steps: Sequence[Step], folder: Path, devices: Sequence[str], say: Say) -> None:
        """`devices` are names of torch; an empty name lets each command choose.

        Raises AnibenchError for a step that needs more devices than there are.
        """
        self.folder, self.say = folder, say
        self.waiting, self.free, self.devices = list(steps), list(devices), tuple(devices)
        self.jobs: list[Job] = []
        self.planned: dict[str, Planned] = {}  # of the steps whose needs are decided
        self.results: dict[str, str] = {}  # of the steps that are done
        self.failed: dict[str, str] = {}  # step -> reason
        for step in steps:
            if step.devices > len(devices):
                raise AnibenchError(
                    f"{step.name} needs {step.devices} devices; name them, such as --devices "
                    f"{','.join(f'cuda:{number}' for number in range(step.devices))}"
                )

    def run(self) -> dict[str, str]:
        """Run every step that is not done; returns the steps that failed or could not run, with the reason.

        Ctrl-C and SIGTERM are passed on to the running steps, which save their states.
        """
        try:
            while self.waiting or self.jobs:
                if not (self._settle() or self._collect()):
                    time.sleep(POLL)
        except BaseException:
            for job in self.jobs:
                job.interrupt()
            for job in self.jobs:
                job.record_interruption()
            raise
        return self.failed

    def _settle(self) -> bool:
        """Skip, keep or start the waiting steps that can be decided now; whether one was."""
        moved = False
        for step in list(self.waiting):
            lost = [need for need in step.needs if need in self.failed]
            if any(need not in self.failed and need not in self.results for need in step.needs):
                continue
            if lost and not (step.tolerant and len(lost) < len(step.needs)):
                self._lose(step, f"not run: it needs {in_words(lost)}")
            elif (planned := self._planned(step)).state != "done":
                if len(self.free) < max(1, step.devices):
                    continue
                self._start(planned)
            self.waiting.remove(step)
            moved = True
        return moved

    def _inputs(self, step: Step) -> dict[str, str]:
        return {need: self.results[need] for need in step.needs if need in self.results}

    def _planned(self, step: Step) -> Planned:
        """The state of a step whose needs are decided, judged once; results of a step that is done count from then."""
        if step.name not in self.planned:
            self.planned[step.name] = self._judge(step)
        return self.planned[step.name]

    def _judge(self, step: Step) -> Planned:
        inputs, record = self._inputs(step), read_step(self.folder, step.name)
        planned = judge(step, record, inputs)
        if planned.state == "done" and record is not None and record.result is not None:
            self.results[step.name] = record.result
            self.say(f"{step.name}: done")
        elif is_finished(step, inputs):
            result = result_fingerprint(step)
            assert result is not None
            found = begin(step, [], inputs, self.folder)
            write_step(self.folder, step.name, found.model_copy(update={"status": "done", "result": result}))
            self.results[step.name] = result
            self.say(f"{step.name}: already finished")
            return Planned(step, "done")
        return planned

    def _start(self, planned: Planned) -> None:
        step, inputs = planned.step, self._inputs(planned.step)
        try:
            ready, told = prepare(step, inputs, self.folder)
        except AnibenchError as error:
            self._lose(step, str(error))
            return
        if planned.state == "again":
            self.say(f"{step.name}: runs again, because {planned.why}")
        for line in told:
            self.say(f"{step.name}: {line}")
        devices, self.free = self.free[: max(1, step.devices)], self.free[max(1, step.devices) :]
        self.say(f"\n$ {shown_command(ready, devices)}")
        self.jobs.append(start(ready, devices, inputs, self.folder, self._threads()))

    def _threads(self) -> int | None:
        """Threads of each of several steps on the CPU; None: as many as the command takes."""
        share = self.devices.count("cpu")
        return max(1, available_cores() // share) if share > 1 else None

    def _collect(self) -> bool:
        """Forward the output of the running steps, and record those that have ended; whether one has."""
        for job in list(self.jobs):
            ended = job.process.poll() is not None
            self._forward(job)
            if ended:
                self.jobs.remove(job)
                self.free += job.devices
                record = job.finish()
                if record.result is not None:
                    self.results[job.step.name] = record.result
                else:
                    self._lose(job.step, record.error or "")
                return True
        return False

    def _forward(self, job: Job) -> None:
        prefix = f"[{job.step.name}] " if len(self.devices) > 1 else ""
        for line in job.new_output().splitlines():
            self.say(prefix + line)

    def _lose(self, step: Step, reason: str) -> None:
        self.failed[step.name] = reason
        self.say(f"{step.name}: {reason}")


def run_suite(name: str, suite: Suite, steps: Sequence[Step], folder: Path, devices: Sequence[str], say: Say) -> None:
    """Run a suite in `folder`; raises AnibenchError that lists the steps that failed."""
    with suite_folder(name, suite, steps, folder):
        (folder / "steps").mkdir(exist_ok=True)
        failed = Runner(steps, folder, devices, say).run()
    if failed:
        raise AnibenchError(failure_text(failed, folder))


def run_step(name: str, steps: Sequence[Step], folder: Path, devices: Sequence[str], say: Say) -> None:
    """Run one step as `step_failure` does; raises AnibenchError where it fails or cannot run."""
    reason = step_failure(name, steps, folder, devices, say)
    if reason is not None:
        raise AnibenchError(failure_text({name: reason}, folder))


def step_failure(name: str, steps: Sequence[Step], folder: Path, devices: Sequence[str], say: Say) -> str | None:
    """Run one step, whose needs other processes have finished; the reason where it fails or cannot run.

    Several processes can run different steps of a suite at the same time. Raises AnibenchError for an unknown step.
    """
    step = next((each for each in steps if each.name == name), None)
    if step is None:
        raise AnibenchError(f"the suite has no step {name}; its steps are: {', '.join(each.name for each in steps)}")
    (folder / "steps").mkdir(parents=True, exist_ok=True)
    runner = Runner([step], folder, devices, say)
    for planned in plan_steps(steps, folder):
        record = read_step(folder, planned.step.name)
        if planned.state == "done" and record is not None and record.result is not None:
            runner.results[planned.step.name] = record.result
        elif planned.step.name in step.needs:
            runner.failed[planned.step.name] = "not done"
    return runner.run().get(name)


def failure_text(failed: Mapping[str, str], folder: Path) -> str:
    """The steps that failed with their reasons, and where to look."""
    lines = [f"{name}: {reason}" for name, reason in failed.items()]
    many = "1 step is" if len(failed) == 1 else f"{len(failed)} steps are"
    return "\n".join([f"{many} not done; logs: {folder / 'steps'}", *lines])
