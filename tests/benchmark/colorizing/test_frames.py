"""Frames of animated pictures and videos: limits, stills and odd sizes."""

import io
import json
from pathlib import Path

import PIL.Image
import pytest

from benchmark.colorizing import frames as frames_module
from benchmark.colorizing.frames import open_sequence, read_frames, write_sequence
from benchmark.core.files import write_png
from benchmark.data.decode import DecodeError, DecodeRecipe


def test_more_frames_than_allowed_are_refused(moving_desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_module, "MAX_PICTURES", 3)
    with pytest.raises(DecodeError, match="has more than 3 frames of its size"):
        open_sequence(moving_desk / "walk.gif", DecodeRecipe(max_pixels=60 * 80))
    assert open_sequence(moving_desk / "walk.gif", DecodeRecipe(max_pixels=60 * 80 * 2)) is not None


def test_a_frame_that_enlarges_the_picture_is_refused(moving_desk: Path) -> None:
    small, large = io.BytesIO(), io.BytesIO()
    PIL.Image.new("P", (8, 8)).save(small, "GIF")
    PIL.Image.new("P", (900, 900)).save(large, "GIF")
    frame = large.getvalue()[large.getvalue().index(b",\0\0\0\0") :]
    (moving_desk / "grow.gif").write_bytes(small.getvalue()[:-1] + frame)
    with pytest.raises(DecodeError, match=r"grow\.gif: frame 1 is 900 x 900"):
        open_sequence(moving_desk / "grow.gif", DecodeRecipe(max_pixels=10_000))


def test_a_still_picture_is_no_sequence(moving_desk: Path) -> None:
    assert open_sequence(moving_desk / "face.png") is None


def test_frames_of_an_odd_size_are_written(moving_desk: Path) -> None:
    sequence = open_sequence(moving_desk / "walk.gif")
    assert sequence is not None
    files = []
    for number, page in enumerate(read_frames(sequence)):
        files.append(moving_desk / f"{number}.png")
        write_png(files[-1], page[:59, :79])
    write_sequence(moving_desk / "odd.gif", sequence, files, (59, 79, 3), json.dumps("note"))
    assert PIL.Image.open(moving_desk / "odd.gif").size == (79, 59)
