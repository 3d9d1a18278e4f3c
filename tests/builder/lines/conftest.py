"""Line pairs for the tests of this folder."""

from pathlib import Path

import pytest

from benchmark.core.files import write_png
from benchmark.data.xdog import to_grey
from builder.drawing.illustration import draw_portrait
from builder.lines.line_pairs import LinePair


@pytest.fixture(scope="module")
def pairs() -> list[LinePair]:
    drawings = [draw_portrait(seed, 128) for seed in range(4)]
    return [LinePair(str(seed), to_grey(d.color), d.line) for seed, d in enumerate(drawings)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pairs on disk, the last one of another size."""
    for seed, size in enumerate((96, 96, 112)):
        drawing = draw_portrait(seed, size)
        write_png(tmp_path / "pairs" / "color" / f"{seed}.png", drawing.color)
        write_png(tmp_path / "pairs" / "line" / f"{seed}.png", drawing.line)
    return tmp_path / "pairs"
