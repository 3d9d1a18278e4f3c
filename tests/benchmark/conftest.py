"""A folder of runs with a registered toy method for tests of evaluation, and a folder with an animated picture."""

from pathlib import Path

import PIL.Image
import pytest
from drawings import DURATIONS, frames, write_desk
from toys import Tint, register, write_training_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def tint(monkeypatch: pytest.MonkeyPatch, runs: Path) -> Tint:
    colorizer = Tint()
    register(monkeypatch, "tint", colorizer)
    write_training_run(runs, "tint", "a")
    return colorizer


@pytest.fixture
def moving_desk(tmp_path: Path) -> Path:
    """Two drawings, a reference and an animated GIF."""
    write_desk(tmp_path)
    pages = [PIL.Image.fromarray(page) for page in frames()]
    pages[0].save(tmp_path / "walk.gif", save_all=True, append_images=pages[1:], duration=DURATIONS, loop=0)
    return tmp_path
