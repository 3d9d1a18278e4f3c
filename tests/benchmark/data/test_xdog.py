"""XDoG: parity with a plain float64 loop written from the paper, properties, golden lines, errors."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from benchmark.core.config import load_config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_rgb, sha256_bytes
from benchmark.data.xdog import XDoG, extract_lines, response, to_grey, window_size

GREYS = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)))
PARAMS = st.builds(
    XDoG,
    sigma=st.sampled_from([0.3, 0.4, 0.5, 1.1]),
    k=st.floats(1.2, 6),
    p=st.floats(0, 40),
    epsilon=st.floats(-0.2, 0.9),
    form=st.sampled_from(["product", "equation-1"]),
)


def plain_blur(image: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    radius = (round(8 * sigma + 1) | 1) // 2
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    for axis in (0, 1):
        pad = [(radius, radius) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(image, pad, mode="reflect")
        length = image.shape[axis]
        image = sum(w * padded.take(range(i, i + length), axis) for i, w in enumerate(weights))
    return image


def plain_lines(grey: Image, params: XDoG) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The extractor as the paper and its code describe it: (response, rint(255 T)) in float64."""
    g = grey / 255.0
    u = (1 + params.p) * plain_blur(g, params.sigma) - params.p * plain_blur(g, params.k * params.sigma)
    u = g * u if params.form == "product" else u
    t = np.where(u >= params.epsilon, 1.0, 1 + np.tanh(params.phi * (u - params.epsilon)))
    return u, np.rint(255 * t)


def scene(height: int = 96, width: int = 80) -> Image:
    """A smooth RGB picture with dark strokes, from integer arithmetic only: the same on every machine."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([(3 * x + y) % 256, 90 + (x * y) % 128, 255 - (x + 2 * y) % 200], axis=-1)
    rgb[(x - 40) ** 2 + (y - 48) ** 2 < 300] = (230, 200, 180)
    rgb[np.abs((x - 40) ** 2 + (y - 48) ** 2 - 400) < 40] = (20, 10, 30)
    rgb[(x + y) % 37 == 0] = (60, 40, 40)
    return rgb.astype(np.uint8)


@given(GREYS, PARAMS)
@settings(max_examples=150, deadline=None)
def test_lines_equal_a_plain_float64_loop(grey: Image, params: XDoG) -> None:
    u, t = plain_lines(grey, params)
    np.testing.assert_allclose(response(grey, params), u, atol=1e-12, rtol=0)
    decided = np.abs(u - params.cut) > 1e-12  # nearer than this the two float64 sums may differ
    np.testing.assert_array_equal(extract_lines(grey, params)[decided], np.where(t >= 128, 255, 0)[decided])


@pytest.mark.parametrize("form", ["product", "equation-1"])
@pytest.mark.parametrize("sigma", [0.3, 0.4, 0.5])
def test_lines_of_a_picture_equal_the_plain_loop_everywhere(form: str, sigma: float) -> None:
    params = load_config(XDoG, settings=[f"form={form}", f"sigma={sigma}"])
    expected = plain_lines(to_grey(scene()), params)[1] >= 128
    np.testing.assert_array_equal(extract_lines(scene(), params), np.where(expected, 255, 0))
    assert 0.02 < (~expected).mean() < 0.5


@given(GREYS, PARAMS)
@settings(max_examples=80, deadline=None)
def test_lines_keep_the_shape_have_two_values_and_do_not_change_the_picture(grey: Image, params: XDoG) -> None:
    before = grey.copy()
    lines = extract_lines(grey, params)
    assert lines.shape == grey.shape
    assert lines.dtype == np.uint8
    assert set(np.unique(lines)) <= {0, 255}
    np.testing.assert_array_equal(grey, before)


@given(st.integers(0, 255), st.integers(1, 40), st.integers(1, 40), st.floats(0, 30))
@settings(max_examples=60, deadline=None)
def test_a_flat_picture_is_ink_only_below_the_threshold(level: int, height: int, width: int, p: float) -> None:
    """Without an edge D = g: ink where g^2 < 0.01 (grey < 25.5) in the product form, g < 0.01 (2.55) in equation 1."""
    flat = np.full((height, width), level, np.uint8)
    assert (extract_lines(flat, XDoG(p=p)) == (255 if level >= 26 else 0)).all()
    assert (extract_lines(flat, XDoG(p=p, form="equation-1")) == (255 if level >= 3 else 0)).all()


def test_a_flat_picture_exactly_at_epsilon_is_paper() -> None:
    flat = np.full((64, 64), 51, np.uint8)
    assert (extract_lines(flat, XDoG(epsilon=51 / 255, form="equation-1")) == 255).all()


@pytest.mark.parametrize("side", [8, 64])  # decided in windows, and in the whole picture
@pytest.mark.parametrize("form", ["product", "equation-1"])
def test_a_response_exactly_at_the_cut_is_paper(form: str, side: int) -> None:
    """rint(255 T) is rint(127.5) = 128 there. A black picture has the response 0, and this epsilon the cut 0."""
    params = load_config(XDoG, settings=[f"form={form}", f"epsilon={math.atanh(0.5) / 1e9!r}"])
    assert params.cut == 0
    assert (extract_lines(np.zeros((side, side), np.uint8), params) == 255).all()


@given(GREYS, PARAMS)
@settings(max_examples=80, deadline=None)
def test_mirroring_and_turning_commute_with_the_extractor(grey: Image, params: XDoG) -> None:
    sure = np.abs(response(grey, params) - params.cut) > 1e-12
    lines = extract_lines(grey, params)
    for change in (np.fliplr, np.flipud, np.transpose):
        changed = change(extract_lines(np.ascontiguousarray(change(grey)), params))
        np.testing.assert_array_equal(changed[sure], lines[sure])


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_grey_is_the_fixed_point_formula(rgb: Image) -> None:
    r, g, b = np.moveaxis(rgb.astype(np.int64), -1, 0)
    np.testing.assert_array_equal(to_grey(rgb), (9798 * r + 19235 * g + 3735 * b + 2**14) >> 15)


def test_window_sizes_follow_opencv() -> None:
    sigmas = [0.3, 0.4, 0.5, 1.05, 1.4, 1.75]
    assert [window_size(s) for s in sigmas] == [3, 5, 5, 9, 13, 15]


@pytest.mark.parametrize("form", ["product", "equation-1"])
def test_pixels_at_the_threshold_are_decided_in_float64(form: str) -> None:
    """The cut is set 1e-9 above and below the response of single pixels, far nearer than float32 can tell."""
    grey = to_grey(scene())
    params = XDoG(form=form, sigma=0.4)
    u = response(grey, params)
    for row, column in [(5, 7), (20, 31), (48, 40), (60, 3), (77, 70), (90, 12)]:
        for offset, expected in ((1e-9, 0), (-1e-9, 255)):
            epsilon = u[row, column] + offset + (params.epsilon - params.cut)
            lines = extract_lines(grey, XDoG(form=form, sigma=0.4, epsilon=epsilon))
            assert lines[row, column] == expected


def test_golden_lines() -> None:
    """Lines of a fixed picture, byte for byte: a change here changes every dataset's fingerprint."""
    hashes = [
        sha256_bytes(extract_lines(scene(), XDoG(sigma=0.4, form=form)).tobytes())[:16]
        for form in ("product", "equation-1")
    ]
    assert hashes == ["754799f609304604", "93b6a04af9e28f24"]


def test_the_form_and_phi_matter() -> None:
    product, equation = (extract_lines(scene(), XDoG(form=form)) for form in ("product", "equation-1"))
    assert (product == 0).sum() > (equation == 0).sum()
    soft = extract_lines(scene(), XDoG(form="equation-1", phi=0.5))  # 128 is reached 1.1 below epsilon
    assert (soft == 0).sum() < (equation == 0).sum()


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_other_types_and_shapes_are_refused(bad: Image) -> None:
    with pytest.raises(AnibenchError, match=r"uint8"):
        extract_lines(bad, XDoG())


@pytest.mark.parametrize("bad", ["sigma=0", "k=1", "p=-1", "phi=0", "form=sketch", "p=nan", "epsilon=inf"])
def test_impossible_parameters_are_refused_by_name(bad: str) -> None:
    with pytest.raises(AnibenchError, match=bad.split("=")[0]):
        load_config(XDoG, settings=[bad])


@pytest.mark.real
def test_no_pixel_of_real_faces_differs_from_float64() -> None:
    root = os.environ.get("ANIBENCH_REAL_DATA")
    if not root or not (Path(root) / "faces256").is_dir():
        pytest.skip("needs $ANIBENCH_REAL_DATA/faces256")
    for path in sorted((Path(root) / "faces256").glob("*.jpg"))[::40]:
        grey = to_grey(read_rgb(path))
        for sigma in (0.3, 0.4, 0.5):
            params = XDoG(sigma=sigma)
            expected = np.where(response(grey, params) >= params.cut, 255, 0)
            np.testing.assert_array_equal(extract_lines(grey, params), expected, err_msg=str(path))
