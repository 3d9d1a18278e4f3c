"""Names of runs and folders of a suite."""

from collections.abc import Iterable
from pathlib import Path

from benchmark.core.files import read_object
from benchmark.suites.steps import Step
from benchmark.suites.suite import Suite


def training_run(name: str, seed: int) -> str:
    """The name of the run of a training with a seed."""
    return name if seed == 0 else f"{name}-seed{seed}"


def dataset_folder(suite: Suite, name: str, folder: Path) -> Path:
    """The folder of a dataset of the suite."""
    path = suite.datasets[name].path
    return folder / name if path is None else Path(path).expanduser()


def run_folders(steps: Iterable[Step]) -> list[Path]:
    """The run folders of the trainings and evaluations of a suite, each once."""
    return list(
        dict.fromkeys(path.parent for step in steps if step.command in ("train", "eval") for path in step.results)
    )


def recorded_runs(folder: Path) -> frozenset[Path] | None:
    """The run folders that `suite.json` lists; None without this file, or from versions that listed none."""
    path = folder / "suite.json"
    listed = read_object(path).get("runs") if path.exists() else None
    return None if listed is None else frozenset(folder / each for each in listed)
