"""What both training phases share: the configuration, the data on the device, and the run's folder."""

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import nn

from animediffusion.config import AnimeDiffusionConfig, Phase1Config, Phase2Config
from animediffusion.diffusion import Schedule
from animediffusion.sampling import build_schedule, build_unet, conditioned, sample
from animediffusion.unet import UNet
from benchmark.batches import Batcher, to_uint8
from benchmark.checkpoints import CheckpointInfo, checkpoint_path, save_checkpoint
from benchmark.dataset import Dataset
from benchmark.errors import AnibenchError
from benchmark.metrics import psnr
from benchmark.pack import open_pack
from benchmark.runs import Run
from benchmark.seeds import derive_seed
from benchmark.training import Accelerator, Order, hold_out, make_accelerator
from benchmark.training_records import MetricsLog, write_grid
from benchmark.training_state import Counters, RunIdentity, check_run

METHOD = "animediffusion"
SAMPLES = 8  # pairs in a sample grid
BEST_PSNR = 100.0  # dB, for a picture that equals its truth: JSON has no infinity


@dataclass(frozen=True)
class Session:
    """What both phases share: configuration, data on the device, and the run's folder."""

    config: AnimeDiffusionConfig
    data: Dataset
    run: Run

    @cached_property
    def accelerator(self) -> Accelerator:
        return make_accelerator(self.run.device, self.config.runtime)

    @cached_property
    def schedule(self) -> Schedule:
        return build_schedule(self.config)

    @cached_property
    def _split(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return hold_out(self.data.ids("train"), self.config.runtime.validation_samples, self.config.seed)

    @property
    def ids(self) -> tuple[str, ...]:
        """The samples to train on."""
        return self._split[0]

    @property
    def held_out(self) -> tuple[str, ...]:
        """The samples of the train split that are kept from training, to validate by."""
        return self._split[1]

    @cached_property
    def batcher(self) -> Batcher:
        with self.accelerator.main_process_first():
            pack = open_pack(self.data, "train", self.config.resolution)
        return Batcher(pack, self.accelerator.device)

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
        config = self.config.model_dump(mode="json")
        return RunIdentity(method=METHOD, config=config, fingerprint=self.data.fingerprint)

    def check_folder(self) -> None:
        """Refuse to mix two runs in one folder: a second one, or a resumed one of other settings or data."""
        found = [*self.states.glob("*.safetensors"), *self.checkpoints.glob("*.safetensors")]
        if found and not self.run.resume:
            raise AnibenchError(f"{self.run.folder} holds a run already; go on with --resume, or give another --name")
        check_run(self.run.folder, self.identity)

    def finished(self, phase: str, settings: Phase1Config | Phase2Config) -> Path | None:
        """The last checkpoint of a phase that ran to its end, or None."""
        path = checkpoint_path(self.checkpoints, phase, self.total_steps(phase, settings))
        return path if path.exists() else None

    def order(self, phase: str, settings: Phase1Config | Phase2Config) -> Order:
        """Which samples each step of a phase takes."""
        return Order(self.ids, settings.batch, derive_seed(self.config.seed, phase), settings.shuffle)

    def total_steps(self, phase: str, settings: Phase1Config | Phase2Config) -> int:
        """Optimiser steps of a phase."""
        return settings.steps or settings.epochs * self.order(phase, settings).steps_per_epoch

    def sample_seed(self, phase: str, epoch: int, sample_id: str) -> int:
        """The root of all chance of one sample in one epoch.

        Algorithm 1 inverts every image once, before phase 2. Inverting on the fly by the frozen weights gives the same
        and stores nothing, if a sample's chance is the same in every epoch: so it is with that setting.
        """
        phase2 = self.config.phase2
        once = phase == "phase2" and phase2.start_noise != "gaussian" and phase2.inversion_weights == "phase1"
        return derive_seed(self.config.seed, phase, 0 if once else epoch, sample_id)

    def fresh_unet(self, seed: int) -> UNet:
        """A network on the device whose first weights follow from `seed` alone."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            unet = build_unet(self.config).to(self.accelerator.device)
        on_cpu = self.accelerator.device.type == "cpu"  # where plain layout trains a seventh faster
        return unet.to(memory_format=torch.contiguous_format) if on_cpu else unet

    def write_checkpoint(self, phase: str, counters: Counters, weights: nn.Module) -> Path:
        """Keep the weights of a step."""
        info = CheckpointInfo(
            method=METHOD,
            config=self.config.model_dump(mode="json"),
            phase=phase,
            step=counters.step,
            images_seen=counters.images_seen,
            seconds=counters.seconds,
            dataset=self.data.name,
            fingerprint=self.data.fingerprint,
            training_ids=self.ids,
            validation_ids=self.held_out,
            anibench_version=version("anibench"),
        )
        path = checkpoint_path(self.checkpoints, phase, counters.step)
        if self.accelerator.is_main_process:
            save_checkpoint(path, weights.state_dict(), info)
        return path

    @torch.no_grad()
    def write_samples(self, phase: str, step: int, unet: nn.Module) -> float | None:
        """Paint the same pairs at every call and write a grid: lines, warped references, results and truths.

        The pairs are of the samples kept from training, and their mean PSNR in dB is returned; where none are kept,
        they are of the first samples trained on, and nothing is told.
        """
        config = self.config
        ids = self.held_out or self.ids[:SAMPLES]
        unet.eval()
        rows = []
        for sample_id in ids:  # one at a time: a grid needs no more memory than a step
            seed = derive_seed(config.seed, "samples", sample_id)
            batch = self.batcher([sample_id], [derive_seed(seed, "warp")] if config.warp else None)
            denoise = conditioned(unet, batch.line, batch.reference, config.sampling.guidance_scale)
            painted = sample(denoise, batch.reference, self.schedule, config.sampling, [seed])
            parts = (batch.line.expand(-1, 3, -1, -1), batch.reference, painted, batch.target)
            rows.append([to_uint8(part).cpu().numpy()[0] for part in parts])
        columns = [np.stack(column) for column in zip(*rows[:SAMPLES], strict=True)]
        write_grid(self.run.folder / "samples" / f"{phase}-step-{step:09d}.png", columns)
        if not self.held_out:
            return None
        return fmean(min(psnr(*(part.transpose(1, 2, 0) for part in row[2:])), BEST_PSNR) for row in rows)
