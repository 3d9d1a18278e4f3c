"""Measure the speed of the trainings of a suite by a few real steps on the device."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_json
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.data.shapes import write_dataset
from benchmark.evaluation.cost import device_name
from benchmark.methods.interface import Method, get_method
from benchmark.suites.estimate import Speeds
from benchmark.suites.steps import Step

STEPS = 4  # of each phase; the first one is not timed
SMALL = 2  # most images of a step on the CPU
SAMPLES = 64  # of the dataset, so that a step on a GPU has its whole batch


def calibrate(steps: Sequence[Step], folder: Path, device: str, say: Callable[[str], None]) -> Speeds:
    """Train a few steps of each training of the suite; returns the speeds and writes them to `calibration.json`.

    Steps have the networks, losses and precision of the suite, on drawn shapes. On a CPU they have at most two images.
    A training that cannot run, such as one whose weight file is missing, is left out with a message.
    """
    trainings = {step.part: step for step in steps if step.command == "train"}
    found: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as home:
        data = write_dataset(Path(home, "shapes"), train=SAMPLES, test=2)
        for number, (name, step) in enumerate(trainings.items()):
            say(f"calibrating {name} on {device}")
            try:
                speeds = measure(step, data, Path(home, str(number)), device)
            except AnibenchError as error:
                say(f"{name} is not calibrated: {error}")
                continue
            found[name] = speeds
            say(", ".join(f"{phase}: {speed / 1e12:.3g} TFLOP/s" for phase, speed in speeds.items()))
    speeds_of_device = Speeds(device=device_name(device), trainings=found)
    write_json(folder / "calibration.json", speeds_of_device.model_dump(mode="json"))
    return speeds_of_device


def measure(step: Step, data: Dataset, folder: Path, device: str) -> dict[str, float]:
    """FLOP/s of each phase of a training, from real steps; empty for a method that has no `trial`."""
    from benchmark.training.records import MetricsLog

    method = get_method(step.method)
    if method.train is None or method.cost is None or step.config is None or not hasattr(method.module, "trial"):
        return {}
    config = _trial(method, step.config, SMALL if device == "cpu" else SAMPLES)
    method.train(config, data, Run(folder, device))
    cost = method.cost(config, len(data.ids("train")))
    rows = MetricsLog(folder / "metrics.jsonl").rows()
    return {name: phase.flops / _seconds_per_step(rows, name) for name, phase in cost.phases.items()}


def _trial(method: Method, config: Config, batch: int) -> Config:
    """The configuration of the timed steps: every step is logged, and nothing else is written."""
    short: Any = method.module.trial(config, STEPS, batch)
    quiet = {"log_every": 1, "samples_every": 0, "checkpoint_every": 0, "validation_samples": 0, "state_every": 1000}
    changed: Config = short.model_copy(update={"runtime": short.runtime.model_copy(update=quiet)})
    return changed


def _seconds_per_step(rows: Sequence[dict[str, Any]], phase: str) -> float:
    """Mean over all but the first step of a phase, which compiles and allocates."""
    times = [row["seconds"] for row in rows if row["phase"] == phase and "loss" in row]
    return float(max(times[-1] - times[0], 1e-3) / (len(times) - 1))
