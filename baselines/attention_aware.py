"""Attention-aware anime line drawing colorization (Cao et al., ICME 2023): SGA with CBAM in every encoder layer.

Its own: CBAM after each convolution of both encoders; all else is SGA in Cao's variant.
"""

from typing import Literal

from pydantic import Field

from baselines.gan.config import CRITIC, Blocks, GanConfig
from baselines.gan.method import GanMethod

__all__ = ["TRAINING_ONLY", "Config", "estimate", "import_checkpoint", "load", "parameters", "train"]


class Config(GanConfig):
    """Everything that decides what the attention-aware model is and how it is trained."""

    variant: Literal["cao"] = Field(default="cao", description="There is one code, its authors'.")


METHOD = GanMethod("attention-aware", Config, {"cao": Blocks("stop-gradient", norm=True, cbam=True)})
TRAINING_ONLY = (CRITIC,)
train, load, estimate = METHOD.train, METHOD.load, METHOD.estimate
parameters, import_checkpoint = METHOD.parameters, METHOD.import_checkpoint
