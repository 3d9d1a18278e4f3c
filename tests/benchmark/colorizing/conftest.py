"""A desk with an animated picture."""

from pathlib import Path

import PIL.Image
import pytest
from drawings import DURATIONS, frames, write_desk


@pytest.fixture
def moving_desk(tmp_path: Path) -> Path:
    """A reference, a toy method that adds noise by its seed, and an animated GIF."""
    write_desk(tmp_path)
    pages = [PIL.Image.fromarray(page) for page in frames()]
    pages[0].save(tmp_path / "walk.gif", save_all=True, append_images=pages[1:], duration=DURATIONS, loop=0)
    return tmp_path
