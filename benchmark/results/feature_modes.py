"""Feature modes of metrics per set: name, weight file and number of features. Never imports torch."""

from typing import Literal, NamedTuple

FidMode = Literal["legacy_pytorch", "clean"]
FeatureMode = FidMode | Literal["dinov2-224", "clip-224"]  # a network and the resize in front of it


class Features(NamedTuple):
    """The features of one mode."""

    weights: str  # name of the weight file, as in `anibench weights list`
    length: int  # values per picture


FEATURES: dict[FeatureMode, Features] = {
    "legacy_pytorch": Features("inception-pytorch", 2048),
    "clean": Features("inception-torchscript", 2048),
    "dinov2-224": Features("dinov2-large", 1024),
    "clip-224": Features("clip-large", 768),
}
