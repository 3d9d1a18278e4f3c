"""ST-LPIPS on random weights: parity with a plain second implementation; with the authors' weights: their values."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from benchmark.core.errors import AnibenchError
from benchmark.scoring.features.lpips_network import Lpips
from benchmark.scoring.features.st_lpips_network import load_st_lpips
from benchmark.scoring.lpips import ST_WEIGHTS
from benchmark.weights.files import WEIGHTS, has_weights

pytestmark = pytest.mark.filterwarnings("ignore:Detected pickle")
PLACE = WEIGHTS[ST_WEIGHTS[0]].place
# Slice and place in the authors' network, channels in and out, kernel, padding; whether a pool and a blur come before.
CONVOLUTIONS = ((1, 0, 3, 64, 11, 2, False), (2, 5, 64, 192, 5, 2, True), (3, 9, 192, 384, 3, 1, True),
                (4, 11, 384, 256, 3, 1, False), (5, 13, 256, 256, 3, 1, False))  # fmt: skip
BLURS = {"net.slice1.1": 64, "net.slice2.4": 64, "net.slice3.8": 192}
BINOMIAL = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
State = dict[str, torch.Tensor]


def random_state() -> State:
    """The tensors of the authors' file, random but for the blurs."""
    rng = torch.Generator().manual_seed(0)
    state = {f"{name}.filt": BINOMIAL.expand(channels, 1, 3, 3).clone() for name, channels in BLURS.items()}
    for level, (part, place, inside, outside, kernel, *_) in enumerate(CONVOLUTIONS):
        shape = (outside, inside, kernel, kernel)
        name = f"net.slice{part}.{place}"
        state[f"{name}.weight"] = torch.randn(shape, generator=rng) * (2 / (inside * kernel**2)) ** 0.5
        state[f"{name}.bias"] = 0.1 * torch.randn(outside, generator=rng)
        state[f"lin{level}.model.1.weight"] = torch.rand((1, outside, 1, 1), generator=rng)
    return state | {"scaling_layer.shift": torch.zeros(1, 3, 1, 1)}


def put(folder: Path, state: object) -> str:
    """Save the file; returns its SHA-256."""
    (folder / PLACE).parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / PLACE)
    return hashlib.sha256((folder / PLACE).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Lpips:
    folder = tmp_path_factory.mktemp("weights")
    digest = put(folder, random_state())
    found = load_st_lpips("cpu", ST_WEIGHTS, pins=[digest], folders=[folder])
    assert found.weights == {ST_WEIGHTS[0]: digest}
    return found


def pictures(n: int, seed: int, side: int = 40) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 256, (n, side, side, 3), np.uint8))


def halved(x: torch.Tensor) -> torch.Tensor:
    """The blur by shifted sums of the reflected picture, every second pixel."""
    padded = F.pad(x, (2, 2, 2, 2), mode="reflect")
    high, wide = padded.shape[2] - 2, padded.shape[3] - 2
    parts = [BINOMIAL[i, j] * padded[:, :, i : i + high, j : j + wide] for i in range(3) for j in range(3)]
    return sum(parts, torch.zeros(()))[:, :, ::2, ::2]


def plain_distance(image: np.ndarray, target: np.ndarray) -> float:
    """LPIPS over the shift-tolerant trunk in float64, from the tensors alone."""
    state = random_state()
    maps = []
    for picture in (image, target):
        scaled = (picture.astype(np.float64) / 255 * 2 - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]
        x, found = torch.from_numpy(scaled.transpose(2, 0, 1).copy())[None], []
        for level, (part, place, _, _, _, padding, pooled) in enumerate(CONVOLUTIONS):
            x = halved(F.max_pool2d(x, 3, 1)) if pooled else x
            weight, bias = (state[f"net.slice{part}.{place}.{name}"].double() for name in ("weight", "bias"))
            x = F.conv2d(x, weight, bias, padding=padding)
            x = (halved(x) if level == 0 else x).clamp(min=0)
            found.append(x / (x.square().sum(dim=1, keepdim=True).sqrt() + 1e-10))
        maps.append(found)
    linear = [state[f"lin{level}.model.1.weight"].double() for level in range(5)]
    return sum(float(F.conv2d((a - b) ** 2, weight).mean()) for a, b, weight in zip(*maps, linear, strict=True))


def test_parity_with_a_second_implementation(network: Lpips) -> None:
    images, targets = pictures(3, 1), pictures(3, 2)
    expected = [plain_distance(image, target) for image, target in zip(images, targets, strict=True)]
    assert min(expected) > 0.1
    assert network(images, targets) == pytest.approx(expected, rel=1e-4)  # float32 through five layers, against float64


def test_identical_pictures_are_0_apart_and_it_is_symmetric(network: Lpips) -> None:
    images, targets = pictures(3, 1), pictures(3, 2)
    assert (network(images, images) == 0).all()
    assert network(images, targets) == pytest.approx(network(targets, images), rel=1e-6)


def test_the_smallest_picture_is_measured_and_a_smaller_one_refused(network: Lpips) -> None:
    assert network(pictures(1, 1, 21), pictures(1, 2, 21))[0] > 0
    with pytest.raises(ValueError, match="at least 21 px"):
        network(pictures(1, 1, 20), pictures(1, 2, 20))


def test_a_missing_file_names_the_package_and_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=rf"{PLACE.name} was not found; run: pip install stlpips-pytorch==0.0.2"):
        load_st_lpips("cpu", ST_WEIGHTS, folders=[tmp_path])
    put(tmp_path, random_state())
    with pytest.raises(AnibenchError, match="the pinned hash is b356b382"):
        load_st_lpips("cpu", ST_WEIGHTS, folders=[tmp_path])


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    state = random_state()
    cut = {name: value for name, value in state.items() if name != "net.slice3.9.weight"}
    narrow = state | {"lin2.model.1.weight": torch.zeros(1, 100, 1, 1)}
    for content in (cut, narrow, [1.0]):
        with pytest.raises(AnibenchError, match=rf"{PLACE.name} does not contain"):
            load_st_lpips("cpu", ST_WEIGHTS, pins=[put(tmp_path, content)], folders=[tmp_path])


@pytest.mark.weights
@pytest.mark.skipif(not has_weights(ST_WEIGHTS[0]), reason="stlpips-pytorch is not installed")
def test_the_values_are_those_of_the_authors_package() -> None:
    """The expected values were printed by stlpips-pytorch 0.0.2 for the same arrays."""
    (picture,) = pictures(1, 0, 64)
    smooth = np.add.outer(np.arange(64) * 2, np.arange(64)).astype(np.uint8)[..., None].repeat(3, axis=2)
    images, targets = [picture, smooth, smooth], [smooth, np.roll(smooth, 1, axis=1), 255 - smooth]
    expected = [1.0178145, 0.0128882, 0.2702497]
    assert load_st_lpips("cpu", ST_WEIGHTS)(images, targets) == pytest.approx(expected, rel=1e-4)
