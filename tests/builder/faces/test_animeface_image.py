"""The extension of animeface sees our own pixels, with any Pillow."""

import animeface
import numpy as np
import PIL
import PIL.Image
import pytest

from builder.drawing.illustration import draw_portrait
from builder.faces.animeface_image import find_faces

PORTRAIT = draw_portrait(1, 256).color
PILLOW = int(PIL.__version__.split(".")[0])


def test_a_drawn_face_is_found_where_it_is() -> None:
    (face,) = find_faces(PORTRAIT)
    assert face["likelihood"] > 0.9
    x, y, width, height = face["face_box"]
    assert 0 < x < x + width < 256
    assert 0 < y < y + height < 256
    (left,) = find_faces(np.ascontiguousarray(PORTRAIT[:, ::-1]))
    assert left["face_box"][0] == pytest.approx(256 - x - width, abs=12)


def test_the_order_of_channels_and_of_rows_is_kept() -> None:
    """Colours in the result are those of the picture: the hair of this portrait is not grey."""
    tall = np.concatenate([np.full((40, 256, 3), 255, np.uint8), PORTRAIT])
    (face,) = find_faces(tall)
    assert face["face_box"][1] == pytest.approx(find_faces(PORTRAIT)[0]["face_box"][1] + 40, abs=12)
    red = PORTRAIT.copy()
    red[..., 1:] //= 4
    assert all(color[0] > color[2] for color in (found["skin_color"] for found in find_faces(red)))


@pytest.mark.skipif(PILLOW >= 12, reason="animeface's own call finds no face with Pillow 12 or newer")
def test_faces_are_those_of_the_packages_own_call() -> None:
    own = animeface.detect(PIL.Image.fromarray(PORTRAIT))
    ours = find_faces(PORTRAIT)
    assert [face.likelihood for face in own] == [face["likelihood"] for face in ours]
    boxes = [(f.face.pos.x, f.face.pos.y, f.face.pos.width, f.face.pos.height) for f in own]
    assert boxes == [face["face_box"] for face in ours]
