"""Configuration of AnimeDiffusion. Defaults are the paper's; where the authors' code differs, both are choices.

A description begins with a few words that name the setting; `animediffusion.choices` prints them in its table. Numbers
in brackets are sections of the paper. "code" is the authors' code.
"""

from typing import Literal

from pydantic import Field, PositiveInt, model_validator

from benchmark.core.config import Config
from benchmark.methods.regions import UPSAMPLING, Upsampling
from benchmark.training.config import AugmentConfig, BudgetConfig, OptimizerConfig, RuntimeConfig

StartNoise = Literal["gaussian", "invert-reference"]
TrainingStart = Literal["gaussian", "invert-reference", "invert-target"]
Weighting = Literal["uniform", "min-snr"]
GridName = Literal["published", "trailing"]


class UNetConfig(Config):
    """The network (section 3.2, figure 2): 52,301,251 parameters by default."""

    channels: PositiveInt = Field(default=64, description="Channels at full resolution (code).")
    multipliers: tuple[PositiveInt, ...] = Field(
        default=(1, 2, 4, 8), description="Channels of each level, as multiples of `channels` (code)."
    )
    blocks: PositiveInt = Field(default=2, description="Residual blocks per level (code).")
    heads: PositiveInt = Field(default=4, description="Attention heads (code).")
    groups: PositiveInt = Field(default=32, description="Groups of the group norms (code).")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Dropout in the residual blocks (code: 0).")
    cbam: bool = Field(default=False, description="CBAM in the decoder blocks (code: present, switched off).")
    attention_levels: tuple[int, ...] = Field(
        default=(),
        description="Levels with self-attention: after each block, besides the bottleneck; 0 is the finest level. "
        "The paper does not say which deep levels; code: none.",
    )
    reference_attention: bool = Field(
        default=False,
        description="Bottleneck attends to features of the reference, which also stays an input of the network. Our "
        "own; paper and code: no.",
    )


class DiffusionConfig(Config):
    """The noise schedule (section 3.1)."""

    steps: PositiveInt = Field(default=1000, description="T, the number of diffusion steps.")
    prediction: Literal["noise", "v", "image"] = Field(
        default="noise",
        description="Predicted quantity: noise (paper, code), v = sqrt(gamma) noise - sqrt(1 - gamma) image "
        "(arXiv 2202.00512), or the image.",
    )
    dtype: Literal["float32", "float64"] = Field(
        default="float32",
        description="Precision of the schedule; float32 as published, whose last DDPM step darkens by 1.3 %.",
    )


class Phase1Config(Config):
    """Phase 1, noise prediction (sections 3.3 and 4.1)."""

    epochs: PositiveInt = Field(default=300, description="Passes over the data (4.1); code: 200.")
    steps: PositiveInt | None = Field(default=None, description="Optimiser steps; replaces `epochs` if set.")
    batch: PositiveInt = Field(default=32, description="Images per step (4.1), over all devices; code: 1.")
    micro_batch: PositiveInt | None = Field(
        default=None, description="Images per network call; fewer need less memory."
    )
    shuffle: bool = Field(default=True, description="New order each epoch; code: false.")
    optimizer: OptimizerConfig = Field(
        default=OptimizerConfig(), description="Optimiser: Adam at 1e-5 (4.1); code: AdamW at 1e-4."
    )
    loss: Literal["sum", "mean"] = Field(
        default="sum", description="Reduction of the error over batch, channels and pixels (paper, code: sum)."
    )
    weighting: Weighting = Field(
        default="uniform",
        description="Weight of a step's error: the same for all steps (paper, code), or min(SNR, 5) of the image's "
        "squared error (arXiv 2303.09556).",
    )
    condition_dropout: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Condition dropout: the share of samples trained without line and reference, which "
        "sampling.guidance_scale needs. The paper names 'classifier-free guidance'; text and code drop nothing.",
    )


class Phase2Config(Config):
    """Phase 2, reconstruction through the sampling chain (section 3.4, algorithm 1)."""

    enabled: bool = Field(default=True, description="Whether to train phase 2; false is an ablation of the paper.")
    epochs: PositiveInt = Field(default=1, description="Passes over the data (4.1); 10 in table 2 and in the code.")
    steps: PositiveInt | None = Field(default=None, description="Optimiser steps; replaces `epochs` if set.")
    batch: PositiveInt = Field(default=4, description="Images per step (4.1), over all devices; code: 1.")
    micro_batch: PositiveInt | None = Field(
        default=None, description="Images per network call; fewer need less memory."
    )
    shuffle: bool = Field(default=True, description="New order each epoch; code: false.")
    optimizer: OptimizerConfig = Field(
        default=OptimizerConfig(), description="Optimiser: Adam at 1e-5 (4.1); code: AdamW at 1e-4."
    )
    chain: PositiveInt = Field(default=10, description="DDIM steps, S, that gradients pass through (4.1).")
    first_chain: PositiveInt | None = Field(
        default=None,
        description="DDIM steps at the start of phase 2; they grow to `chain`, each number for an equal share of the "
        "optimiser steps. None: always `chain` (paper, code).",
    )
    grid: GridName = Field(
        default="published", description="Steps of the chain: published (1, 101, ..., 901) or trailing (to 999)."
    )
    eta: float = Field(
        default=0.0,
        ge=0,
        description="Eta of DDIM, the share of random noise per step (3.4: 0); code: 1, its setting of 0 is unused.",
    )
    start_noise: TrainingStart = Field(
        default="invert-reference",
        description="Start of the chain. Paper: the inverted reference; code: the inverted target.",
    )
    inversion_weights: Literal["phase1", "current"] = Field(
        default="phase1",
        description="Weights that invert: those of phase 1, frozen (algorithm 1), or the current ones (code).",
    )
    inversion_start: Literal["network", "noise"] = Field(
        default="network",
        description="Inversion's first noise: predicted at step 0 (equation 13) or random Gaussian (code).",
    )
    inversion_time: Literal["pass", "omit"] = Field(
        default="pass", description="Step in inversion: passed to the network (paper) or omitted (code)."
    )
    checkpointing: bool = Field(
        default=True,
        description="Recompute each step of the chain in the backward pass: memory of one step, 1.2 times the time.",
    )


class SamplingConfig(Config):
    """Settings of the sampler (section 3.4). They can be changed after training."""

    sampler: Literal["ddim", "ddpm"] = Field(
        default="ddim", description="Sampler; ddpm takes all T steps, as in the paper's row without phase 2."
    )
    steps: PositiveInt = Field(default=10, description="DDIM steps, S (4.1); ignored by the DDPM sampler.")
    grid: GridName = Field(default="published", description="Steps of the chain, as in phase 2.")
    eta: float = Field(
        default=0.0,
        ge=0,
        description="Eta of DDIM, the share of random noise per step (3.4: 0); code: 1. At 1: DDPM.",
    )
    start_noise: StartNoise = Field(
        default="invert-reference",
        description="Start of the chain. Paper: the inverted reference, which is the target in self-reference tests; "
        "code: Gaussian noise.",
    )
    inversion_start: Literal["network", "noise"] = Field(
        default="network", description="Inversion's first noise, as in phase 2."
    )
    inversion_time: Literal["pass", "omit"] = Field(default="pass", description="Step in inversion, as in phase 2.")
    guidance_scale: float = Field(
        default=1.0, ge=0, description="Guidance scale; 1: no guidance. Other values need phase1.condition_dropout."
    )
    upsampling: Upsampling = Field(default="guided", description=UPSAMPLING)
    compile: bool = Field(
        default=False,
        description="Compile the network (on a GPU with CUDA graphs): starts a minute later, faster for many pictures.",
    )


class AnimeDiffusionConfig(Config):
    """The settings of AnimeDiffusion and of its training."""

    seed: int = Field(default=0, ge=0, description="Random seed.")
    initial: str = Field(
        default="",
        description="Initial weights: a checkpoint file, or METHOD/NAME of weights that come with anibench; empty: "
        "random (paper, code).",
    )
    resolution: PositiveInt = Field(default=256, description="Side of the network's pictures in px (4.1); at most 256.")
    warp: bool = Field(
        default=True, description="Train with TPS-warped references (3.3); false is an ablation of the paper."
    )
    ema_decay: float = Field(
        default=0.0, ge=0, lt=1, description="Decay of the average; 0: no moving average of the weights (paper, code)."
    )
    augment: AugmentConfig = AugmentConfig()
    unet: UNetConfig = UNetConfig()
    diffusion: DiffusionConfig = DiffusionConfig()
    phase1: Phase1Config = Phase1Config()
    phase2: Phase2Config = Phase2Config()
    sampling: SamplingConfig = SamplingConfig()
    budget: BudgetConfig = BudgetConfig()
    runtime: RuntimeConfig = RuntimeConfig()

    @model_validator(mode="after")
    def _fits(self) -> "AnimeDiffusionConfig":
        multiple = 2 ** (len(self.unet.multipliers) - 1)
        if self.resolution % multiple:
            raise ValueError(f"resolution {self.resolution} must be a multiple of {multiple} = 2 ** (levels - 1)")
        widths = [self.unet.channels * multiplier for multiplier in self.unet.multipliers]
        for width in widths:
            if width % self.unet.groups or width % self.unet.heads:
                raise ValueError(f"a level has {width} channels, not a multiple of unet.groups and unet.heads")
        if any(not 0 <= level < len(widths) for level in self.unet.attention_levels):
            raise ValueError(f"unet.attention_levels {self.unet.attention_levels}: levels are 0 to {len(widths) - 1}")
        if self.sampling.sampler == "ddpm" and self.sampling.start_noise != "gaussian":
            raise ValueError("sampling.sampler ddpm starts at the last step: set sampling.start_noise to gaussian")
        if self.sampling.guidance_scale != 1 and self.phase1.condition_dropout == 0:
            raise ValueError("sampling.guidance_scale needs a network trained with phase1.condition_dropout above 0")
        starts = (self.phase2, self.sampling)
        if self.diffusion.prediction == "image" and any(
            part.start_noise != "gaussian" and part.inversion_start == "network" for part in starts
        ):
            raise ValueError("diffusion.prediction image predicts no noise at step 0: set inversion_start to noise")
        for name, steps in (("phase2.chain", self.phase2.chain), ("sampling.steps", self.sampling.steps)):
            if steps > self.diffusion.steps:
                raise ValueError(f"{name} = {steps} is more than diffusion.steps = {self.diffusion.steps}")
        if self.phase2.first_chain is not None and self.phase2.first_chain > self.phase2.chain:
            raise ValueError(
                f"phase2.first_chain = {self.phase2.first_chain} is more than phase2.chain = {self.phase2.chain}, "
                "to which the chain grows"
            )
        return self
