"""The drawn pictures of a training as files."""

from pathlib import Path

import numpy as np

from builder.drawing.crowd.crowd import draw_crowd
from builder.faces.learnt.pictures import COLUMNS, draw_pictures, read_picture


def test_pictures_are_kept_and_only_lacking_ones_drawn(tmp_path: Path) -> None:
    draw_pictures(tmp_path, range(2))
    crowd, (rgb, faces) = draw_crowd(1), read_picture(tmp_path, 1)
    assert rgb.shape == crowd.rgb.shape
    assert np.abs(rgb.astype(int) - crowd.rgb).mean() < 4
    assert faces.shape == (len(crowd.faces), COLUMNS)
    assert [tuple(row[:4]) for row in faces] == [tuple(np.float32(face.box)) for face in crowd.faces]
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    (tmp_path / "1.npy").unlink()
    draw_pictures(tmp_path, range(2))
    assert {path.name for path, stamp in stamps.items() if path.stat().st_mtime_ns != stamp} == {"1.jpg", "1.npy"}
