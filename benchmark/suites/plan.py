"""The state of each step of a suite: done or to run, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.core.markup import in_words
from benchmark.suites.records import StepRecord, differences, other_settings, read_step, result_fingerprint
from benchmark.suites.steps import Step

State = Literal["done", "to do", "again", "to continue"]


@dataclass(frozen=True)
class Planned:
    """A step with its state, and the reason where it has to run again."""

    step: Step
    state: State
    why: str = ""


def plan_steps(steps: Sequence[Step], folder: Path) -> list[Planned]:
    """The state of each step of the suite in `folder`, as far as it is known before the others have run."""
    found: list[Planned] = []
    results: dict[str, str] = {}  # of the steps that are done
    for step in steps:
        record = read_step(folder, step.name)
        open_needs = [need for need in step.needs if need not in results]
        inputs = {need: results[need] for need in step.needs if need in results}
        if not open_needs:
            planned = judge(step, record, inputs)
        elif record is None or record.status != "done":
            planned = Planned(step, "to do" if record is None else "to continue")
        else:
            planned = Planned(step, "again", f"if the result of {in_words(open_needs)} changes")
            own = other_settings(record, step)
            planned = Planned(step, "again", "; ".join(own)) if own else planned
        found.append(planned)
        if planned.state == "done" and record is not None and record.result is not None:
            results[step.name] = record.result
    return found


def judge(step: Step, record: StepRecord | None, inputs: Mapping[str, str]) -> Planned:
    """The state of a step whose needs have the results `inputs`."""
    if record is None:
        return Planned(step, "to do")
    changed = differences(record, step, inputs)
    if record.status != "done":
        return Planned(step, "again" if changed else "to continue", "; ".join(changed))
    if changed:
        return Planned(step, "again", "; ".join(changed))
    if record.result is None or result_fingerprint(step) != record.result:
        return Planned(step, "again", "its results were changed or removed")
    return Planned(step, "done")
