"""Kinds of drawings: what is told apart, what is mended, and what of the file's transparency is kept."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from drawings import drawing, shaded

from benchmark.colorizing.drawings import Kind, read_drawing
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, write_png


def coloured(line: Image) -> Image:
    """The drawing with its ellipse filled."""
    page = np.repeat(line[..., None], 3, axis=2)
    cv2.ellipse(page, (80, 60), (30, 20), 0, 0, 360, (240, 150, 130), -1)
    return page


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (drawing(120, 160), "line"),
        (drawing(120, 160) // 255 * 100 + 90, "line"),  # grey paper, evenly lit
        (shaded(drawing(120, 160)), "scan"),
        (shaded(drawing(120, 160))[..., None] * np.array([1, 0.97, 0.85]), "scan"),  # yellowish paper
        (coloured(drawing(120, 160)), "colour"),
    ],
)
def test_kinds_are_told_apart(tmp_path: Path, page: Image, kind: Kind) -> None:
    write_png(tmp_path / "page.png", page.astype(np.uint8))
    assert read_drawing(tmp_path / "page.png", say=lambda _: None).kind == kind


def test_a_given_kind_is_not_guessed(tmp_path: Path) -> None:
    write_png(tmp_path / "page.png", shaded(drawing(120, 160)))
    said: list[str] = []
    assert read_drawing(tmp_path / "page.png", say=said.append, kind="scan").kind == "scan"
    assert "the shade of its paper was removed" in said[0]
    assert read_drawing(tmp_path / "page.png", say=said.append, kind="line").kind == "line"


def test_of_a_picture_in_colour_the_lines_are_painted(tmp_path: Path) -> None:
    write_png(tmp_path / "page.png", coloured(drawing(120, 160)))
    said: list[str] = []
    read = read_drawing(tmp_path / "page.png", say=said.append)
    assert set(np.unique(read.line)) == {0, 255}
    assert "its lines were extracted" in said[0]


def test_a_mostly_dark_grey_picture_is_refused_with_a_way_out(tmp_path: Path) -> None:
    write_png(tmp_path / "page.png", np.where(np.indices((64, 64))[1] < 40, np.uint8(20), np.uint8(255)))
    with pytest.raises(AnibenchError, match="give --input colour"):
        read_drawing(tmp_path / "page.png")


def with_opacity(path: Path, page: Image, alpha: Image) -> Path:
    cv2.imwrite(str(path), np.dstack([page, page, page, alpha]))
    return path


def test_a_transparent_surround_is_kept_and_ink_alone_is_not(tmp_path: Path) -> None:
    line = drawing(120, 160)
    disc = np.zeros((120, 160), np.uint8)
    cv2.ellipse(disc, (80, 60), (60, 45), 0, 0, 360, 255, -1)
    figure = read_drawing(with_opacity(tmp_path / "figure.png", line, disc), say=lambda _: None)
    assert figure.alpha is not None
    assert np.array_equal(figure.alpha, disc)
    ink = read_drawing(with_opacity(tmp_path / "ink.png", np.zeros_like(line), 255 - line), say=lambda _: None)
    assert ink.alpha is None
    assert np.array_equal(ink.line, line)
