"""AnimeDiffusion (TVCG 2024): a diffusion model that is trained to predict noise and fine-tuned through its sampler.

The method's entry point. torch is imported only when a function needs it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from animediffusion.config import AnimeDiffusionConfig as Config
from benchmark.core.errors import AnibenchError
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset
from benchmark.training.config import BudgetConfig

if TYPE_CHECKING:
    from torch import Tensor

    from animediffusion.sampling import AnimeDiffusionColorizer
    from benchmark.training.estimate import TrainingCost

__all__ = [
    "SETTABLE",
    "SHARES_PHASE1",
    "Config",
    "cost",
    "estimate",
    "import_checkpoint",
    "load",
    "parameters",
    "train",
    "trial",
]

SETTABLE = ("sampling",)
SHARES_PHASE1 = True


def train(config: Config, data: Dataset, run: Run) -> Path:
    """Train both phases on the train split of `data` and return the last checkpoint; see `animediffusion.training`."""
    from animediffusion.training import train as train_phases

    return train_phases(config, data, run)


def load(checkpoint: Path | None, device: str, config: Config | None = None) -> "AnimeDiffusionColorizer":
    """The colorizer of a checkpoint; `config` replaces the checkpoint's sampling settings.

    Warns when sampling starts from other noise than phase 2 did. Raises AnibenchError that names the file when it is
    missing, damaged or of another method.
    """
    if checkpoint is None:
        raise AnibenchError("animediffusion needs a checkpoint; train it with: anibench train animediffusion")
    import torch

    from animediffusion.sampling import AnimeDiffusionColorizer, build_unet, warn_of_other_start
    from benchmark.methods.built_in import load_weights
    from benchmark.methods.checkpoints import read_info

    info = read_info(checkpoint)
    if info.method != "animediffusion":
        raise AnibenchError(f"{checkpoint} is a checkpoint of {info.method}, not of animediffusion")
    try:
        own = Config.model_validate(info.config)
    except ValueError as error:
        raise AnibenchError(f"{checkpoint} has a configuration that is not valid here: {error}") from error
    sampling = (config or own).sampling
    warn_of_other_start(own, sampling, info.phase)
    with torch.device("meta"):
        unet = build_unet(own)
    try:
        unet.load_state_dict(load_weights(checkpoint), assign=True)
    except RuntimeError as error:
        raise AnibenchError(f"{checkpoint} does not match its own configuration: {error}") from error
    return AnimeDiffusionColorizer(unet, own, device, sampling)


def parameters(config: Config) -> int:
    """Number of values in the network's weights, counted without allocating them."""
    import torch

    from animediffusion.sampling import build_unet

    with torch.device("meta"):
        return sum(weight.numel() for weight in build_unet(config).parameters())


def import_checkpoint(path: Path, config: Config) -> "tuple[dict[str, Tensor], Config]":
    """Weights and configuration of a checkpoint of the authors' code; see `animediffusion.official`."""
    from animediffusion.official import read_official

    return read_official(path, config)


def estimate(config: Config, samples: int) -> list[tuple[str, str]]:
    """Rows (quantity, value) that estimate a training on `samples` samples; see `animediffusion.estimate`."""
    from animediffusion.estimate import estimate as estimate_run

    return estimate_run(config, samples)


def cost(config: Config, samples: int) -> "TrainingCost":
    """Cost of a training on `samples` samples, in numbers; see `animediffusion.estimate`."""
    from animediffusion.estimate import cost as cost_of_run

    return cost_of_run(config, samples)


def trial(config: Config, steps: int, batch: int) -> Config:
    """The same networks and losses with `steps` steps in each phase, of at most `batch` images and of equal cost."""
    phase1, phase2 = (
        phase.model_copy(update={"steps": steps, "batch": min(batch, phase.batch)})
        for phase in (config.phase1, config.phase2)
    )
    phase2 = phase2.model_copy(update={"first_chain": None})
    return config.model_copy(update={"phase1": phase1, "phase2": phase2, "budget": BudgetConfig()})
