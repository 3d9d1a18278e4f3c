"""SGA (Li et al., ECCV 2022): cross- and self-attention without gradient through the attention maps.

It differs from the other GAN baselines in its encoders with batch norm and its two stop-gradient attention units. It
has no triplet loss.
"""

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
    """The settings of SGA and of its training."""


SAME = Blocks("stop-gradient", norm=True, cbam=False)
METHOD = GanMethod("sga", Config, {"cao": SAME, "sga-repository": SAME})
TRAINING_ONLY = (CRITIC,)
train, load, estimate = METHOD.train, METHOD.load, METHOD.estimate
parameters, import_checkpoint = METHOD.parameters, METHOD.import_checkpoint
cost, trial = METHOD.cost, METHOD.trial
