"""Settings that all trainable methods share: optimiser, budget, precision, logs, states and checkpoints."""

import re
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from benchmark.core.config import Config

Border = Literal["black", "mirror", "both"]
"""What a warped reference shows where the warp leads outside the picture."""

# Settings that change no weights; they may differ when a run is resumed.
FREE_KEYS = re.compile(r"runtime\.(log|state|checkpoint|samples)_every$|runtime\.keep_checkpoints$")

AFTER_PHASE1 = {"phase2", "sampling"}  # groups of settings on which the first phase does not depend


class OptimizerConfig(Config):
    """The optimiser of one phase and its learning-rate schedule."""

    name: Literal["adam", "adamw", "muon"] = Field(
        default="adam",
        description="Optimiser. muon: Muon (Jordan et al. 2024) for weights of layers, AdamW for biases and norms.",
    )
    learning_rate: float = Field(default=1e-5, gt=0, description="Learning rate after warm-up.")
    betas: tuple[float, float] = Field(default=(0.9, 0.999), description="Decay rates of the two moments.")
    epsilon: float = Field(default=1e-8, gt=0, description="Added to the divisor of the update.")
    weight_decay: float = Field(default=0.0, ge=0, description="Weight decay.")
    schedule: Literal["constant", "cosine"] = Field(
        default="constant", description="Schedule after warm-up; cosine ends at `floor`."
    )
    warmup: float = Field(
        default=0.0, ge=0, lt=1, description="Warm-up: share of the steps in which the rate rises from `floor`."
    )
    floor: float = Field(default=1e-8, ge=0, description="Learning rate at the start of warm-up and the end of cosine.")
    clip: float | None = Field(default=None, gt=0, description="Largest gradient norm; none: not clipped.")


class BudgetConfig(Config):
    """A number of training images, so that methods can be compared at an equal budget."""

    images: PositiveInt | None = Field(
        default=None, description="Images seen in training over all phases; replaces their steps and epochs."
    )


class RuntimeConfig(Config):
    """Precision, speed, logs, states and checkpoints of a run. Intervals are optimiser steps."""

    precision: Literal["float32", "bf16"] = Field(
        default="float32", description="Precision; bf16 is autocast, where the device supports it."
    )
    compile: bool = Field(
        default=False, description="Compile the network: starts minutes later, faster in long runs on a GPU."
    )
    log_every: PositiveInt = Field(default=10, description="Steps between loss readings; each waits for the device.")
    state_every: PositiveInt = Field(default=1000, description="Steps between training states for --resume.")
    checkpoint_every: NonNegativeInt = Field(
        default=0, description="Steps between checkpoints; 0: only the last of each phase."
    )
    keep_checkpoints: PositiveInt = Field(default=3, description="Newest checkpoints kept per phase, besides the last.")
    samples_every: NonNegativeInt = Field(
        default=1000, description="Steps between sample grids and validations; 0: only at the end of each phase."
    )
    validation_samples: NonNegativeInt = Field(
        default=0, description="Samples held out to compute validation PSNR; at most a tenth of the train split."
    )
