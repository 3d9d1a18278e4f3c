"""Names of runs and folders of a suite."""

from pathlib import Path

from benchmark.suites.suite import Suite


def training_run(name: str, seed: int) -> str:
    """The name of the run of a training with a seed."""
    return name if seed == 0 else f"{name}-seed{seed}"


def dataset_folder(suite: Suite, name: str, folder: Path) -> Path:
    """The folder of a dataset of the suite."""
    path = suite.datasets[name].path
    return folder / name if path is None else Path(path).expanduser()
