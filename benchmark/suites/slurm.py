"""A suite for a cluster with Slurm: job arrays of independent steps, and a script that submits them in order."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.core.files import write_text
from benchmark.suites.steps import Step


@dataclass(frozen=True)
class JobArray:
    """Steps that do not need each other and take the same devices."""

    steps: tuple[Step, ...]
    needs: tuple[int, ...]  # numbers of the arrays that hold what its steps need


def job_arrays(steps: Sequence[Step]) -> list[JobArray]:
    """The steps in arrays: by their depth in the order of the suite, and by their devices."""
    depth: dict[str, int] = {}
    for step in steps:
        depth[step.name] = 1 + max((depth[need] for need in step.needs), default=0)
    keys = sorted({(depth[step.name], step.devices) for step in steps})
    members = {key: tuple(step for step in steps if (depth[step.name], step.devices) == key) for key in keys}
    number = {step.name: index for index, key in enumerate(keys) for step in members[key]}
    return [
        JobArray(members[key], tuple(sorted({number[need] for step in members[key] for need in step.needs})))
        for key in keys
    ]


def write_slurm(steps: Sequence[Step], command: Sequence[str], folder: Path) -> Path:
    """Write one script for each array and `submit.sh` to `folder`/slurm; returns the path of `submit.sh`.

    `command` runs the suite; each job adds its step to it.
    """
    home, arrays = folder / "slurm", job_arrays(steps)
    for number, array in enumerate(arrays):
        write_text(home / f"array-{number}.sh", _array_script(array, number, command, folder))
    path = home / "submit.sh"
    write_text(path, _submit_script(arrays, home))
    path.chmod(0o755)
    return path


def _array_script(array: JobArray, number: int, command: Sequence[str], folder: Path) -> str:
    devices = array.steps[0].devices
    gpus = [f"#SBATCH --gres=gpu:{devices}"] if devices else []
    names = [f"    {shlex.quote(step.name)}" for step in array.steps]
    several = f" --devices {','.join(f'cuda:{index}' for index in range(devices))}" if devices > 1 else ""
    log = shlex.quote(str((folder / "slurm" / f"array-{number}-%a.log").resolve()))
    lines = [
        "#!/bin/bash",
        f"#SBATCH --job-name=anibench-{number}",
        f"#SBATCH --array=0-{len(array.steps) - 1}",
        f"#SBATCH --output={log}",
        *gpus,
        "set -euo pipefail",
        f"cd {shlex.quote(str(Path.cwd()))}",
        "steps=(",
        *names,
        ")",
        f'exec {shlex.join(command)}{several} --step "${{steps[$SLURM_ARRAY_TASK_ID]}}"',
    ]
    return "\n".join(lines) + "\n"


def _submit_script(arrays: Sequence[JobArray], home: Path) -> str:
    """Submits each array after those that it needs; a failed step fails only the jobs that need its result."""
    lines = ["#!/bin/bash", "# Options for all jobs: SBATCH_PARTITION, SBATCH_TIMELIMIT, ... or arguments.", "set -eu"]
    for number, array in enumerate(arrays):
        ids = ":".join(f"$job{need}" for need in array.needs)
        after = f'--dependency="afterany:{ids}" ' if ids else ""
        script = shlex.quote(str((home / f"array-{number}.sh").resolve()))
        lines.append(f'job{number}=$(sbatch --parsable {after}"$@" {script})')
        lines.append(f'echo "$job{number}: {", ".join(step.name for step in array.steps)}"')
    return "\n".join(lines) + "\n"
