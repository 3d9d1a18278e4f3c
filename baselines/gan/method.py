"""The method interface of the GAN baselines. torch is imported only when it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from baselines.gan.config import SETTABLE, Blocks, GanConfig, Variant
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset

if TYPE_CHECKING:
    from torch import Tensor

    from baselines.gan.colorizer import GanColorizer
    from benchmark.training.estimate import TrainingCost


@dataclass(frozen=True)
class GanMethod:
    """A GAN baseline: its name, its configuration, and the generator's blocks in each variant."""

    name: str
    config: type[GanConfig]
    blocks: Mapping[Variant, Blocks]

    def train(self, config: GanConfig, data: Dataset, run: Run) -> Path:
        """Train on the train split of `data` and return the last checkpoint; see `baselines.gan.training`."""
        from baselines.gan.training import train

        return train(self.name, config, self.blocks[config.variant], data, run)

    def load(self, checkpoint: Path | None, device: str, config: GanConfig | None = None) -> "GanColorizer":
        """The colorizer of a checkpoint; `config` replaces the checkpoint's settings of `SETTABLE`.

        Raises AnibenchError that names the file when it is missing, damaged or of another method.
        """
        if checkpoint is None:
            raise AnibenchError(f"{self.name} needs a checkpoint; train it with: anibench train {self.name}")
        from baselines.gan.colorizer import load
        from benchmark.methods.checkpoints import read_info

        info = read_info(checkpoint)
        if info.method != self.name:
            raise AnibenchError(f"{checkpoint} is a checkpoint of {info.method}, not of {self.name}")
        try:
            trained = self.config.model_validate(info.config)
        except ValueError as error:
            raise AnibenchError(f"{checkpoint} has a configuration that is not valid here: {error}") from error
        used = trained if config is None else trained.model_copy(update={key: getattr(config, key) for key in SETTABLE})
        return load(used, self.blocks[used.variant], checkpoint, device, imported=info.phase == "imported")

    def estimate(self, config: GanConfig, samples: int) -> list[tuple[str, str]]:
        """Rows (quantity, value) that estimate a training on `samples` samples; see `baselines.gan.estimate`."""
        from baselines.gan.estimate import estimate

        return estimate(config, self.blocks[config.variant], samples)

    def cost(self, config: GanConfig, samples: int) -> "TrainingCost":
        """Cost of a training on `samples` samples, in numbers; see `baselines.gan.estimate`."""
        from baselines.gan.estimate import cost

        return cost(config, self.blocks[config.variant], samples)

    def trial(self, config: GanConfig, steps: int, batch: int) -> GanConfig:
        """The same networks and losses with `steps` steps of at most `batch` images."""
        return config.trial(steps, batch)

    def parameters(self, config: GanConfig) -> int:
        """Number of values in the generator's weights, counted without allocating them."""
        import torch

        from baselines.gan.generator import Generator

        with torch.device("meta"):
            generator = Generator(self.blocks[config.variant], config.variant, config.width)
        return sum(weight.numel() for weight in generator.parameters())

    def import_checkpoint(self, file: Path, config: GanConfig) -> "tuple[dict[str, Tensor], GanConfig]":
        """Weights and configuration of a checkpoint of either published code; see `baselines.gan.official`."""
        from baselines.gan.official import read_official

        return read_official(file, config, self.blocks)
