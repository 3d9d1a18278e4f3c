"""Names of runs and folders of a suite, and the check of the folders that it is given."""

from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.hints import command_line
from benchmark.suites.suite import Suite


def training_run(name: str, seed: int) -> str:
    """The name of the run of a training with a seed."""
    return name if seed == 0 else f"{name}-seed{seed}"


def dataset_folder(suite: Suite, name: str, folder: Path) -> Path:
    """The folder of a dataset of the suite."""
    path = suite.datasets[name].path
    return folder / name if path is None else Path(path).expanduser()


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
