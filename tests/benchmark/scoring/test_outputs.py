"""Outputs on disk: decoded without conversion, hashed by their pixels, removed where they changed."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from benchmark.data.dataset import pixel_hash
from benchmark.scoring import outputs
from benchmark.scoring.outputs import hash_outputs, output_path, read_output, remove_changed

SHAPE = (6, 5, 3)
PICTURES = {name: np.random.default_rng(n).integers(0, 256, SHAPE, np.uint8) for n, name in enumerate("abc")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, image in PICTURES.items():
        write_png(output_path(tmp_path, name), image)
    return tmp_path


def test_an_output_is_read_as_it_was_written_and_in_no_other_form(folder: Path) -> None:
    assert np.array_equal(read_output(output_path(folder, "a"), SHAPE), PICTURES["a"])
    write_png(output_path(folder, "grey"), PICTURES["a"][..., 0])
    output_path(folder, "empty").write_bytes(b"")
    for name, message in (("grey", "8-bit RGB"), ("empty", "cannot|not a picture"), ("absent", "cannot be read")):
        with pytest.raises(AnibenchError, match=message):
            read_output(output_path(folder, name), SHAPE)
    with pytest.raises(AnibenchError, match="resize it"):
        read_output(output_path(folder, "a"), (7, 5, 3))


def test_changed_outputs_are_removed_with_one_decoding_each(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = [(name, pixel_hash(image)) for name, image in PICTURES.items()]
    before = hash_outputs(folder, PICTURES, SHAPE)
    write_png(output_path(folder, "b"), 255 - PICTURES["b"])
    output_path(folder, "c").write_bytes(b"damaged")
    assert len(before) == 64
    read: list[Path] = []
    monkeypatch.setattr(outputs, "read_output", lambda path, shape: read.append(path) or read_output(path, shape))
    assert remove_changed(folder, hashes, SHAPE) == ["b"]
    assert [path.stem for path in read] == ["a", "b", "c"]
    assert not output_path(folder, "b").exists()
    assert output_path(folder, "c").exists(), "a damaged output is left to painting"
