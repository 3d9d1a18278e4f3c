"""Configuration that the three GAN baselines share. Defaults are the published values of the variant."""

from typing import Literal, NamedTuple, Self

from pydantic import Field, PositiveInt, model_validator

from benchmark.core.config import Config
from benchmark.methods.regions import UPSAMPLING, Upsampling
from benchmark.training.config import AugmentConfig, BudgetConfig, OptimizerConfig, RuntimeConfig

Variant = Literal["cao", "sga-repository"]
PHASE = "adversarial"  # name of the only training phase
MULTIPLE = 16  # of picture sides: the encoder halves them four times
CRITIC = "discriminator."  # name prefix of the critic's tensors in a checkpoint
SETTABLE = ("upsampling",)  # after training
SMALLEST = 64  # px: the smallest input of the critic
PUBLISHED_STEPS = 600_000  # cao: at most; their test scripts load the checkpoint of step 105,001
PUBLISHED_EPOCHS = 40  # sga-repository


class Blocks(NamedTuple):
    """The building blocks in which the generators of the three methods differ."""

    attention: Literal["scft", "stop-gradient"]
    norm: bool  # batch norm in the encoders
    cbam: bool  # CBAM in the encoders


class Triplet(NamedTuple):
    """The triplet loss of a method: weight (0: none), form and margin."""

    weight: float
    form: Literal["cao", "cvpr"]
    margin: float


class GeneratorOptimizer(OptimizerConfig):
    """The generator's Adam, as published."""

    learning_rate: float = Field(default=1e-4, gt=0, description="Learning rate after warm-up.")
    betas: tuple[float, float] = Field(default=(0.5, 0.999), description="Decay rates of the two moments.")


class DiscriminatorOptimizer(GeneratorOptimizer):
    """The critic's Adam, as published."""

    learning_rate: float = Field(default=2e-4, gt=0, description="Learning rate after warm-up.")


class LossConfig(Config):
    """Weights of the generator's losses, as published."""

    adversarial: float = Field(default=1.0, ge=0, description="Least-squares GAN loss.")
    l1: float = Field(default=30.0, ge=0, description="Mean absolute difference from the target.")
    perceptual: float = Field(default=0.01, ge=0, description="L1 distance of VGG-19 features.")
    style: float = Field(default=50.0, ge=0, description="L1 distance of Gram matrices of VGG-19 features.")

    @property
    def uses_vgg(self) -> bool:
        """Whether training needs VGG-19: unless both of its losses have weight 0."""
        return self.perceptual > 0 or self.style > 0


class GanConfig(Config):
    """The settings of a GAN baseline and of its training."""

    seed: int = Field(default=0, ge=0, description="Random seed.")
    variant: Variant = Field(
        default="cao",
        description="cao: the code of the AnimeDiffusion paper's authors, most likely behind its table 1; "
        "sga-repository: the code of the SGA paper.",
    )
    resolution: PositiveInt = Field(default=256, description="Side of the networks' pictures in px; published: 256.")
    width: PositiveInt = Field(
        default=16, description="Channels of the first layers; the others are multiples of it. Published: 16."
    )
    warp: bool = Field(default=True, description="Train with TPS-warped references.")
    ema_decay: float = Field(
        default=0.0, ge=0, lt=1, description="Decay of the moving average of the generator; 0: no average."
    )
    augment: AugmentConfig = AugmentConfig()
    batch: PositiveInt = Field(default=16, description="Images per step, over all devices.")
    shuffle: bool = Field(default=True, description="New order each epoch; the incomplete last batch is dropped.")
    steps: PositiveInt | None = Field(
        default=None, description="Steps; none: the published length, 600,000 (cao) or 40 epochs (sga-repository)."
    )
    epochs: PositiveInt | None = Field(default=None, description="Passes over the data; used if steps is not set.")
    budget: BudgetConfig = BudgetConfig()
    generator: GeneratorOptimizer = GeneratorOptimizer()
    discriminator: DiscriminatorOptimizer = DiscriminatorOptimizer()
    loss: LossConfig = LossConfig()
    upsampling: Upsampling = Field(default="guided", description=UPSAMPLING)
    runtime: RuntimeConfig = RuntimeConfig()

    @property
    def triplet(self) -> Triplet:
        """The triplet loss; only SCFT has one."""
        return Triplet(0.0, "cao", 0.0)

    @property
    def loss_weights(self) -> dict[str, float]:
        """Loss name -> weight in the generator's sum."""
        weights = self.loss
        return {
            "adversarial": weights.adversarial,
            "l1": weights.l1,
            "perceptual": weights.perceptual,
            "style": weights.style,
            "triplet": self.triplet.weight,
        }

    @model_validator(mode="after")
    def _fits(self) -> "GanConfig":
        if self.resolution % MULTIPLE or self.resolution < SMALLEST:
            raise ValueError(f"resolution {self.resolution} must be a multiple of {MULTIPLE}, {SMALLEST} or more")
        if self.triplet.weight and self.triplet.form == "cvpr" and (self.augment.bend or self.augment.character):
            raise ValueError("set augment.bend and augment.character to 0: loss.triplet_form cvpr needs exact matches")
        return self

    def trial(self, steps: int, batch: int) -> Self:
        """The same networks and losses with `steps` steps of at most `batch` images."""
        return self.model_copy(update={"steps": steps, "batch": min(batch, self.batch), "budget": BudgetConfig()})
