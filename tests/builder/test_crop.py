"""Where a crop lies: properties over any face in any picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from builder.crop import Square, cut, face_square, measure, whole_square
from builder.detect import Box
from builder.recipe import CropRecipe

sides = st.integers(1, 3000)
recipes = st.builds(CropRecipe, margin=st.floats(0, 3), lift=st.floats(-1, 1))


Face = tuple[Box, int, int]  # a face box and the size of its picture


@st.composite
def faces(draw: st.DrawFn) -> Face:
    """A picture and a face box in it."""
    width, height = draw(sides), draw(sides)
    x, y = draw(st.floats(0, width - 0.5)), draw(st.floats(0, height - 0.5))
    return (x, y, draw(st.floats(0.5, width - x)), draw(st.floats(0.5, height - y))), width, height


@given(faces(), recipes)
def test_square_lies_in_the_picture_and_holds_the_face(face: Face, recipe: CropRecipe) -> None:
    box, width, height = face
    square = face_square(box, width, height, recipe)
    longer = max(box[2], box[3])
    if square is None:
        assert longer > min(width, height) - 1
        return
    assert square.x >= 0
    assert square.y >= 0
    assert square.x + square.size <= width
    assert square.y + square.size <= height
    assert square.size <= round(longer * (1 + 2 * recipe.margin)) or square.size == 1
    # Whole pixels may cost a face that is as large as its crop two of its edge.
    assert square.x <= box[0] + 2
    assert square.x + square.size >= box[0] + box[2] - 2
    assert square.y <= box[1] + 2
    assert square.y + square.size >= box[1] + box[3] - 2


@given(faces(), recipes)
def test_padding_keeps_the_size_and_place(face: Face, recipe: CropRecipe) -> None:
    box, width, height = face
    padded = face_square(box, width, height, recipe.model_copy(update={"pad": True}))
    assert padded is not None
    longer = max(box[2], box[3])
    assert padded.size == max(1, round(longer * (1 + 2 * recipe.margin)))
    assert abs(padded.x + padded.size / 2 - (box[0] + box[2] / 2)) <= 1
    assert abs(padded.y + padded.size / 2 - (box[1] + box[3] / 2 - recipe.lift * longer)) <= 1


def test_a_square_with_room_is_centred_and_lifted() -> None:
    assert face_square((400, 400, 100, 100), 1000, 1000, CropRecipe(margin=0.5, lift=0.1)) == Square(350, 340, 200)


def test_a_square_at_the_edge_is_shifted_and_one_too_large_shrinks() -> None:
    recipe = CropRecipe(margin=0.5, lift=0)
    assert face_square((0, 900, 100, 100), 1000, 1000, recipe) == Square(0, 800, 200)
    assert face_square((300, 20, 100, 100), 1000, 150, recipe) == Square(275, 0, 150)
    assert face_square((0, 0, 500, 100), 600, 150, recipe) is None


def test_cut_pads_with_white_and_keeps_a_crop_of_256_px() -> None:
    rgb = np.random.default_rng(0).integers(0, 200, (256, 300, 3), np.uint8)
    assert np.array_equal(cut(rgb, Square(44, 0, 256)), rgb[:, 44:])
    padded = cut(rgb, Square(-10, -20, 256))
    assert (padded[:20] == 255).all()
    assert (padded[:, :10] == 255).all()
    assert np.array_equal(padded[20:, 10:], rgb[:236, :246])
    assert (cut(rgb, Square(1000, 1000, 256)) == 255).all()


def test_resize_is_antialiased() -> None:
    board = np.indices((1024, 1024)).sum(0) % 2 * 255
    small = cut(np.repeat(board[..., None], 3, 2).astype(np.uint8), Square(0, 0, 1024))
    assert small.shape == (256, 256, 3)
    assert np.abs(small[8:-8, 8:-8].astype(int) - 127).max() <= 2


def test_whole_pictures_are_cut_to_their_centre_or_refused() -> None:
    recipe = CropRecipe(max_aspect=1.25)
    assert whole_square((0, 0, 256, 256), recipe) == Square(0, 0, 256)
    assert whole_square((0, 0, 300, 256), recipe) == Square(22, 0, 256)
    assert whole_square((0, 0, 400, 256), recipe) is None


def test_figures_tell_grey_from_colour_and_sharp_from_flat() -> None:
    grey = np.full((256, 256, 3), 51, np.uint8)
    assert measure(grey) == {"sharpness": 0.0, "brightness": 0.2, "saturation": 0.0}
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert measure(noise)["sharpness"] > 1000
    assert measure(noise)["saturation"] > 0.4
