"""Configuration of AnimeDiffusion. Defaults are the paper's; where the authors' code differs, both are offered."""

from typing import Literal

from pydantic import Field, PositiveInt, model_validator

from benchmark.core.config import Config
from benchmark.training.config import BudgetConfig, OptimizerConfig, RuntimeConfig

StartNoise = Literal["gaussian", "invert-reference"]
TrainingStart = Literal["gaussian", "invert-reference", "invert-target"]
Weighting = Literal["uniform", "min-snr"]
GridName = Literal["published", "trailing"]


class UNetConfig(Config):
    """The network (section 3.2, figure 2): 52,301,251 parameters by default."""

    channels: PositiveInt = Field(default=64, description="Width at full resolution (code).")
    multipliers: tuple[PositiveInt, ...] = Field(default=(1, 2, 4, 8), description="Width factor per level (code).")
    blocks: PositiveInt = Field(default=2, description="Plain residual blocks per level (code).")
    heads: PositiveInt = Field(default=4, description="Attention heads (code).")
    groups: PositiveInt = Field(default=32, description="Groups of every group norm (code).")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Dropout in every residual block (code: 0).")
    cbam: bool = Field(default=False, description="CBAM in the plain decoder blocks (code: written, switched off).")
    attention_levels: tuple[int, ...] = Field(
        default=(),
        description="Levels (0 finest) with self-attention after every block, on top of the bottleneck's. "
        "Paper: the deep levels, without saying which; code: none.",
    )


class DiffusionConfig(Config):
    """The noise schedule (section 3.1)."""

    steps: PositiveInt = Field(default=1000, description="T.")
    prediction: Literal["noise", "v", "image"] = Field(
        default="noise",
        description="What the network predicts: noise (paper, code), v = sqrt(gamma) noise - sqrt(1 - gamma) image "
        "(arXiv 2202.00512), or the image.",
    )
    dtype: Literal["float32", "float64"] = Field(
        default="float32",
        description="Precision of the schedule. float32 as published; its last DDPM step dims by 1.3 %.",
    )


class AugmentConfig(Config):
    """Changes of the training samples. Paper and code make none but the warp; a strength is between 0 and 1."""

    mirror: bool = Field(default=False, description="Mirror half of the samples: line, target and reference.")
    colors: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Strength of one random colour change of target and reference alike: order of the channels, "
        "saturation, gamma and gain of each channel. Colours are then learnt from the reference alone.",
    )
    bend: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Strength of a random mirror, turn (20 degrees), scale (1.35) and shift (0.15 of the side) of the "
        "reference after the warp, so that its colours lie in other places than the target's.",
    )


class Phase1Config(Config):
    """Phase 1, noise prediction (sections 3.3 and 4.1)."""

    epochs: PositiveInt = Field(default=300, description="Passes over the data (section 4.1); code: 200.")
    steps: PositiveInt | None = Field(
        default=None, description="Optimiser steps instead of epochs, for a fixed budget."
    )
    batch: PositiveInt = Field(default=32, description="Images per optimiser step, over all devices (4.1); code: 1.")
    micro_batch: PositiveInt | None = Field(
        default=None, description="Images per network call; fewer need less memory."
    )
    shuffle: bool = Field(default=True, description="New order each epoch; code: false.")
    optimizer: OptimizerConfig = Field(
        default=OptimizerConfig(), description="Adam at 1e-5 (4.1); code: AdamW at 1e-4."
    )
    loss: Literal["sum", "mean"] = Field(
        default="sum", description="Reduction of the squared error over batch, channels and pixels (both: sum)."
    )
    weighting: Weighting = Field(
        default="uniform",
        description="Weight of a step's squared error: the same for all (paper, code), or min(SNR, 5) of the image's "
        "error (arXiv 2303.09556).",
    )
    condition_dropout: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of samples trained without line and reference, for sampling.guidance_scale: the paper's "
        "'classifier-free guidance' taken literally. Neither text nor code drops a condition: 0.",
    )


class Phase2Config(Config):
    """Phase 2, reconstruction through the sampling chain (section 3.4, algorithm 1)."""

    enabled: bool = Field(default=True, description="False stops after phase 1 (the paper's ablation).")
    epochs: PositiveInt = Field(default=1, description="Passes over the data (4.1; 10 in table 2 and in the code).")
    steps: PositiveInt | None = Field(
        default=None, description="Optimiser steps instead of epochs, for a fixed budget."
    )
    batch: PositiveInt = Field(default=4, description="Images per optimiser step (4.1); code: 1.")
    micro_batch: PositiveInt | None = Field(
        default=None, description="Images per network call; fewer need less memory."
    )
    shuffle: bool = Field(default=True, description="New order each epoch; code: false.")
    optimizer: OptimizerConfig = Field(
        default=OptimizerConfig(), description="Adam at 1e-5 (4.1); code: AdamW at 1e-4."
    )
    chain: PositiveInt = Field(default=10, description="S, DDIM steps that gradients pass through (4.1).")
    grid: GridName = Field(
        default="published", description="Steps visited: published (1, 101, ..., 901) or trailing (to 999)."
    )
    eta: float = Field(
        default=0.0, ge=0, description="Noise of the chain (3.4: 0); code: 1, its own setting of 0 is unused."
    )
    start_noise: TrainingStart = Field(
        default="invert-reference",
        description="Where the chain starts. Paper: noise made from the reference; code: the inverted target.",
    )
    inversion_weights: Literal["phase1", "current"] = Field(
        default="phase1",
        description="Whose weights invert: the frozen phase-1 network (algorithm 1) or the ones in training (code).",
    )
    inversion_start: Literal["network", "noise"] = Field(
        default="network",
        description="First update: the network at step 0 (equation 13) or fresh Gaussian noise (code).",
    )
    inversion_time: Literal["pass", "omit"] = Field(
        default="pass", description="Whether inversion tells the network the step (paper) or leaves it out (code)."
    )
    checkpointing: bool = Field(
        default=True,
        description="Recompute each chain step in the backward pass: memory of one step, about 1.2 x the time.",
    )


class SamplingConfig(Config):
    """How the colorizer turns noise into a picture (section 3.4)."""

    sampler: Literal["ddim", "ddpm"] = Field(
        default="ddim", description="ddpm: the full chain of the row without phase 2."
    )
    steps: PositiveInt = Field(default=10, description="S (4.1); the DDPM sampler always takes all T.")
    grid: GridName = Field(default="published", description="As in phase 2.")
    eta: float = Field(
        default=0.0, ge=0, description="Noise of the chain (3.4: 0); code: 1. The DDPM sampler's own is 1."
    )
    start_noise: StartNoise = Field(
        default="invert-reference",
        description="Where the chain starts. Paper: noise made from the reference, which in self-reference tests is "
        "the truth itself; code: Gaussian.",
    )
    inversion_start: Literal["network", "noise"] = Field(default="network", description="As in phase 2.")
    inversion_time: Literal["pass", "omit"] = Field(default="pass", description="As in phase 2.")
    guidance_scale: float = Field(
        default=1.0, ge=0, description="Weight of the condition; 1 is none. Others need phase1.condition_dropout."
    )
    upsampling: Literal["bicubic", "guided"] = Field(
        default="guided",
        description="How a result made below the line's size is enlarged; guided follows the full-size line drawing.",
    )
    compile: bool = Field(
        default=False,
        description="torch.compile the network, on a GPU as a CUDA graph: a minute to start, pays on many pictures.",
    )


class AnimeDiffusionConfig(Config):
    """Everything that decides what AnimeDiffusion is and how it is trained."""

    seed: int = Field(default=0, ge=0, description="Root of every random choice.")
    resolution: PositiveInt = Field(default=256, description="Side the network works at (4.1); 256 is the data's own.")
    warp: bool = Field(
        default=True, description="Train with TPS-warped references (3.3); false is the ablation without."
    )
    ema_decay: float = Field(
        default=0.0, ge=0, lt=1, description="Moving average of the weights; 0 is none (paper, code)."
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
            raise ValueError(f"resolution {self.resolution} is no multiple of {multiple} = 2 ** (levels - 1)")
        widths = [self.unet.channels * multiplier for multiplier in self.unet.multipliers]
        for width in widths:
            if width % self.unet.groups or width % self.unet.heads:
                raise ValueError(f"a level of {width} channels does not divide into unet.groups and unet.heads")
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
            raise ValueError("diffusion.prediction image tells no noise at step 0: set inversion_start to noise")
        for name, steps in (("phase2.chain", self.phase2.chain), ("sampling.steps", self.sampling.steps)):
            if steps > self.diffusion.steps:
                raise ValueError(f"{name} = {steps} is more than diffusion.steps = {self.diffusion.steps}")
        return self
