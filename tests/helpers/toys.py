"""Toy methods for tests of evaluation: they paint quickly, count what they are asked, and can be stopped."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmark.core.config import Config as BaseConfig
from benchmark.core.files import sha256_file, write_json
from benchmark.core.runs import package_versions
from benchmark.methods import interface as methods
from benchmark.methods.built_in import export_half
from benchmark.methods.checkpoints import CheckpointInfo, checkpoint_path, save_checkpoint


class Config(BaseConfig):
    """Nothing to set."""


class Tint:
    """The line in the reference's mean colour, with noise from the seed; stops before batch `stop`, if it is given."""

    notes = ("it tints",)

    def __init__(self, stop: int | None = None) -> None:
        self.stop = stop
        self.batches: list[list[int]] = []  # the seeds of each call
        self.references: list[NDArray[np.uint8]] = []

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        if self.stop is not None and len(self.batches) == self.stop:
            raise KeyboardInterrupt
        self.batches.append(list(seeds))
        self.references.extend(references)
        tint = references.mean(axis=(2, 3), keepdims=True)
        noise = np.stack([np.random.default_rng(seed).integers(0, 9, references.shape[1:]) for seed in seeds])
        return np.clip(lines * (tint / 255) + noise, 0, 255).astype(np.uint8)


def register(monkeypatch: pytest.MonkeyPatch, name: str, colorizer: Any) -> list[tuple[Path | None, str]]:
    """Register a method whose `load` hands out `colorizer`; returns the list of calls to `load`."""
    calls: list[tuple[Path | None, str]] = []

    def load(checkpoint: Path | None, device: str) -> Any:
        calls.append((checkpoint, device))
        return colorizer

    def train(*_: Any) -> Path:
        raise AssertionError("its runs are written by write_training_run")

    module = SimpleNamespace(Config=Config, load=load, train=train, __doc__="A toy.", __file__=__file__)
    entry = SimpleNamespace(name=name, value="toys", load=lambda: module)
    known = methods._registered()
    monkeypatch.setattr(methods, "_registered", lambda: known | {name: (entry, "method")})
    return calls


def write_built_in(monkeypatch: pytest.MonkeyPatch, home: Path, method: str, name: str) -> Path:
    """Weights that come with a registered toy, in `home/weights` with their card; returns the checkpoint."""
    entry, _ = methods._registered()[method]
    monkeypatch.setattr(entry.load(), "__file__", str(home / "toys.py"))
    path = home / "weights" / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    export_half(write_training_run(home / "source", method, name, value=0.5), path)
    path.with_suffix(".toml").write_text(
        f'use = "paints tests"\nsha256 = "{sha256_file(path)}"\nlicence = "none"\nhours = 1.5\n'
    )
    return path


def write_training_run(
    runs: Path, method: str, name: str, *, ids: Sequence[str] = ("0123456789abcdef",), fingerprint: str = "f" * 64,
    status: str = "done", value: float = 0.0, images_seen: int = 1234, validation_ids: Sequence[str] = (),
) -> Path:  # fmt: skip
    """A training run as the trainer leaves it, with one checkpoint of three parameters; returns the checkpoint."""
    import torch

    folder = runs / "train" / method / name
    info = CheckpointInfo(
        method=method, config={"resolution": 64}, phase="phase2", step=9, images_seen=images_seen, seconds=5.0,
        dataset="trained-on", fingerprint=fingerprint, training_ids=tuple(ids), anibench_version="0",
        validation_ids=tuple(validation_ids),
    )  # fmt: skip
    path = checkpoint_path(folder / "checkpoints", "phase2", 9)
    save_checkpoint(path, {"weight": torch.full((3,), value)}, info)
    record = {
        "id": "0123456789abcdef", "kind": "train", "name": f"{method}/{name}", "status": status,
        "command": f"anibench train {method}", "started": "2026-01-01T00:00:00+00:00", "seconds": 5.0, "commit": None,
        "dirty": None, "packages": package_versions(), "device": "cpu", "seed": 0, "inputs": {"dataset": fingerprint},
        "error": None,
    }  # fmt: skip
    write_json(folder / "run.json", record)
    write_json(folder / "config.json", {"resolution": 64})
    return path
