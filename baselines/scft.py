"""SCFT (Lee et al., CVPR 2020): attention from line to reference, trained with a triplet loss.

It differs from the other GAN baselines in its encoders without batch norm (`cao`), its scaled dot-product attention and
its triplet loss, in the form of Cao's code or of the paper. The authors' code is not public.
"""

from typing import Literal

from pydantic import Field

from baselines.gan.config import CRITIC, SETTABLE, Blocks, GanConfig, LossConfig, Triplet
from baselines.gan.method import GanMethod

__all__ = [
    "SETTABLE",
    "TRAINING_ONLY",
    "Config",
    "cost",
    "estimate",
    "import_checkpoint",
    "load",
    "parameters",
    "train",
    "trial",
]


class ScftLossConfig(LossConfig):
    """Weights of the generator's losses, with the triplet loss."""

    triplet: float | None = Field(
        default=None, ge=0, description="Triplet loss; none: that of the variant, 1 (cao) or 0 (sga-repository)."
    )
    triplet_form: Literal["cao", "cvpr"] = Field(
        default="cao",
        description="cao: as in Cao's code, q k against q v at each pair of positions; cvpr: as in the paper, the key "
        "that matches by the warp against all other keys.",
    )
    margin: float = Field(default=12.0, description="Margin of the triplet loss (code).")


class Config(GanConfig):
    """The settings of SCFT and of its training."""

    loss: ScftLossConfig = ScftLossConfig()

    @property
    def triplet(self) -> Triplet:
        """The triplet loss; its default weight depends on the variant."""
        weight = self.loss.triplet
        if weight is None:
            weight = 1.0 if self.variant == "cao" else 0.0
        return Triplet(weight, self.loss.triplet_form, self.loss.margin)


METHOD = GanMethod(
    "scft",
    Config,
    {"cao": Blocks("scft", norm=False, cbam=False), "sga-repository": Blocks("scft", norm=True, cbam=False)},
)
TRAINING_ONLY = (CRITIC,)
train, load, estimate = METHOD.train, METHOD.load, METHOD.estimate
parameters, import_checkpoint = METHOD.parameters, METHOD.import_checkpoint
cost, trial = METHOD.cost, METHOD.trial
