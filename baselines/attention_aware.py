"""Attention-aware anime line drawing colorization (Cao et al., ICME 2023).

SGA in Cao's variant, with CBAM after each convolution of both encoders.
"""

from typing import Literal

from pydantic import Field

from baselines.gan.config import CRITIC, SETTABLE, Blocks, GanConfig
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


class Config(GanConfig):
    """The settings of the attention-aware model and of its training."""

    variant: Literal["cao"] = Field(default="cao", description="cao: the authors' code, the only one.")


METHOD = GanMethod("attention-aware", Config, {"cao": Blocks("stop-gradient", norm=True, cbam=True)})
TRAINING_ONLY = (CRITIC,)
train, load, estimate = METHOD.train, METHOD.load, METHOD.estimate
parameters, import_checkpoint = METHOD.parameters, METHOD.import_checkpoint
cost, trial = METHOD.cost, METHOD.trial
