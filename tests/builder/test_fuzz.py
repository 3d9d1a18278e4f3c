"""Damaged files of every format: a picture or a drop with a reason, never anything else, never the end of a build."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import features

from benchmark.data.decode import FORMATS, DecodeError, DecodeRecipe, read_picture
from builder.build.pipeline import build
from builder.core.recipe import resolve_recipe
from builder.sources.folder import Folder

SIDE = 24
OPTIONS: dict[str, dict[str, object]] = {"MPO": {"save_all": True}, "ICO": {"sizes": [(16, 16)]}}
WRITABLE = [form for form in FORMATS if form not in ("QOI", "DIB")]


@cache
def sound(form: str, mode: str = "RGB") -> bytes:
    """A small sound file of a format."""
    grid = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    picture = PIL.Image.fromarray(grid).convert(mode)
    stream = io.BytesIO()
    picture.save(stream, form, **OPTIONS.get(form, {}))
    return stream.getvalue()


def qoi() -> bytes:
    """The smallest encoder: each pixel as RGB (https://qoiformat.org)."""
    pixels = b"".join(b"\xfe" + bytes([value, value // 2, 255 - value]) for value in range(16))
    return b"qoif" + (4).to_bytes(4, "big") + (4).to_bytes(4, "big") + b"\x03\x00" + pixels + bytes(7) + b"\x01"


SAMPLES: dict[str, Callable[[], bytes]] = {
    **{form: lambda form=form: sound(form) for form in WRITABLE},
    "PNG palette": lambda: sound("PNG", "P"),
    "PNG 16 bit": lambda: sound("PNG", "I;16"),
    "PNG alpha": lambda: sound("PNG", "LA"),
    "GIF grey": lambda: sound("GIF", "L"),
    "JPEG CMYK": lambda: sound("JPEG", "CMYK"),
    "TIFF float": lambda: sound("TIFF", "F"),
    "DIB": lambda: sound("BMP")[14:],
    "QOI": qoi,
}


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(damage=st.data())
def test_a_damaged_file_is_a_picture_or_a_drop(name: str, damage: st.DataObject) -> None:
    if name == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    content = bytearray(SAMPLES[name]())
    for place in damage.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] ^= 1 << damage.draw(st.integers(0, 7))
    cut = damage.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    look(bytes(content[:cut]) + damage.draw(st.binary(max_size=8)))


def look(content: bytes) -> None:
    """Read a file that may be anything; whatever is raised but a DecodeError with a reason fails the test."""
    reason, rgb = "", np.empty((0, 0, 3), np.uint8)
    try:
        rgb = read_picture(content, DecodeRecipe(max_pixels=1_000_000), "it")
    except DecodeError as error:
        reason = error.reason
    assert reason or rgb.size
    assert (rgb.dtype, rgb.shape[2]) == (np.uint8, 3)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_sound_before_they_are_damaged(name: str) -> None:
    if name == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    assert read_picture(SAMPLES[name](), DecodeRecipe(), "it").shape[2] == 3


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=st.binary(max_size=64), start=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"]))
def test_any_bytes_are_a_picture_or_a_drop(content: bytes, start: bytes) -> None:
    look(start + content)


def test_a_folder_of_damaged_files_is_built(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    root = make_folder(4)
    rng = np.random.default_rng(11)
    names = []
    for name in SAMPLES:
        content = bytearray(SAMPLES[name]())
        for copy in range(2):
            for place in rng.integers(0, len(content), 3):
                content[place] ^= 1 << int(rng.integers(8))
            names.append(f"{name} {copy}.jpg")
            (root / names[-1]).write_bytes(content[: len(content) if copy else len(content) * 2 // 3])
    build(Folder(root), tmp_path / "out", resolve_recipe(None, [], detector="whole"), workers=2)
    dropped = pd.read_parquet(tmp_path / "out" / "dropped.parquet")
    assert sorted(dropped["source_path"]) == sorted(names)  # too small, where the damage was in the pixels alone
    assert "crashed" not in set(dropped["reason"])
