"""DINOv2's and CLIP's features from tiny random networks, saved under the names that the published files have."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from stand_ins import make_tiny, put_transformer, tiny_transformer

from benchmark.core.errors import AnibenchError
from benchmark.results.feature_modes import FEATURES, FeatureMode
from benchmark.scoring.features import vision_transformers
from benchmark.scoring.features.vision_transformers import ARCHITECTURES, load_vision_transformer

pytest.importorskip("transformers")
IMAGES = list(np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8))
MODES: list[FeatureMode] = ["dinov2-224", "clip-224"]


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    make_tiny(monkeypatch)


@pytest.mark.parametrize("mode", MODES)
def test_features_are_those_of_the_network(mode: FeatureMode, tmp_path: Path) -> None:
    model, state = tiny_transformer(mode)
    put_transformer(tmp_path, mode, state)
    extractor = load_vision_transformer(mode, "cpu", folders=[tmp_path])
    mean, std = (np.array(each) for each in (ARCHITECTURES[mode].mean, ARCHITECTURES[mode].std))
    resized = np.stack(
        [np.asarray(Pillow.fromarray(image).resize((224, 224), Pillow.Resampling.BICUBIC)) for image in IMAGES]
    )
    pixels = torch.from_numpy(((resized / 255 - mean) / std).transpose(0, 3, 1, 2)).float()
    with torch.inference_mode():
        output = model(pixel_values=pixels)
    expected = output.last_hidden_state[:, 0] if mode == "dinov2-224" else output.image_embeds
    found = extractor(IMAGES)
    assert found.shape == (2, extractor.length) == (2, 16 if mode == "dinov2-224" else 12)
    assert np.abs(found[0] - found[1]).max() > 1e-3, "the comparison is about something"
    assert np.allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5)
    assert (extractor.name, extractor.mode, len(extractor.sha256)) == (FEATURES[mode].weights, mode, 64)


@pytest.mark.parametrize("mode", MODES)
def test_files_that_are_missing_or_do_not_fit_are_named(mode: FeatureMode, tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=rf"was not found; .*weights fetch {FEATURES[mode].weights}"):
        load_vision_transformer(mode, "cpu", folders=[tmp_path])
    _, state = tiny_transformer(mode)
    one = next(name for name in state if name.endswith("norm2.bias"))
    for wrong in (
        {name: value for name, value in state.items() if name != one},
        state | {one: torch.zeros(3)},
        state | {"vision_model.embeddings.register_tokens": torch.zeros(1, 4, 16)},
    ):
        path = put_transformer(tmp_path, mode, wrong)
        with pytest.raises(AnibenchError, match=rf"{path} does not contain the expected network"):
            load_vision_transformer(mode, "cpu", folders=[tmp_path])
    path.write_bytes(b"not safetensors")
    with pytest.raises(AnibenchError, match="does not contain the expected network"):
        load_vision_transformer(mode, "cpu", folders=[tmp_path])


def test_a_recorded_hash_is_compared_before_anything_is_read(tmp_path: Path) -> None:
    put_transformer(tmp_path, "dinov2-224", tiny_transformer("dinov2-224")[1])
    (tmp_path / "pins.json").write_text('{"dinov2-large": "' + "0" * 64 + '"}')
    with pytest.raises(AnibenchError, match="the pinned hash is"):
        load_vision_transformer("dinov2-224", "cpu", folders=[tmp_path])


def test_without_transformers_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_transformer(tmp_path, "clip-224", tiny_transformer("clip-224")[1])
    monkeypatch.setattr(vision_transformers, "find_spec", lambda name: None)
    with pytest.raises(AnibenchError, match=r"pip install 'anibench\[diffusers\]'"):
        load_vision_transformer("clip-224", "cpu", folders=[tmp_path])
