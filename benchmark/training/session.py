"""The parts of a training run that all phases share: configuration, data, device and the run's folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any, Generic, Protocol, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.core.seeds import derive_seed
from benchmark.data.dataset import Dataset
from benchmark.data.near.sketches import encoded, sketches_of
from benchmark.methods.checkpoints import CheckpointInfo, checkpoint_path, save_checkpoint
from benchmark.scoring.psnr import psnr
from benchmark.training.augment import changed_colors, changed_places
from benchmark.training.batches import Augment, Batch, Batcher, to_uint8
from benchmark.training.config import AugmentConfig, RuntimeConfig
from benchmark.training.initial import InitialWeights, find_initial
from benchmark.training.pack import Pack, open_pack
from benchmark.training.records import MetricsLog, write_grid
from benchmark.training.state import Counters, RunIdentity, check_run, run_identity
from benchmark.training.steps import Accelerator, hold_out, make_accelerator

SAMPLES = 8  # pairs in a sample grid
GRID_ROWS = ("line", "reference", "output", "target")  # labels of the rows of a sample grid
BEST_PSNR = 100.0  # dB, for a picture that equals its target: JSON has no infinity

Module = TypeVar("Module", bound=nn.Module)
Paint = Callable[[Batch, Sequence[int]], Tensor]
"""batch, one seed per sample -> pictures (n, 3, R, R) in [-1, 1]."""


class TrainingConfig(Protocol):
    """The fields that the configuration of every trainable method has."""

    @property
    def seed(self) -> int: ...
    @property
    def resolution(self) -> int: ...
    @property
    def warp(self) -> bool: ...
    @property
    def ema_decay(self) -> float: ...
    @property
    def augment(self) -> AugmentConfig: ...
    @property
    def runtime(self) -> RuntimeConfig: ...
    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


C = TypeVar("C", bound=TrainingConfig)


@dataclass(frozen=True)
class TrainingSession(Generic[C]):
    """A training run: the method's name, its configuration, the dataset and the run's folder."""

    method: str
    config: C
    data: Dataset
    run: Run

    @cached_property
    def accelerator(self) -> Accelerator:
        return make_accelerator(self.run.device, self.config.runtime)

    @cached_property
    def _split(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return hold_out(self.data.require_ids("train"), self.config.runtime.validation_samples, self.config.seed)

    @property
    def ids(self) -> tuple[str, ...]:
        """The samples to train on."""
        return self._split[0]

    @property
    def held_out(self) -> tuple[str, ...]:
        """The held-out samples of the train split, on which validation PSNR is computed."""
        return self._split[1]

    @cached_property
    def initial(self) -> InitialWeights | None:
        """The weights that training starts from; None: random ones. Raises AnibenchError if there are none there."""
        name = getattr(self.config, "initial", "")
        return find_initial(name, self.method) if name else None

    @cached_property
    def _pack(self) -> Pack:
        """The pack of the train split. It does not wait for other processes, as `batcher` does."""
        return open_pack(self.data, "train", self.config.resolution)

    @cached_property
    def batcher(self) -> Batcher:
        with self.accelerator.main_process_first():
            pack = self._pack
        return Batcher(pack, self.accelerator.device)

    def warp_seeds(self, seeds: Sequence[int]) -> list[int] | None:
        """The warp seed of each reference, derived from the sample's seed; None if references are not warped."""
        return [derive_seed(seed, "warp") for seed in seeds] if self.config.warp else None

    def batch(self, ids: Sequence[str], seeds: Sequence[int], change: Augment | None = None) -> Batch:
        """The samples of `ids` on the device, references warped; all are augmented. All choices follow from `seeds`.

        `change` changes the colours before the augmentation. Raises AnibenchError where `augment.character` needs
        samples of the same character and the dataset has none.
        """
        config, warps = self.config.augment, self.warp_seeds(seeds)
        if config == AugmentConfig():
            return self.batcher(ids, warps, change)

        def changed(colors: Tensor) -> Tensor:
            return changed_colors(colors if change is None else change(colors), config, seeds)

        references = self.other_references(ids, seeds, config.character) if config.character > 0 else None
        return changed_places(self.batcher(ids, warps, changed, references, config.border), config, seeds)

    def other_references(self, ids: Sequence[str], seeds: Sequence[int], share: float) -> list[str]:
        """The reference of each sample: itself, or for a random `share` another of its character where there is one."""
        if not any(self._others.values()):
            raise AnibenchError(
                f"{self.data.root} has no character with two training samples, which references of the same character "
                "need; build a dataset with character tags, such as: anibench build-dataset drawn:400"
            )
        chosen = []
        for sample_id, seed in zip(ids, seeds, strict=True):
            others = self._others.get(sample_id, ())
            drawn = others and derive_seed(seed, "other") / 2**63 < share
            chosen.append(others[derive_seed(seed, "which") % len(others)] if drawn else sample_id)
        return chosen

    @cached_property
    def _others(self) -> dict[str, tuple[str, ...]]:
        return self.data.same_character(self.ids)

    @property
    def metrics(self) -> MetricsLog:
        return MetricsLog(self.run.folder / "metrics.jsonl")

    @property
    def states(self) -> Path:
        return self.run.folder / "state"

    @property
    def checkpoints(self) -> Path:
        return self.run.folder / "checkpoints"

    @property
    def identity(self) -> RunIdentity:
        return run_identity(self.method, cast(Config, self.config), self.data.fingerprint)

    def check_folder(self) -> None:
        """Check that the run's folder is empty or, with --resume, that it holds the same run.

        Raises AnibenchError otherwise.
        """
        found = [*self.states.glob("*.safetensors"), *self.checkpoints.glob("*.safetensors")]
        if found and not self.run.resume:
            raise AnibenchError(
                f"{self.run.folder} already holds a run; continue it with --resume, or choose another --name"
            )
        check_run(self.run.folder, self.identity)

    def finished(self, phase: str, total: int) -> Path | None:
        """The last checkpoint of a phase if all its `total` steps are done, or None."""
        path = checkpoint_path(self.checkpoints, phase, total)
        return path if path.exists() else None

    def fresh(self, build: Callable[[], Module], seed: int) -> Module:
        """A network on the device, initialised with `seed`."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = build().to(self.accelerator.device)
        on_cpu = self.accelerator.device.type == "cpu"  # where contiguous layout trains 14 % faster
        return network.to(memory_format=torch.contiguous_format if on_cpu else torch.channels_last)

    @cached_property
    def _sketches(self) -> dict[str, str]:
        """The sketches of the samples as they are trained on; none in processes that write no checkpoint."""
        if not self.accelerator.is_main_process:
            return {}
        pack = self._pack
        return encoded(sketches_of((*self.ids, *self.held_out), lambda name: pack.colors[pack.row[name]]))

    def write_checkpoint(self, phase: str, counters: Counters, weights: Mapping[str, Tensor]) -> Path:
        """Write the weights of a step as a checkpoint (first process only) and return its path."""
        info = CheckpointInfo(
            method=self.method,
            config=self.config.model_dump(mode="json"),
            phase=phase,
            step=counters.step,
            images_seen=counters.images_seen,
            seconds=counters.seconds,
            dataset=self.data.name,
            fingerprint=self.data.fingerprint,
            training_ids=self.ids,
            validation_ids=self.held_out,
            sketches=self._sketches,
            anibench_version=version("anibench"),
            initial=self.initial.record if self.initial else "",
        )
        if self.initial:
            info = info.including(self.initial.info)
        path = checkpoint_path(self.checkpoints, phase, counters.step)
        if self.accelerator.is_main_process:
            save_checkpoint(path, weights, info)
        return path

    @torch.no_grad()
    def write_samples(self, phase: str, step: int, paint: Paint) -> float | None:
        """Paint the same pairs at each call and write a grid of lines, references, outputs and targets.

        The pairs are the held-out samples; returns their mean PSNR in dB. Without held-out samples the pairs are the
        first training samples, and the result is None.
        """
        ids = self.held_out or self.ids[:SAMPLES]
        rows = []
        for sample_id in ids:  # one at a time, so a grid needs no more memory than a step
            seed = derive_seed(self.config.seed, "samples", sample_id)
            batch = self.batcher([sample_id], self.warp_seeds([seed]))
            parts = (batch.line.expand(-1, 3, -1, -1), batch.reference, paint(batch, [seed]), batch.target)
            rows.append([to_uint8(part).cpu().numpy()[0] for part in parts])
        parts_by_kind = zip(*rows[:SAMPLES], strict=True)
        grid = {kind: np.stack(pictures) for kind, pictures in zip(GRID_ROWS, parts_by_kind, strict=True)}
        write_grid(self.run.folder / "samples" / f"{phase}-step-{step:09d}.png", grid)
        if not self.held_out:
            return None
        return fmean(min(psnr(*(part.transpose(1, 2, 0) for part in row[2:])), BEST_PSNR) for row in rows)
