"""SCFT (Lee et al., CVPR 2020): colours find their places by attention that a triplet loss trains.

Its own: no norm in the encoders (`cao`), scaled dot-product attention, and the triplet loss, in the form of Cao's code
or as the paper means it. No code of its authors is public.
"""

from typing import Literal

from pydantic import Field

from baselines.gan.config import CRITIC, Blocks, GanConfig, LossConfig, Triplet
from baselines.gan.method import GanMethod

__all__ = ["TRAINING_ONLY", "Config", "estimate", "import_checkpoint", "load", "parameters", "train"]


class ScftLossConfig(LossConfig):
    """Weights of the generator's losses, with the triplet loss."""

    triplet: float | None = Field(
        default=None, ge=0, description="Triplet loss; by default as the variant has it: 1 (cao), 0 (sga-repository)."
    )
    triplet_form: Literal["cao", "cvpr"] = Field(
        default="cao",
        description="cao: of Cao's code, which compares q k with q v at every pair of positions; cvpr: as the paper "
        "means it, the key that the warp makes the match against all others.",
    )
    margin: float = Field(default=12.0, description="Margin of the triplet loss (code).")


class Config(GanConfig):
    """Everything that decides what SCFT is and how it is trained."""

    loss: ScftLossConfig = ScftLossConfig()

    @property
    def triplet(self) -> Triplet:
        """As set; its weight by default as the variant has it."""
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
