"""Frames of animated pictures and videos: limits, stills and odd sizes."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from drawings import drawing, write_desk

from benchmark.colorizing import frames as frames_module
from benchmark.colorizing.frames import open_sequence, read_frames, write_sequence
from benchmark.core.files import Image, write_png
from benchmark.data.decode import DecodeError, DecodeRecipe

DURATIONS = [40, 90, 200, 60]


def frames(count: int = 4) -> list[Image]:
    """The drawing, a few px further right in each frame."""
    return [np.roll(drawing(60, 80), 4 * number, axis=1) for number in range(count)]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A reference, a toy method that adds noise by its seed, and an animated GIF."""
    write_desk(tmp_path)
    pages = [PIL.Image.fromarray(page) for page in frames()]
    pages[0].save(tmp_path / "walk.gif", save_all=True, append_images=pages[1:], duration=DURATIONS, loop=0)
    return tmp_path


def test_more_frames_than_allowed_are_refused(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_module, "MAX_PICTURES", 3)
    with pytest.raises(DecodeError, match="has more than 3 frames of its size"):
        open_sequence(desk / "walk.gif", DecodeRecipe(max_pixels=60 * 80))
    assert open_sequence(desk / "walk.gif", DecodeRecipe(max_pixels=60 * 80 * 2)) is not None


def test_a_still_picture_is_no_sequence(desk: Path) -> None:
    assert open_sequence(desk / "face.png") is None


def test_frames_of_an_odd_size_are_written(desk: Path) -> None:
    sequence = open_sequence(desk / "walk.gif")
    assert sequence is not None
    files = []
    for number, page in enumerate(read_frames(sequence)):
        files.append(desk / f"{number}.png")
        write_png(files[-1], page[:59, :79])
    write_sequence(desk / "odd.gif", sequence, files, (59, 79, 3), json.dumps("note"))
    assert PIL.Image.open(desk / "odd.gif").size == (79, 59)
