"""Feature modes of metrics per set: name, weight file and number of features. Never imports torch."""

from typing import Literal, NamedTuple

FidMode = Literal["legacy_pytorch", "clean"]
FeatureMode = FidMode | Literal["dinov2-224", "clip-224"]  # a network and the resize in front of it


class FeatureNetwork(NamedTuple):
    """The features of one mode."""

    weights: str  # name of the weight file, as in `anibench weights list`
    length: int  # values per picture


FEATURES: dict[FeatureMode, FeatureNetwork] = {
    "legacy_pytorch": FeatureNetwork("inception-pytorch", 2048),
    "clean": FeatureNetwork("inception-torchscript", 2048),
    "dinov2-224": FeatureNetwork("dinov2-large", 1024),
    "clip-224": FeatureNetwork("clip-large", 768),
}
