"""Checkpoints: safetensors files with a description and a checksum in their metadata. The metadata needs no torch."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from benchmark.core.config import Config, validated
from benchmark.core.disk import require_space
from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path, parse_json

if TYPE_CHECKING:
    from torch import Tensor

KEY = "anibench"  # metadata key of the description
CHECKSUM = "checksum"  # metadata key of the CRC-32 of all tensors; files of earlier versions have none


class CheckpointInfo(Config):
    """Description of a checkpoint: its method, configuration, training progress and data."""

    method: str
    config: dict[str, Any]  # the method's configuration, resolved
    phase: str
    step: int  # optimiser steps of this phase
    images_seen: int  # over all phases
    seconds: float  # of training, over all phases and attempts
    dataset: str
    fingerprint: str
    # An evaluation refuses a checkpoint with a sample of its test split in these two lists.
    training_ids: tuple[str, ...]
    validation_ids: tuple[str, ...] = ()  # held out of the train split to compute validation PSNR
    # Id -> sketch of the samples above, as text by `benchmark.data.near.sketches`. An evaluation refuses near
    # duplicates of its test split. Files of earlier versions have none.
    sketches: dict[str, str] = Field(default_factory=dict, repr=False)
    anibench_version: str
    unknown_past: bool = False  # whether weights that entered these have no record of their samples
    initial: str = ""  # name and SHA-256 of the weights that training started from; their samples are listed above too

    def including(self, other: "CheckpointInfo") -> "CheckpointInfo":
        """This description, with the samples of the training of other weights that entered these."""
        unknown = self.unknown_past or other.unknown_past or bool(self.training_ids) != bool(other.training_ids)
        return self.model_copy(
            update={
                "training_ids": tuple(dict.fromkeys((*self.training_ids, *other.training_ids))),
                "validation_ids": tuple(dict.fromkeys((*self.validation_ids, *other.validation_ids))),
                "sketches": other.sketches | self.sketches,
                "unknown_past": unknown,
            }
        )


def checkpoint_path(folder: Path, phase: str, step: int) -> Path:
    """`folder/<phase>-step-<9 digits>.safetensors`: the names of one phase sort by step."""
    return folder / f"{phase}-step-{step:09d}.safetensors"


def save_tensors(path: Path, tensors: Mapping[str, "Tensor"], metadata: Mapping[str, Any]) -> None:
    """Write tensors and metadata (any JSON object) to one safetensors file with a checksum, atomically.

    Raises AnibenchError when the disk is too small or a tensor holds NaN or infinity; an existing file stays unchanged.
    """
    from safetensors.torch import save_file

    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    _check_finite(path, "is not written", stored)
    size = sum(tensor.numel() * tensor.element_size() for tensor in stored.values())
    require_space(path.parent, size + 2**20, path.name)
    header = {KEY: json.dumps(dict(metadata), allow_nan=False), CHECKSUM: _checksum(stored)}
    try:
        with atomic_path(path) as temporary:
            save_file(stored, temporary, header)
    except OSError as error:
        raise AnibenchError(f"{path} cannot be written: {error}") from error


def read_header(path: Path) -> dict[str, Any]:
    """The metadata that `save_tensors` wrote, read without torch. Raises AnibenchError that names the file."""
    try:
        header: dict[str, Any] = parse_json(_metadata(path)[KEY], path)
    except KeyError as error:
        raise AnibenchError(f"{path} is not a checkpoint of anibench: its metadata lacks {error}") from error
    return header


def load_tensors(path: Path, device: str = "cpu") -> dict[str, "Tensor"]:
    """All tensors of a file that `save_tensors` wrote.

    Raises AnibenchError that names the file when it is missing, cannot be read, does not match its checksum, or holds
    NaN or infinite values.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(path, device=device)
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing") from None
    except (OSError, SafetensorError) as error:
        raise AnibenchError(f"{path} cannot be read: {error}") from error
    expected = _metadata(path).get(CHECKSUM)
    if expected is not None and expected != _checksum(tensors):
        raise AnibenchError(f"{path} is damaged: its tensors do not match their checksum; restore it from a copy")
    _check_finite(path, "cannot be used", tensors)
    return tensors


def save_checkpoint(path: Path, weights: Mapping[str, "Tensor"], info: CheckpointInfo) -> None:
    """Write a method's weights with their description."""
    save_tensors(path, weights, info.model_dump(mode="json"))


def read_info(path: Path) -> CheckpointInfo:
    """The description of the checkpoint at `path`, read without torch. Raises AnibenchError that names the file."""
    return validated(CheckpointInfo, read_header(path), f"{path} is not a checkpoint of a method")


def last_checkpoint(folder: Path) -> Path | None:
    """The latest checkpoint of the run in `folder`, or None. An unreadable file counts as the earliest.

    The order is by images seen, training time and step, as the files state them. Names of phases do not matter.
    """
    found = sorted(folder.glob("*-step-*.safetensors"), key=lambda path: (*_progress(path), path.name))
    return found[-1] if found else None


def _progress(path: Path) -> tuple[int, float, int]:
    """Images seen, seconds of training and step of a checkpoint."""
    try:
        info = read_info(path)
    except AnibenchError:
        return -1, 0.0, 0
    return info.images_seen, info.seconds, info.step


def _metadata(path: Path) -> dict[str, str]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return dict(file.metadata() or {})
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing") from None
    except (OSError, SafetensorError) as error:
        raise AnibenchError(f"{path} is not a checkpoint of anibench: {error!r}") from error


def _checksum(tensors: Mapping[str, "Tensor"]) -> str:
    """CRC-32 over the names and bytes of all tensors, as 8 hexadecimal digits."""
    import torch

    value = 0
    for name in sorted(tensors):
        value = zlib.crc32(name.encode(), value)
        content = tensors[name].detach().cpu().contiguous().flatten().view(torch.uint8)
        value = zlib.crc32(content.numpy().data, value)
    return f"{value:08x}"


def _check_finite(path: Path, consequence: str, tensors: Mapping[str, "Tensor"]) -> None:
    """Raise AnibenchError that names the first tensor with NaN or infinity."""
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise AnibenchError(
                f"{path} {consequence}: {name} holds NaN or infinite values. Use an earlier checkpoint, or train again "
                "with a lower learning rate"
            )
