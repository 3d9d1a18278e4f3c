"""The cost of the steps of a suite: time, device memory and disk, from counted FLOPs and the speed of the device.

The speed is measured by `benchmark.suites.calibrate`, or assumed.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmark.core.config import Config, validated
from benchmark.core.device import available_cores
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json
from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN, Dataset
from benchmark.methods.interface import get_method
from benchmark.suites.names import dataset_folder
from benchmark.suites.steps import Step
from benchmark.suites.suite import Suite

GPU_SPEEDS = {"float32": 54e12, "bf16": 250e12}  # FLOP/s; the paper's A100 by its 40 h for phase 1, and an H100
CORE_SPEED = 0.05e12  # FLOP/s of one CPU core
SCORING = 0.25  # seconds to score one picture
DRAWING = 0.25  # seconds to draw and build one picture
SAMPLE = 90_000  # bytes of a sample: picture and line
OUTPUT = 80_000  # bytes of a painted picture
SAMPLES = {None: 1.45, "pairs:": 2}  # of one drawing, else 1; a plain illustration has 1.45 faces on average
DRAWN = re.compile(r"drawn:(faces:|varied:|figures:|pairs:)?(\d+)(?:-(\d+))?$")


class Speeds(Config):
    """`calibration.json`: measured speeds of one device, in FLOP/s."""

    device: str
    trainings: dict[str, dict[str, float]]  # name of a training -> phase -> FLOP/s


class StepCost(NamedTuple):
    """The cost of a step; None where it is not known."""

    seconds: float | None = None
    memory: float | None = None  # bytes of device memory
    disk: float | None = None  # bytes
    measured: bool = False  # whether the time is from measured speeds


class Counts(NamedTuple):
    """Samples of a dataset."""

    train: int
    test: int


def read_speeds(folder: Path) -> Speeds | None:
    """The measured speeds of the suite in `folder`; None where none were measured."""
    path = folder / "calibration.json"
    problem = f"{path} is not a calibration of this anibench; remove it and run --calibrate again"
    return validated(Speeds, read_json(path), problem) if path.exists() else None


def step_cost(step: Step, counts: Counts, device: str, speeds: Speeds | None) -> StepCost:
    """The cost of a step whose dataset has `counts`, on `device` (`cpu`, `cuda` or `mps`)."""
    if step.command == "train":
        return _training_cost(step, counts, device, speeds)
    if step.command == "eval":
        return _evaluation_cost(step, counts, device)
    if step.command == "build-dataset":
        samples = counts.train + counts.test
        drawn = DRAWN.match(step.arguments[0])
        return StepCost(samples * DRAWING if drawn else None, None, samples * SAMPLE)
    return StepCost()


def _training_cost(step: Step, counts: Counts, device: str, speeds: Speeds | None) -> StepCost:
    method = get_method(step.method)
    if method.cost is None or step.config is None or not counts.train:
        return StepCost()
    cost = method.cost(step.config, counts.train)
    known = speeds.trainings.get(step.part, {}) if speeds else {}
    shared = {"phase1"} if "--phase1" in step.arguments else set()
    phases = {name: phase for name, phase in cost.phases.items() if name not in shared}
    speed = assumed_speed(device, step.config)
    seconds = sum(phase.steps * phase.flops / known.get(name, speed) for name, phase in phases.items())
    memory = max((phase.memory for phase in phases.values()), default=None)
    return StepCost(seconds / max(1, step.devices), memory, cost.folder, set(phases) <= set(known))


def _evaluation_cost(step: Step, counts: Counts, device: str) -> StepCost:
    pictures = counts.test * step.pictures
    painting = 0.0
    if step.config is not None and (cost := get_method(step.method).cost) is not None:
        painting = cost(step.config, max(1, counts.train)).painting / assumed_speed(device, step.config)
    return StepCost(pictures * (painting + SCORING), None, pictures * OUTPUT)


def assumed_speed(device: str, config: Config) -> float:
    """FLOP/s of a device that was not measured."""
    if device.partition(":")[0] != "cuda":
        return CORE_SPEED * available_cores()
    precision = getattr(getattr(config, "runtime", None), "precision", "float32")
    return GPU_SPEEDS[precision]


def sample_counts(suite: Suite, name: str, folder: Path) -> tuple[Counts, str]:
    """The samples of a dataset of the suite, and where the numbers come from."""
    home = dataset_folder(suite, name, folder)
    try:
        data = Dataset.open(home)
        return Counts(len(data.ids("train")), len(data.ids("test"))), str(home)
    except AnibenchError:
        part = suite.datasets[name]
    drawn = DRAWN.match(part.source or "")
    if drawn is None or part.path is not None:
        return Counts(PAPER_TRAIN, PAPER_TEST), f"the paper's numbers; {home} holds no dataset yet"
    kind, first, last = drawn.groups()
    drawings = int(last) - int(first) + 1 if last else int(first)
    total = round(drawings * SAMPLES.get(kind, 1))
    test = part.test or round(total * PAPER_TEST / (PAPER_TRAIN + PAPER_TEST))
    if part.train is None and test >= total:
        return Counts(0, total), f"{part.source}; the test split takes all, so nothing is left to train on"
    return Counts(part.train or total - test, test), str(part.source)


def total(costs: Iterable[StepCost]) -> StepCost:
    """Time and disk of all steps, one after another, and the largest memory."""
    listed = list(costs)
    timed = [cost for cost in listed if cost.seconds is not None]
    return StepCost(
        sum(cost.seconds or 0.0 for cost in timed),
        max((cost.memory for cost in listed if cost.memory is not None), default=None),
        sum(cost.disk or 0.0 for cost in listed),
        bool(timed) and all(cost.measured for cost in timed),
    )


def suite_costs(
    steps: Iterable[Step], suite: Suite, folder: Path, device: str
) -> tuple[dict[str, StepCost], Mapping[str, str]]:
    """Step -> cost, and dataset -> where the numbers of its samples come from."""
    found = {name: sample_counts(suite, name, folder) for name in suite.datasets}
    speeds = read_speeds(folder)
    costs: dict[str, StepCost] = {}
    for step in steps:
        data = _dataset_name(step, suite)
        costs[step.name] = step_cost(step, found[data][0], device, speeds) if data else StepCost()
    return costs, {
        name: f"{counts.train:,} train, {counts.test:,} test ({source})" for name, (counts, source) in found.items()
    }


def _dataset_name(step: Step, suite: Suite) -> str | None:
    """The dataset that a step reads or builds."""
    if step.command == "train":
        return suite.dataset_of(suite.trainings[step.part])
    return step.part or None
