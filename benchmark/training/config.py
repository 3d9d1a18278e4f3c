"""Settings that every method that learns shares: its optimiser, and how a run is carried out and looked at."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from benchmark.core.config import Config


class OptimizerConfig(Config):
    """Adam or AdamW and the learning rate over one phase."""

    name: Literal["adam", "adamw"] = Field(default="adam", description="The optimiser.")
    learning_rate: float = Field(default=1e-5, gt=0, description="Its rate, after the warm-up.")
    betas: tuple[float, float] = Field(default=(0.9, 0.999), description="Decay of its two moments.")
    epsilon: float = Field(default=1e-8, gt=0, description="What it adds to the divisor.")
    weight_decay: float = Field(default=0.0, ge=0, description="Its weight decay.")
    schedule: Literal["constant", "cosine"] = Field(
        default="constant", description="cosine falls to `floor` at the end."
    )
    warmup: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the phase in which the rate rises from `floor`."
    )
    floor: float = Field(default=1e-8, ge=0, description="Where warm-up starts and the cosine ends.")
    clip: float | None = Field(default=None, gt=0, description="Largest norm of the gradient; none by default.")


class BudgetConfig(Config):
    """How much a run may see, so that methods can be compared at equal cost in data."""

    images: PositiveInt | None = Field(
        default=None, description="Images seen in training, over all phases, in place of their steps and epochs."
    )


class RuntimeConfig(Config):
    """How a run is carried out: precision, speed and what it leaves behind. Intervals are optimiser steps."""

    precision: Literal["float32", "bf16"] = Field(
        default="float32", description="bf16: autocast where the device has it."
    )
    compile: bool = Field(
        default=False, description="torch.compile the network: minutes to start, pays on long GPU runs."
    )
    log_every: PositiveInt = Field(
        default=10, description="Steps between readings of the loss; each waits for the device."
    )
    state_every: PositiveInt = Field(default=1000, description="Steps between states that --resume goes on from.")
    checkpoint_every: NonNegativeInt = Field(
        default=0, description="Steps between kept weights; 0 keeps each phase's last."
    )
    keep_checkpoints: PositiveInt = Field(default=3, description="Newest weights kept per phase, besides its last.")
    samples_every: NonNegativeInt = Field(
        default=1000, description="Steps between sample grids and validations; 0 makes none but the last."
    )
    validation_samples: NonNegativeInt = Field(
        default=0,
        description="Samples of the train split kept from training, at most a tenth, to tell PSNR on as it goes on.",
    )
