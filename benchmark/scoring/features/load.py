"""The feature extractor of a mode."""

from benchmark.results.feature_modes import FeatureMode
from benchmark.scoring.features.extractor import Extractor


def load_features(mode: FeatureMode, device: str) -> Extractor:
    """The extractor of `mode` on `device`; raises AnibenchError if its weights are missing or have another hash."""
    if mode == "clean" or mode == "legacy_pytorch":
        from benchmark.scoring.features.inception import load_extractor

        return load_extractor(mode, device)
    from benchmark.scoring.features.vision_transformers import load_vision_transformer

    return load_vision_transformer(mode, device)
