"""Outputs on disk: read from lossless forms alone, hashed by their pixels, removed where they changed."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from fields import paint

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from benchmark.data.dataset import pixel_hash
from benchmark.scoring import outputs
from benchmark.scoring.outputs import copy_outputs, find_outputs, hash_outputs, output_path, read_output, remove_changed

SHAPE = (6, 5, 3)
SIZE = (256, 256, 3)  # of the fields that `paint` gives
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


def save(path: Path, form: str, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(paint(1)).save(path, form, **options)
    return path


@pytest.mark.parametrize(
    ("name", "form", "options"),
    [
        ("a.png", "PNG", {}),
        ("a.PNG", "PNG", {}),
        ("a.jpg", "PNG", {}),
        ("a.bmp", "BMP", {}),
        ("a.tiff", "TIFF", {"compression": "tiff_lzw"}),
        ("a.webp", "WEBP", {"lossless": True}),
        ("a.ppm", "PPM", {}),
    ],
)
def test_lossless_forms_are_read_and_kept_as_png(tmp_path: Path, name: str, form: str, options: dict[str, Any]) -> None:
    save(tmp_path / "made" / name, form, **options)
    copy_outputs(tmp_path / "made", tmp_path / "run", ["a"], SIZE)
    copied = output_path(tmp_path / "run", "a")
    assert copied.read_bytes().startswith(b"\x89PNG")
    assert np.array_equal(read_output(copied, SIZE), paint(1))


def test_a_palette_holds_its_pixels(tmp_path: Path) -> None:
    picture = PIL.Image.fromarray(paint(1)).quantize(64)
    picture.save(tmp_path / "a.png")
    assert np.array_equal(read_output(tmp_path / "a.png", SIZE), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95}), ("TIFF", {"compression": "jpeg"})]
)
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_lossy_forms_are_refused_whatever_they_are_named(
    tmp_path: Path, name: str, form: str, options: dict[str, Any]
) -> None:
    save(tmp_path / name, form, **options)
    with pytest.raises(AnibenchError, match=rf"{name} is a lossy {form}.*save it as PNG"):
        copy_outputs(tmp_path, tmp_path / "run", ["a"], SIZE)


def test_files_of_one_name_and_strangers_are_named(tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp", "stranger.webp"):
        save(tmp_path / name, "PNG")
    with pytest.raises(AnibenchError, match=r"1 missing: b\.png; 1 not .*stranger\.webp; 2 of the same name: a\.bmp"):
        find_outputs(tmp_path, ["a", "b"])
