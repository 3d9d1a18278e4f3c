"""Features from stand-in weights through the real loading path: parity with clean-fid, and no unchecked file."""

import hashlib
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from stand_ins import inception_state, published_inception, put_inception
from torch import nn

from benchmark.core.errors import AnibenchError
from benchmark.scoring.features.extractor import Extractor
from benchmark.scoring.features.inception import load_extractor
from benchmark.weights.files import WEIGHTS

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated", "ignore:Detected pickle")
IMAGES = list(np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8))
PTH, SCRIPT = WEIGHTS["inception-pytorch"].file, WEIGHTS["inception-torchscript"].file


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Where other processes want the cores too, more threads make small work slow."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    return inception_state()


@pytest.fixture(scope="module")
def extractor(state: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Extractor:
    folder = tmp_path_factory.mktemp("weights")
    return load_extractor("legacy_pytorch", "cpu", pin=put_inception(folder, state), folders=[folder])


def test_legacy_features_are_clean_fids(
    extractor: Extractor, state: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cleanfid.resize import build_resizer

    published = published_inception(monkeypatch, state)
    resized = np.stack([build_resizer("legacy_pytorch")(image) for image in IMAGES]).transpose(0, 3, 1, 2)
    with torch.inference_mode():
        expected = published(torch.from_numpy(resized.astype(np.float32)) / 255)[0][:, :, 0, 0].numpy()
    found = extractor(IMAGES)
    assert found.shape == (2, 2048)
    assert found.dtype == np.float64
    assert np.abs(expected).max() > 1e-3, "the comparison is about something"
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def test_features_hang_on_their_own_picture(extractor: Extractor) -> None:
    together, alone = extractor(IMAGES), extractor(IMAGES[1:2])
    assert np.allclose(together[1], alone[0], rtol=1e-4, atol=1e-5 * np.abs(together).max())
    assert not np.allclose(together[0], together[1], rtol=1e-2)


def test_the_extractor_says_whose_features_they_are(extractor: Extractor) -> None:
    assert (extractor.name, extractor.mode, len(extractor.sha256)) == ("inception-pytorch", "legacy_pytorch", 64)


class StandIn(nn.Module):
    """The part of the TorchScript network that is used: `layers`, (n, 3, 299, 299) -> (n, 2048)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2048, bias=False))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)  # type: ignore[no-any-return]


def test_clean_features_use_the_antialiased_resize(tmp_path: Path) -> None:
    network = StandIn()
    torch.jit.save(torch.jit.script(network), tmp_path / SCRIPT)  # type: ignore[no-untyped-call]
    found = load_extractor("clean", "cpu", pin=digest(tmp_path / SCRIPT), folders=[tmp_path])
    resized = [
        np.asarray(Pillow.fromarray(IMAGES[0][..., c].astype(np.float32)).resize((299, 299), Pillow.Resampling.BICUBIC))
        for c in range(3)
    ]
    means = torch.tensor([(channel.clip(0, 255).mean() - 128) / 128 for channel in resized])
    expected = network.layers[2](means.float()).detach().numpy()
    assert np.allclose(found(IMAGES[:1])[0], expected, rtol=1e-4, atol=1e-6)
    assert (found.name, found.mode) == ("inception-torchscript", "clean")


def test_a_torchscript_file_of_another_hash_is_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.jit.save(torch.jit.script(StandIn()), tmp_path / SCRIPT)  # type: ignore[no-untyped-call]
    monkeypatch.setattr(torch.jit, "load", lambda *_, **__: pytest.fail("loaded before the hash was checked"))
    with pytest.raises(AnibenchError, match="the pinned hash is"):
        load_extractor("clean", "cpu", folders=[tmp_path])


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("sprung",)


def test_a_pickle_that_runs_code_is_refused_even_with_the_right_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / PTH).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(AnibenchError, match="does not contain the expected network"):
        load_extractor("legacy_pytorch", "cpu", pin=digest(tmp_path / PTH), folders=[tmp_path])
    assert not (tmp_path / "sprung").exists()


def test_weights_of_another_network_are_named(tmp_path: Path) -> None:
    torch.save({"fc.weight": torch.zeros(2, 2)}, tmp_path / PTH)
    with pytest.raises(AnibenchError, match=rf"{PTH} does not contain the expected network"):
        load_extractor("legacy_pytorch", "cpu", pin=digest(tmp_path / PTH), folders=[tmp_path])
