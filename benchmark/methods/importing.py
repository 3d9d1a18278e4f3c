"""Import of another program's checkpoint as a training run, which `anibench eval` finds."""

from importlib.metadata import version
from pathlib import Path

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_file
from benchmark.core.runs import read_record, record_run
from benchmark.methods.checkpoints import CheckpointInfo, checkpoint_path, save_checkpoint
from benchmark.methods.interface import Method

KIND = "import-checkpoint"  # of the run
UNKNOWN = "unknown"


def import_run(method: Method, file: Path, config: Config, folder: Path) -> Path:
    """Write the weights in `file` as a checkpoint in the new run `folder`, and return the checkpoint's path.

    The training data of imported weights are recorded as unknown. Raises AnibenchError for a method without import, for
    a file that does not fit the method, and for a folder that holds another run than an unfinished import.
    """
    if method.import_checkpoint is None:
        raise AnibenchError(f"{method.name} cannot import checkpoints of another program")
    before = read_record(folder) if (folder / "run.json").exists() else None
    if before is not None and (before.kind != KIND or before.status == "done"):
        raise AnibenchError(f"{folder} already holds a run; choose another --name")
    tensors, found = method.import_checkpoint(file, config)
    name = f"{method.name}/{folder.name}"
    with record_run(folder, KIND, found, name=name, inputs={"file": sha256_file(file)}):
        info = CheckpointInfo(
            method=method.name,
            config=found.model_dump(mode="json"),
            phase="imported",
            step=0,
            images_seen=0,
            seconds=0,
            dataset=UNKNOWN,
            fingerprint=UNKNOWN,
            training_ids=(),
            anibench_version=version("anibench"),
        )
        path = checkpoint_path(folder / "checkpoints", info.phase, info.step)
        save_checkpoint(path, tensors, info)
    return path
