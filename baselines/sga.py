"""SGA (Li et al., ECCV 2022): cross and self-attention whose maps are not trained, only what they carry.

Its own: batch norm in the encoders of both variants, and two stop-gradient attention units. No triplet loss.
"""

from baselines.gan.config import CRITIC, Blocks, GanConfig
from baselines.gan.method import GanMethod

__all__ = ["TRAINING_ONLY", "Config", "estimate", "import_checkpoint", "load", "parameters", "train"]


class Config(GanConfig):
    """Everything that decides what SGA is and how it is trained."""


SAME = Blocks("stop-gradient", norm=True, cbam=False)
METHOD = GanMethod("sga", Config, {"cao": SAME, "sga-repository": SAME})
TRAINING_ONLY = (CRITIC,)
train, load, estimate = METHOD.train, METHOD.load, METHOD.estimate
parameters, import_checkpoint = METHOD.parameters, METHOD.import_checkpoint
