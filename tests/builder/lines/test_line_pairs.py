"""Line pairs: ink, drawn pairs, and line drawings that cannot be used."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_rgb, write_png
from builder.drawing.illustration import draw_portrait
from builder.lines.line_pairs import LinePair, pairs_folder, read_pair
from builder.sources.pairs import find_pairs


def test_faint_pencil_is_ink() -> None:
    line = np.full((32, 32), 250, np.uint8)
    line[:, 10] = 215
    assert LinePair("faint", line, line).ink.sum() == 32


def test_pairs_are_drawn_with_their_own_lines(tmp_path: Path) -> None:
    for count in (3, 2):  # the second call leaves nothing of the first
        found = find_pairs(pairs_folder(f"drawn:{count}", tmp_path))
        assert len(found) == count
    drawing = draw_portrait(1, 256)
    assert np.array_equal(read_rgb(found[1][0]), drawing.color)
    assert np.array_equal(read_pair(*found[1]).line, drawing.line)
    assert pairs_folder("my-pairs", tmp_path) == Path("my-pairs")


@pytest.mark.parametrize("source", ["drawn:", "drawn:0", "drawn:many", "drawn:-3"])
def test_a_number_of_drawn_pairs_is_asked_for(source: str, tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="drawn:24"):
        pairs_folder(source, tmp_path)


def bad_line(kind: str) -> Image:
    if kind == "is blank":
        return np.full((96, 96), 250, np.uint8)
    return np.full((96, 80), 255, np.uint8)


@pytest.mark.parametrize("kind", ["is blank", "is 80 x 96 px but .* is 96 x 96 px"])
def test_a_line_drawing_that_cannot_be_used_is_refused_by_name(folder: Path, kind: str) -> None:
    write_png(folder / "line" / "0.png", bad_line(kind))
    with pytest.raises(AnibenchError, match=rf"line/0\.png {kind}"):
        read_pair(folder / "color" / "0.png", folder / "line" / "0.png")


def test_an_inverted_line_drawing_is_mended_and_the_file_is_named(folder: Path) -> None:
    color, line = folder / "color" / "0.png", folder / "line" / "0.png"
    right = read_pair(color, line)
    write_png(line, 255 - right.line)
    mended = read_pair(color, line)
    assert np.array_equal(mended.line, right.line)
    assert mended.notes[0] == f"{line}: white ink on black was inverted"
