"""Training on test pictures: exact and near duplicates are refused, and what was compared is said."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.data.dataset import Dataset
from benchmark.data.near.sketches import encoded, sketch
from benchmark.methods.checkpoints import CheckpointInfo
from benchmark.methods.leaks import refuse_leak

FILE = Path("m.safetensors")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, make_dataset: Callable[..., Dataset]) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("leaks") / "faces")


def record(pictures: dict[str, Image | None], fingerprint: str = "f" * 64) -> CheckpointInfo:
    """A checkpoint trained on `pictures`, with the sketches of those that are given."""
    sketches = encoded({name: sketch(each) for name, each in pictures.items() if each is not None})
    return CheckpointInfo(
        method="animediffusion", config={}, phase="phase1", step=1, images_seen=9, seconds=1.0, dataset="d",
        fingerprint=fingerprint, training_ids=tuple(pictures), sketches=sketches, anibench_version="0",
    )  # fmt: skip


def own(data: Dataset) -> dict[str, Image | None]:
    return {name: data.color(name) for name in data.ids("train")}


def one_value(image: Image) -> Image:
    changed = image.copy()
    changed[7, 9, 1] ^= 1
    return changed


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (one_value, ")"),
        (lambda image: (255 * (image / 255) ** 1.4).astype(np.uint8), ")"),
        (lambda image: (image * np.array([1, 0.85, 0.7])).astype(np.uint8), ")"),
        (lambda image: np.ascontiguousarray(image[:, ::-1]), ", mirrored)"),
        (lambda image: np.asarray(cv2.resize(image[5:240, 15:250], (256, 256))), ""),
    ],
    ids=["one value", "light", "tint", "mirrored", "cropped"],
)
def test_a_changed_test_picture_in_the_training_is_refused(
    data: Dataset, change: Callable[[Image], Image], how: str
) -> None:
    test = data.ids("test")[2]
    leaked = record(own(data) | {"0123456789abcdef": change(data.color(test))})
    with pytest.raises(AnibenchError) as error:
        refuse_leak(FILE, leaked, data)
    assert f"near duplicates of 1 pictures of the test split of {data.root}" in str(error.value)
    assert f"({test} is like 0123456789abcdef{how}" in str(error.value)
    assert "anibench train animediffusion --data" in str(error.value)


def test_the_comparison_is_said(data: Dataset) -> None:
    assert (
        refuse_leak(FILE, record(own(data)), data)
        == "6 training pictures compared with the test pictures by sketch: 0 near"
    )
    some = own(data) | {"0123456789abcdef": None}
    assert refuse_leak(FILE, record(some), data) == (
        "6 training pictures compared with the test pictures by sketch, 1 more by id alone: 0 near"
    )
    assert refuse_leak(FILE, record(dict.fromkeys(data.ids("train"))), data) == (
        "its 6 training pictures were compared with the test pictures by id alone; its checkpoint has no sketches"
    )
    assert refuse_leak(FILE, record({}), data) is None
    assert refuse_leak(None, None, data) is None


def test_an_exact_picture_is_refused_with_or_without_a_sketch(data: Dataset) -> None:
    test = data.ids("test")[0]
    for picture in (None, data.color(test)):
        with pytest.raises(AnibenchError, match=rf"was trained on 1 pictures of the test split of .*\({test}\)"):
            refuse_leak(FILE, record({test: picture}), data)


def test_near_duplicates_that_the_dataset_has_itself_are_stated(
    tmp_path: Path, make_dataset: Callable[..., Dataset]
) -> None:
    data = make_dataset(tmp_path / "faces")
    train, test = data.ids("train")[0], data.ids("test")[0]
    data.color_path(test).replace(data.color_path(train))
    cv2.imwrite(str(data.color_path(test)), one_value(data.color(train))[..., ::-1])
    stated = refuse_leak(FILE, record(own(data), data.fingerprint), data)
    assert stated is not None
    assert stated.endswith("by sketch: 1 near, which this dataset has in its own train split")
    elsewhere = record({"0123456789abcdef": data.color(train)}, data.fingerprint)
    with pytest.raises(AnibenchError, match="near duplicates of 1 pictures"):
        refuse_leak(FILE, elsewhere, data)


def test_a_damaged_sketch_is_named(data: Dataset) -> None:
    whole = record(own(data))
    bad = whole.model_copy(update={"sketches": dict.fromkeys(whole.training_ids, "AAAA")})
    with pytest.raises(
        AnibenchError, match="m.safetensors has a damaged record of its training pictures: a sketch has 64"
    ):
        refuse_leak(FILE, bad, data)
