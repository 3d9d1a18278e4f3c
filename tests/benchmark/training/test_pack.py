"""The pack gives back the dataset's bytes, is built once, and never belongs to other data."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_json
from benchmark.data.dataset import Dataset
from benchmark.training.pack import color_side, open_pack, shrink


def test_full_size_bytes_are_the_datasets(tiny_dataset: Dataset) -> None:
    pack = open_pack(tiny_dataset, "train")
    ids = list(reversed(pack.ids))[:3]
    colors, bits = pack.gather(ids)
    assert pack.binary
    assert bits.shape == (3, 256 * 256 // 8)
    for row, sample_id in enumerate(ids):
        assert np.array_equal(colors[row], tiny_dataset.color(sample_id))
        lines = np.unpackbits(bits[row]).reshape(256, 256) * 255
        assert np.array_equal(lines, tiny_dataset.line(sample_id))


def test_a_smaller_pack_holds_averages(tiny_dataset: Dataset) -> None:
    pack = open_pack(tiny_dataset, "train", 64)
    (color,), (line,) = pack.gather(pack.ids[:1])
    assert not pack.binary
    full = tiny_dataset.color(pack.ids[0]).astype(float)
    assert pack.side == 128, "twice the resolution, so that references can be warped first"
    assert np.abs(color - full.reshape(128, 2, 128, 2, 3).mean((1, 3))).max() <= 0.5
    full = tiny_dataset.line(pack.ids[0]).astype(float)
    assert np.abs(line - full.reshape(64, 4, 64, 4).mean((1, 3))).max() <= 0.5


@pytest.mark.parametrize(("resolution", "side"), [(16, 32), (128, 256), (136, 136), (256, 256)])
def test_colours_are_twice_the_resolution_where_the_pictures_are(resolution: int, side: int) -> None:
    assert color_side(resolution) == side


def test_a_pack_is_built_once(tiny_dataset: Dataset) -> None:
    open_pack(tiny_dataset, "test", 32)
    for sample_id in tiny_dataset.ids("test"):
        tiny_dataset.color_path(sample_id).unlink()
    assert len(open_pack(tiny_dataset, "test", 32).ids) == 5


def test_a_failed_build_leaves_nothing(tiny_dataset: Dataset) -> None:
    broken = tiny_dataset.color_path(tiny_dataset.ids("train")[3])
    content = broken.read_bytes()
    broken.write_bytes(content[:50])
    with pytest.raises(AnibenchError, match=broken.name):
        open_pack(tiny_dataset, "train", 32)
    assert list((tiny_dataset.root / ".pack").iterdir()) == []
    broken.write_bytes(content)
    assert len(open_pack(tiny_dataset, "train", 32).ids) == 6


def test_other_data_under_the_same_name_is_refused(tiny_dataset: Dataset) -> None:
    open_pack(tiny_dataset, "train", 32)
    card = next((tiny_dataset.root / ".pack").glob("*-train-32of64/pack.json"))
    write_json(card, read_json(card) | {"ids": []})
    with pytest.raises(AnibenchError, match="belongs to other data"):
        open_pack(tiny_dataset, "train", 32)


@pytest.mark.parametrize("name", ["colors.npy", "lines.npy"])
def test_a_flipped_bit_is_found_when_its_sample_is_gathered(tiny_dataset: Dataset, name: str) -> None:
    ids = open_pack(tiny_dataset, "train", 32).ids
    path = next((tiny_dataset.root / ".pack").glob(f"*-train-32of64/{name}"))
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    pack = open_pack(tiny_dataset, "train", 32)
    pack.gather(ids[:-1])
    with pytest.raises(AnibenchError, match=rf"-train-32of64 is damaged: {ids[-1]} .*delete the folder"):
        pack.gather(ids[-2:])


def test_a_pack_of_an_earlier_version_is_built_again(tiny_dataset: Dataset) -> None:
    expected = open_pack(tiny_dataset, "train", 32)
    path = next((tiny_dataset.root / ".pack").glob("*-train-32of64/checksums.npy"))
    path.unlink()
    again = open_pack(tiny_dataset, "train", 32)
    assert np.array_equal(again.checksums, expected.checksums)


def test_an_empty_split_and_a_size_above_the_datas_are_refused(make_dataset: Callable[..., Dataset], tmp_path: Path):
    data = make_dataset(tmp_path / "one", train=1, test=0)
    with pytest.raises(AnibenchError, match="no samples in its test split"):
        open_pack(data, "test")
    with pytest.raises(AnibenchError, match="resolution 512 is not from 1 to 256"):
        open_pack(data, "train", 512)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_dataset_that_cannot_be_written_to_is_packed_in_the_cache(
    tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tiny_dataset.root.chmod(0o555)
    try:
        open_pack(tiny_dataset, "train", 32)
    finally:
        tiny_dataset.root.chmod(0o755)
    assert list((tmp_path / "cache/anibench/pack").glob("*-train-32of64/pack.json"))


def test_shrink_leaves_the_full_size_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert shrink(image, 256) is image
