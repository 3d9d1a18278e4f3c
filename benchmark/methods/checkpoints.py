"""Checkpoints: safetensors whose metadata says what they are. Reading that metadata needs no torch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from benchmark.core.config import Config
from benchmark.core.disk import require_space
from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path

if TYPE_CHECKING:
    from torch import Tensor

KEY = "anibench"


class CheckpointInfo(Config):
    """What a weight file is and where it comes from."""

    method: str
    config: dict[str, Any]  # the method's configuration, resolved
    phase: str
    step: int  # optimiser steps of this phase
    images_seen: int  # over all phases
    seconds: float  # of training, over all phases and attempts
    dataset: str
    fingerprint: str
    training_ids: tuple[
        str, ...
    ]  # samples it was shown; an evaluation refuses a checkpoint that was shown its test set
    validation_ids: tuple[str, ...] = ()  # kept from training, but looked at on the way: no test set either
    anibench_version: str


def checkpoint_path(folder: Path, phase: str, step: int) -> Path:
    """`folder/<phase>-step-<9 digits>.safetensors`: names sort as the run went."""
    return folder / f"{phase}-step-{step:09d}.safetensors"


def save_tensors(path: Path, tensors: Mapping[str, "Tensor"], metadata: Mapping[str, Any]) -> None:
    """Write tensors and metadata (anything JSON) to one safetensors file, whole or not at all.

    Raises AnibenchError when the disk is too small; what `path` held before stays then.
    """
    from safetensors.torch import save_file

    stored = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    size = sum(tensor.numel() * tensor.element_size() for tensor in stored.values())
    require_space(path.parent, size + 2**20, path.name)
    try:
        with atomic_path(path) as temporary:
            save_file(stored, temporary, {KEY: json.dumps(dict(metadata), allow_nan=False)})
    except OSError as error:
        raise AnibenchError(f"{path} cannot be written: {error}") from error


def read_header(path: Path) -> dict[str, Any]:
    """The metadata `save_tensors` wrote; raises AnibenchError that names the file. Needs no torch."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            header: dict[str, Any] = json.loads((file.metadata() or {})[KEY])
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing") from None
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise AnibenchError(f"{path} is not a checkpoint of anibench: {error!r}") from error
    return header


def load_tensors(path: Path, device: str = "cpu") -> dict[str, "Tensor"]:
    """All tensors of a safetensors file; raises AnibenchError that names the file."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(path, device=device)
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing") from None
    except (OSError, SafetensorError) as error:
        raise AnibenchError(f"{path} cannot be read: {error}") from error
    return tensors


def save_checkpoint(path: Path, weights: Mapping[str, "Tensor"], info: CheckpointInfo) -> None:
    """Write a method's weights with their description."""
    save_tensors(path, weights, info.model_dump(mode="json"))


def read_info(path: Path) -> CheckpointInfo:
    """What the checkpoint at `path` is; raises AnibenchError that names the file. Needs no torch."""
    try:
        return CheckpointInfo.model_validate(read_header(path))
    except ValidationError as error:
        raise AnibenchError(f"{path} is not a method's checkpoint: {error}") from error


def last_checkpoint(folder: Path) -> Path | None:
    """The checkpoint in `folder` that was written last in the run, or None."""
    found = sorted(folder.glob("*-step-*.safetensors"))
    return found[-1] if found else None
