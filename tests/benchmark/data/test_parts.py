"""Part labels as palette PNGs."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_png
from benchmark.data.parts import PALETTE, PARTS, read_parts, write_parts


def test_labels_come_back_and_show_a_palette(tmp_path: Path) -> None:
    labels = np.arange(len(PARTS), dtype=np.uint8).repeat(4).reshape(len(PARTS), 4)
    write_parts(tmp_path / "a.png", labels)
    assert (read_parts(tmp_path / "a.png") == labels).all()
    with PIL.Image.open(tmp_path / "a.png") as picture:
        shown = np.array(picture.convert("RGB"))
    assert shown[:, 0].tolist() == [list(color) for color in PALETTE]


@pytest.mark.parametrize(
    "labels", [np.full((2, 2), len(PARTS), np.uint8), np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.int64)]
)
def test_other_values_are_not_written(labels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="part labels"):
        write_parts(tmp_path / "a.png", labels)
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_no_label_image_is_refused_by_name(tmp_path: Path) -> None:
    write_png(tmp_path / "grey.png", np.zeros((4, 4), np.uint8))
    (tmp_path / "text.png").write_text("no picture")
    for name, what in (("grey.png", "parts"), ("text.png", "decoded")):
        with pytest.raises(AnibenchError, match=f"{name} is not a .*{what}"):
            read_parts(tmp_path / name)
