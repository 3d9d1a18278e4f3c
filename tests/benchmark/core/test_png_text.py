"""Text in PNG files: other programs read it, and the pixels stay."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import encode_png, read_rgb, write_bytes
from benchmark.core.png_text import read_png_text, with_png_text


def test_text_is_read_back_by_us_and_by_pillow_and_pixels_stay(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    path = tmp_path / "a.png"
    write_bytes(path, with_png_text(encode_png(path, image), {"anibench": '{"seed": 1}', "other": "x"}))
    assert read_png_text(path) == {"anibench": '{"seed": 1}', "other": "x"}
    with PIL.Image.open(path) as opened:
        assert opened.info["anibench"] == '{"seed": 1}'
    assert np.array_equal(read_rgb(path), image)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"])
def test_what_is_no_whole_png_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(AnibenchError, match=r"a\.png is no"):
        read_png_text(tmp_path / "a.png")
