"""Training states for --resume: weights, average and optimisers in one safetensors file.

A state is written atomically, and older states are removed afterwards, so a killed process leaves an intact state.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from benchmark.core.config import Config, flat
from benchmark.core.errors import AnibenchError
from benchmark.methods.checkpoints import checkpoint_path, load_tensors, read_header, read_info, save_tensors
from benchmark.training.config import FREE_KEYS

KEEP = 2


class Counters(Config):
    """Progress of a run."""

    step: int = 0  # optimiser steps of this phase
    images_seen: int = 0  # over all phases
    seconds: float = 0.0  # of training, over all phases and attempts


class RunIdentity(Config):
    """The method, configuration and dataset, which must be equal in a state and in the run that resumes from it."""

    method: str
    config: dict[str, Any]
    fingerprint: str
    defaults: dict[str, Any] = Field(default={}, exclude=True)  # for settings that files of earlier versions lack


def run_identity(method: str, config: Config, fingerprint: str) -> RunIdentity:
    """The identity of a run of `method` with `config` on the dataset of that fingerprint."""
    settings, defaults = (part.model_dump(mode="json") for part in (config, type(config)()))
    return RunIdentity(method=method, config=settings, fingerprint=fingerprint, defaults=defaults)


def save_state(
    folder: Path,
    phase: str,
    counters: Counters,
    identity: RunIdentity,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
) -> None:
    """Write a state, and remove all but the newest `KEEP` states of its phase.

    Raises AnibenchError when the disk is too small or a tensor holds NaN or infinity; earlier states are kept then.
    """
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        tensors |= {f"module.{name}.{key}": value for key, value in module.state_dict().items()}
    for name, optimizer in optimizers.items():
        for index, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{name}.{index}.{key}": torch.as_tensor(v) for key, v in moments.items()}
    header = {"counters": counters.model_dump(mode="json"), "identity": identity.model_dump(mode="json")}
    save_tensors(checkpoint_path(folder, phase, counters.step), tensors, header)
    prune(folder, phase, KEEP)


def restore_state(
    folder: Path,
    phase: str,
    identity: RunIdentity,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
) -> Counters | None:
    """Load modules and optimisers from the newest intact state of `phase`; returns None if there is no state.

    Warns of damaged states. Raises AnibenchError when the state belongs to another configuration or dataset.
    """
    for path in reversed(phase_files(folder, phase)):
        try:
            header = read_header(path)
            tensors = load_tensors(path)
        except AnibenchError as error:
            warnings.warn(f"{error}. Training resumes from the previous state", stacklevel=2)
            continue
        check_identity(path, RunIdentity.model_validate(header["identity"]), identity)
        for name, module in modules.items():
            module.load_state_dict(_under(tensors, f"module.{name}."))
        for name, optimizer in optimizers.items():
            _fill_optimizer(optimizer, _under(tensors, f"optimizer.{name}."))
        return Counters.model_validate(header["counters"])
    return None


def check_run(folder: Path, identity: RunIdentity) -> None:
    """Raise AnibenchError that names the difference if a checkpoint or state in `folder` belongs to another run."""
    for path in (folder / "checkpoints").glob("*.safetensors"):
        try:
            info = read_info(path)
        except AnibenchError:
            continue  # a damaged checkpoint is not needed: training resumes from a state
        stored = RunIdentity(method=info.method, config=info.config, fingerprint=info.fingerprint)
        check_identity(path, stored, identity)
    for path in (folder / "state").glob("*.safetensors"):
        try:
            header = read_header(path)
        except AnibenchError:
            continue  # `restore_state` skips a damaged state
        check_identity(path, RunIdentity.model_validate(header["identity"]), identity)


def check_identity(path: Path, stored: RunIdentity, wanted: RunIdentity) -> None:
    """Raise AnibenchError that names the difference if the file at `path` belongs to another run."""
    if stored.method != wanted.method or stored.fingerprint != wanted.fingerprint:
        raise AnibenchError(f"{path} belongs to another method or dataset; choose another --name")
    before, now = flat(wanted.defaults) | flat(stored.config), flat(wanted.config)
    changed = [key for key in sorted(before.keys() | now.keys()) if before.get(key) != now.get(key)]
    changed = [key for key in changed if not FREE_KEYS.match(key)]
    if changed:
        detail = ", ".join(f"{key} was {before.get(key)}, is {now.get(key)}" for key in changed)
        raise AnibenchError(
            f"{path} was made with other settings ({detail}); use these settings or choose another --name"
        )


def phase_files(folder: Path, phase: str) -> list[Path]:
    """States or checkpoints of a phase, oldest first."""
    return sorted(folder.glob(f"{phase}-step-*.safetensors"))


def prune(folder: Path, phase: str, keep: int) -> None:
    """Remove all but the newest `keep` files of a phase, and temporary files of killed processes."""
    files = phase_files(folder, phase)
    for path in files[: max(0, len(files) - keep)]:
        path.unlink(missing_ok=True)
    for path in folder.glob(f".{phase}-step-*.tmp"):
        path.unlink(missing_ok=True)


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _fill_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition(".")
        moments.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
