"""Colour under line: the colours have no lines, the lines are the artist's, and the file is OpenRaster."""

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import PIL.Image
import pytest
from drawings import drawing

from benchmark.colorizing import layers
from benchmark.colorizing.layers import flat_colours, with_lines, write_layers
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image


def painted(line: Image) -> Image:
    """Red left and blue right of the middle, with thick black lines that a method drew."""
    page = np.zeros((*line.shape, 3), np.uint8)
    page[:, : line.shape[1] // 2] = (200, 60, 60)
    page[:, line.shape[1] // 2 :] = (60, 60, 200)
    return np.where(line[..., None] < 128, np.uint8(0), page)


def test_the_colours_have_no_lines() -> None:
    line = drawing(120, 160)
    colours = flat_colours(painted(line), line)
    assert {tuple(colour) for colour in colours.reshape(-1, 3)} == {(200, 60, 60), (60, 60, 200)}


def test_bands_give_the_same_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    line = drawing(400, 160)
    whole = flat_colours(painted(line), line)
    monkeypatch.setattr(layers, "BAND", 64)
    assert np.array_equal(flat_colours(painted(line), line), whole)


def test_the_artists_lines_are_on_top() -> None:
    line = drawing(120, 160)
    line[line == 0] = 40
    result = with_lines(painted(line), line)
    assert (result[line == 255] > 0).all()
    thin = line == 40
    assert np.allclose(result[thin].max(axis=1), 200 * 40 / 255, atol=1)


def test_the_file_opens_as_layers(tmp_path: Path) -> None:
    line = drawing(300, 200)
    alpha = np.full(line.shape, 255, np.uint8)
    alpha[:10] = 0
    write_layers(tmp_path / "a.ora", painted(line), line, alpha)
    first = (tmp_path / "a.ora").read_bytes()
    write_layers(tmp_path / "a.ora", painted(line), line, alpha)
    assert (tmp_path / "a.ora").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        names = archive.namelist()
        pictures = {name: read(archive, name) for name in names if name.endswith(".png")}
        stack = ElementTree.fromstring(archive.read("stack.xml"))
    assert names[0] == "mimetype"
    assert first[38:54] == b"image/openraster"  # not compressed, at the place where tools look for it
    assert (stack.get("w"), stack.get("h")) == ("200", "300")
    sources = [layer.get("src") for layer in stack.iter("layer")]
    assert sources == ["data/line.png", "data/colour.png"]
    assert np.array_equal(pictures["data/line.png"][..., 3], 255 - line)
    assert (pictures["data/colour.png"][..., 3] == alpha).all()
    assert max(pictures["Thumbnails/thumbnail.png"].shape) == 256


def test_a_psd_file_has_the_same_layers(tmp_path: Path) -> None:
    tools = pytest.importorskip("psd_tools")
    line = drawing(300, 200)
    alpha = np.full(line.shape, 255, np.uint8)
    alpha[:10] = 0
    write_layers(tmp_path / "a.psd", painted(line), line, alpha)
    first = (tmp_path / "a.psd").read_bytes()
    write_layers(tmp_path / "a.psd", painted(line), line, alpha)
    assert (tmp_path / "a.psd").read_bytes() == first
    colour, ink = tools.PSDImage.open(tmp_path / "a.psd")
    assert (colour.name, ink.name) == ("colour", "line")
    assert np.array_equal(np.asarray(ink.topil())[..., 3], 255 - line)
    shown = np.asarray(colour.topil())
    assert np.array_equal(shown[..., 3], alpha)
    assert np.array_equal(shown[10:, :, :3], flat_colours(painted(line), line)[10:])
    whole = np.asarray(PIL.Image.open(tmp_path / "a.psd").convert("RGB")).astype(int)
    assert np.abs(whole - with_lines(painted(line), line))[10:].max() <= 1, "programs without layers show the picture"
    with pytest.raises(AnibenchError, match="at most 30000 px a side"):
        write_layers(tmp_path / "b.psd", np.zeros((4, 30_001, 3), np.uint8), np.zeros((4, 30_001), np.uint8), None)


def read(archive: zipfile.ZipFile, name: str) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
