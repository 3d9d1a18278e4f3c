"""Each mode of features is computed by its own network."""

from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.results.feature_modes import FEATURES, FeatureMode
from benchmark.scoring.features.load import load_features


@pytest.mark.parametrize("mode", FEATURES)
def test_without_weights_the_file_of_the_mode_is_named(
    mode: FeatureMode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_weights: None
) -> None:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(AnibenchError, match=f"weights fetch {FEATURES[mode].weights}"):
        load_features(mode, "cpu")
