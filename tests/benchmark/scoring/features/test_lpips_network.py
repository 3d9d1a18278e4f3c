"""LPIPS on random weights: parity with a plain second implementation, properties, and files that are not the ones."""

from pathlib import Path

import numpy as np
import pytest
import torch
from stand_ins import CONVOLUTIONS, LINEAR, TRUNK, lpips_states, put_lpips
from torch.nn import functional as F

from benchmark.core.errors import AnibenchError
from benchmark.scoring.features.lpips_network import Lpips, load_lpips
from benchmark.scoring.lpips import WEIGHTS as LPIPS_WEIGHTS

pytestmark = pytest.mark.filterwarnings("ignore:Detected pickle")


@pytest.fixture(scope="module")
def lpips(tmp_path_factory: pytest.TempPathFactory) -> Lpips:
    folder = tmp_path_factory.mktemp("weights")
    pins = put_lpips(folder, *lpips_states())
    found = load_lpips("cpu", LPIPS_WEIGHTS, pins=pins, folders=[folder])
    assert found.weights == dict(zip(LPIPS_WEIGHTS, pins, strict=True))
    return found


def pictures(n: int, seed: int = 0, side: int = 64) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 256, (n, side, side, 3), np.uint8))


def plain_lpips(image: np.ndarray, target: np.ndarray) -> float:
    """The paper's equation 1 in float64 from the tensors alone, place by place and channel by channel."""
    trunk, linear = lpips_states()
    total = 0.0
    maps = []
    for picture in (image, target):
        scaled = (picture.astype(np.float64) / 255 * 2 - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]
        x, found = torch.from_numpy(scaled.transpose(2, 0, 1).copy())[None], []
        for place, *_, stride, padding, pool in CONVOLUTIONS:
            x = F.max_pool2d(x, 3, 2) if pool else x
            weight, bias = (trunk[f"features.{place}.{name}"].double() for name in ("weight", "bias"))
            x = F.conv2d(x, weight, bias, stride, padding).clamp(min=0)
            found.append(x[0].numpy())
        maps.append(found)
    for level, (a, b) in enumerate(zip(*maps, strict=True)):
        weight = linear[f"lin{level}.model.1.weight"].double().numpy().ravel()
        places = [(i, j) for i in range(a.shape[1]) for j in range(a.shape[2])]
        unit = [[each[:, i, j] / (np.sqrt((each[:, i, j] ** 2).sum()) + 1e-10) for i, j in places] for each in (a, b)]
        total += np.mean([weight @ (one - two) ** 2 for one, two in zip(*unit, strict=True)])
    return float(total)


def test_parity_with_a_second_implementation(lpips: Lpips) -> None:
    images, targets = pictures(2, 1), pictures(2, 2)
    expected = [plain_lpips(image, target) for image, target in zip(images, targets, strict=True)]
    assert min(expected) > 0.1
    assert lpips(images, targets) == pytest.approx(expected, rel=1e-4)


def test_identical_pictures_are_0_apart_and_it_is_symmetric(lpips: Lpips) -> None:
    images, targets = pictures(3, 1), pictures(3, 2)
    assert (lpips(images, images) == 0).all()
    assert lpips(images, targets) == pytest.approx(lpips(targets, images), rel=1e-6)
    flat = [np.full((64, 64, 3), level, np.uint8) for level in (0, 255)]
    assert np.isfinite(lpips(flat, flat[::-1])).all()


def test_more_noise_is_further_away_and_pictures_do_not_mix(lpips: Lpips) -> None:
    (target,) = pictures(1, side=40)
    noise = np.random.default_rng(5).normal(size=target.shape)
    images = [np.clip(target + sigma * noise, 0, 255).astype(np.uint8) for sigma in (2, 8, 32, 128)]
    together = lpips(images, [target] * 4)
    assert (np.diff(together) > 0).all()
    assert together == pytest.approx([lpips([image], [target])[0] for image in images], rel=1e-4)


@pytest.mark.parametrize(
    "wrong", [np.zeros((64, 64, 3)), np.zeros((64, 64), np.uint8), np.zeros((30, 64, 3), np.uint8)]
)
def test_pictures_of_another_kind_are_refused(lpips: Lpips, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 RGB|at least 31 px"):
        lpips([wrong], [wrong])
    with pytest.raises(ValueError, match="differ in shape"):
        lpips(pictures(1), pictures(1, side=65))


def test_a_missing_or_another_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=rf"{TRUNK.name} was not found; .*weights fetch alexnet"):
        load_lpips("cpu", LPIPS_WEIGHTS, folders=[tmp_path])
    pins = put_lpips(tmp_path, *lpips_states())
    with pytest.raises(AnibenchError, match=rf"{TRUNK.name} has a SHA-256 that starts with"):
        load_lpips("cpu", LPIPS_WEIGHTS, folders=[tmp_path])
    with pytest.raises(AnibenchError, match=rf"{LINEAR.name} has the SHA-256"):
        load_lpips("cpu", LPIPS_WEIGHTS, pins=[pins[0], None], folders=[tmp_path])


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    trunk, linear = lpips_states()
    cut = {name: value for name, value in trunk.items() if name != "features.6.weight"}
    narrow = linear | {"lin2.model.1.weight": torch.zeros(1, 100, 1, 1)}
    for one, two, place in ((cut, linear, TRUNK), (trunk, narrow, LINEAR), (trunk, [1.0], LINEAR)):
        with pytest.raises(AnibenchError, match=rf"{place.name} does not contain"):
            load_lpips("cpu", LPIPS_WEIGHTS, pins=put_lpips(tmp_path, one, two), folders=[tmp_path])
