"""Configuration that the three GAN baselines share. Defaults are the published values of the chosen variant."""

from typing import Literal, NamedTuple

from pydantic import Field, PositiveInt, model_validator

from benchmark.core.config import Config
from benchmark.training.config import BudgetConfig, OptimizerConfig, RuntimeConfig

Variant = Literal["cao", "sga-repository"]
MULTIPLE = 16  # sides of pictures: the encoder halves them four times
CRITIC = "discriminator."  # prefix of the critic's tensors in a checkpoint
SMALLEST = 64  # px: below, nothing is left for the last layer of the critic
PUBLISHED_STEPS = 600_000  # cao: at most; their test scripts load the checkpoint of step 105,001
PUBLISHED_EPOCHS = 40  # sga-repository


class Blocks(NamedTuple):
    """What tells the generators of the three methods apart."""

    attention: Literal["scft", "stop-gradient"]
    norm: bool  # batch norm in the encoders
    cbam: bool  # CBAM in the encoders


class Triplet(NamedTuple):
    """The triplet loss of a method: its weight, 0 where there is none, its form and its margin."""

    weight: float
    form: Literal["cao", "cvpr"]
    margin: float


class GeneratorOptimizer(OptimizerConfig):
    """Adam as published."""

    learning_rate: float = Field(default=1e-4, gt=0, description="Its rate, after the warm-up.")
    betas: tuple[float, float] = Field(default=(0.5, 0.999), description="Decay of its two moments.")


class DiscriminatorOptimizer(GeneratorOptimizer):
    """Adam as published."""

    learning_rate: float = Field(default=2e-4, gt=0, description="Its rate, after the warm-up.")


class LossConfig(Config):
    """Weights of the generator's losses, as published."""

    adversarial: float = Field(default=1.0, ge=0, description="Least-squares GAN loss.")
    l1: float = Field(default=30.0, ge=0, description="Mean absolute difference to the truth.")
    perceptual: float = Field(default=0.01, ge=0, description="L1 between VGG-19 features; 0 needs no VGG-19.")
    style: float = Field(default=50.0, ge=0, description="L1 between Gram matrices of VGG-19 features; 0 needs none.")

    @property
    def uses_vgg(self) -> bool:
        return self.perceptual > 0 or self.style > 0


class GanConfig(Config):
    """Everything that decides what such a method is and how it is trained."""

    seed: int = Field(default=0, ge=0, description="Root of every random choice.")
    variant: Variant = Field(
        default="cao",
        description="cao: the code of the AnimeDiffusion paper's authors, most likely behind its table 1; "
        "sga-repository: the code of the SGA paper.",
    )
    resolution: PositiveInt = Field(default=256, description="Side the networks work at; 256 is published.")
    width: PositiveInt = Field(default=16, description="Channels of the first layers, 16 published; all others follow.")
    warp: bool = Field(default=True, description="Train with TPS-warped references.")
    ema_decay: float = Field(default=0.0, ge=0, lt=1, description="Moving average of the generator; 0 is none.")
    batch: PositiveInt = Field(default=16, description="Images per step, over all devices.")
    shuffle: bool = Field(default=True, description="New order each epoch; the incomplete last batch is dropped.")
    steps: PositiveInt | None = Field(
        default=None, description="Steps; by default the published length: 600,000 (cao), 40 epochs (sga-repository)."
    )
    epochs: PositiveInt | None = Field(default=None, description="Passes over the data, where steps is not set.")
    budget: BudgetConfig = BudgetConfig()
    generator: GeneratorOptimizer = GeneratorOptimizer()
    discriminator: DiscriminatorOptimizer = DiscriminatorOptimizer()
    loss: LossConfig = LossConfig()
    runtime: RuntimeConfig = RuntimeConfig()

    @property
    def triplet(self) -> Triplet:
        """None; SCFT has one."""
        return Triplet(0.0, "cao", 0.0)

    @model_validator(mode="after")
    def _fits(self) -> "GanConfig":
        if self.resolution % MULTIPLE or self.resolution < SMALLEST:
            raise ValueError(f"resolution {self.resolution} is no multiple of {MULTIPLE} from {SMALLEST} on")
        return self
