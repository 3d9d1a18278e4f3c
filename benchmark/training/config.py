"""Settings that all trainable methods share: optimiser, budget, precision, logs, states and checkpoints."""

import re
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from benchmark.core.config import Config

Border = Literal["black", "mirror", "both"]
"""What a warped reference shows where the warp leads outside the picture."""
Share = Annotated[float, Field(ge=0, le=1)]

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


class AugmentConfig(Config):
    """Augmentation of training samples, besides the warp. The published methods have none. Strengths are in 0..1."""

    mirror: bool = Field(default=False, description="Mirror half of the samples: line, target and reference alike.")
    colors: Share = Field(
        default=0.0,
        description="Random colour change: its strength. Target and reference change alike in channel order, "
        "saturation, gamma and gains, so that colours can be predicted from the reference alone.",
    )
    palette: Share = Field(
        default=0.0,
        description="Random colour map: its strength. Target and reference get new colours alike; black stays.",
    )
    patches: Share = Field(
        default=0.0,
        description="Soft ellipses on target and reference: their largest opacity. They have no lines, like shadows, "
        "lights and blurred backgrounds.",
    )
    bend: Share = Field(
        default=0.0,
        description="Random affine map: its strength. The warped reference is mirrored, rotated (20 degrees), scaled "
        "(1.35) and shifted (0.15 of its side), so that its colours are not at the target's positions.",
    )
    character: Share = Field(
        default=0.0,
        description="References of the same character: share of samples. The manifest names the characters.",
    )
    border: Border = Field(
        default="black",
        description="Border of the warp: what a warped reference shows where the warp leads outside the picture; black "
        "(code), the mirrored picture, or one of both in each half of the samples. Protocols warp with black.",
    )


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
