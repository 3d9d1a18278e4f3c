"""Names of runs and folders of a suite, and the check of the folders that it is given."""

from collections.abc import Iterable
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_object
from benchmark.core.hints import command_line
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


def require_datasets(suite: Suite) -> None:
    """Raise AnibenchError that names `datasets.NAME.path` where it is no folder of a finished dataset."""
    for name, part in suite.datasets.items():
        if part.path is None or (dataset_folder(suite, name, Path()) / "dataset.json").is_file():
            continue
        build = command_line(["build-dataset", part.source or "SOURCE", "--out", part.path], 1)
        raise AnibenchError(
            f"datasets.{name}.path = {part.path}: this folder holds no finished dataset; name another with "
            f"--set datasets.{name}.path=DIR, or build it with: {build}"
        )
