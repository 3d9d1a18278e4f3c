"""Where a crop lies: properties over any face in any picture."""

import io

import cv2
import numpy as np
import PIL.Image
import pytest
from fields import paint
from hypothesis import given
from hypothesis import strategies as st

from builder.core.recipe import CropRecipe
from builder.drawing.illustration import draw_portrait
from builder.faces.crop import (
    Square,
    aligned_square,
    cut,
    cut_parts,
    face_square,
    measure,
    measure_source,
    whole_square,
)
from builder.faces.detectors import FaceBox

sides = st.integers(1, 3000)
recipes = st.builds(CropRecipe, margin=st.floats(0, 3), lift=st.floats(-1, 1))


Face = tuple[FaceBox, int, int]  # a face box and the size of its picture


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
    figure = whole_square((0, 0, 200, 500), CropRecipe(fit=True))
    assert figure == Square(-150, 0, 500)
    fitted = cut(np.zeros((500, 200, 3), np.uint8), figure)
    assert (fitted[:, :74] == 255).all()
    assert (fitted[:, 80:176] == 0).all()


def test_figures_tell_grey_from_colour_and_sharp_from_flat() -> None:
    grey = np.full((256, 256, 3), 51, np.uint8)
    assert measure(grey) == {"sharpness": 0.0, "brightness": 0.2, "saturation": 0.0, "hues": 0.0}
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert measure(noise)["sharpness"] > 1000
    assert measure(noise)["saturation"] > 0.4


def eyes_at(*centers: tuple[float, float]) -> dict[str, list[float]]:
    """Landmarks of two eyes of 20 x 10 px, the character's right one on the left."""
    return {
        key: [x - 10, y - 5, 20, 10] for key, (x, y) in zip(("right_eye", "left_eye"), centers, strict=True)
    }  # fmt: skip


@pytest.mark.parametrize("tilt", [0.0, 12.0, -25.0])
def test_aligned_eyes_come_to_lie_level_where_the_mean_face_has_them(tilt: float) -> None:
    recipe = CropRecipe(align=True)
    middle, apart = np.array([620.0, 500.0]), 96.0
    turn = np.radians(tilt)
    eyes = [middle + side * apart / 2 * np.array([np.cos(turn), np.sin(turn)]) for side in (-1, 1)]
    rgb = np.full((1000, 1200, 3), 255, np.uint8)
    for x, y in eyes:
        cv2.circle(rgb, (round(16 * (x - 0.5)), round(16 * (y - 0.5))), 16 * 9, (0, 0, 0), -1, cv2.LINE_AA, 4)
    square = aligned_square((520, 400, 200, 200), eyes_at(*map(tuple, eyes)), 1200, 1000, recipe)
    assert square is not None
    assert square.angle == pytest.approx(tilt, abs=0.01)
    dark = 255.0 - cut(rgb, square)[..., 0]
    grid = np.arange(256) + 0.5
    found = [
        ((half.sum(0) * (grid[:128] + left)).sum() / half.sum(), (half.sum(1) * grid).sum() / half.sum())
        for half, left in ((dark[:, :128], 0), (dark[:, 128:], 128))
    ]
    wanted = [(128 - 128 * recipe.eye_distance, 128), (128 + 128 * recipe.eye_distance, 128)]
    assert np.abs(np.array(found) - wanted).max() < 0.8  # the square lies on whole pixels of the picture


def test_an_aligned_square_stays_in_the_picture_or_gives_way_to_the_plain_one() -> None:
    recipe = CropRecipe(align=True)
    tilted = eyes_at((60, 90), (152, 120))
    square = aligned_square((110, 110, 190, 190), eyes_at((160, 190), (252, 220)), 900, 900, recipe)
    assert square is not None
    assert square.x + square.size / 2 > 210  # shifted in
    black = np.zeros((900, 900, 3), np.uint8)
    assert cut(black, square).max() == 0  # nothing from outside, which would be white
    assert aligned_square((10, 10, 190, 190), tilted, 900, 900, recipe) is None  # a corner of the face would be cut
    assert aligned_square((10, 10, 190, 190), tilted, 900, 900, recipe.model_copy(update={"pad": True})) is not None
    assert aligned_square((10, 10, 190, 190), None, 900, 900, recipe) is None
    assert aligned_square((10, 10, 190, 190), eyes_at((60, 60), (70, 160)), 900, 900, recipe) is None
    assert aligned_square((10, 10, 190, 190), eyes_at((60, 90), (80, 90)), 900, 900, recipe) is None
    assert aligned_square((10, 10, 190, 190), tilted, 900, 200, recipe) is None


@given(faces(), st.floats(-50, 50), st.floats(0.3, 0.7), st.booleans())
def test_an_aligned_square_holds_the_face(face: Face, tilt: float, apart: float, pad: bool) -> None:
    box, width, height = face
    side, turn = max(box[2], box[3]), np.radians(tilt)
    middle = np.array([box[0] + box[2] / 2, box[1] + box[3] / 2])
    half = side * apart / 2 * np.array([np.cos(turn), np.sin(turn)])
    eyes = eyes_at(tuple(middle - half), tuple(middle + half))
    square = aligned_square(box, eyes, width, height, CropRecipe(align=True, pad=pad))
    if square is None:
        return
    turn = np.radians(square.angle)
    x, y = middle - (square.x + square.size / 2, square.y + square.size / 2)
    off = max(abs(x * np.cos(turn) + y * np.sin(turn)), abs(y * np.cos(turn) - x * np.sin(turn)))
    assert off + side / 2 <= square.size / 2 + 2  # whole pixels


@pytest.mark.parametrize("interpolation", [cv2.INTER_NEAREST, cv2.INTER_CUBIC])
def test_an_enlarged_picture_has_no_blocks(interpolation: int) -> None:
    large = np.asarray(cv2.resize(paint(3), (512, 512), interpolation=interpolation), np.uint8)
    assert measure_source(large, Square(0, 0, 512), (100, 100, 300, 300))["blocks"] < 0.2


def test_denoising_takes_away_blocks_and_is_off_by_default() -> None:
    content = io.BytesIO()
    PIL.Image.fromarray(draw_portrait(3, 320).color).save(content, "JPEG", quality=12)
    rgb = np.asarray(PIL.Image.open(content))
    square = Square(20, 10, 256)
    plain, clean = cut(rgb, square), cut(rgb, square, 8)
    assert np.array_equal(plain, rgb[10:266, 20:276])
    assert measure(clean)["sharpness"] < measure(plain)["sharpness"]


def test_figures_of_the_picture_around_a_crop() -> None:
    rgb = draw_portrait(3, 320).color
    box = (60.0, 40.0, 100.0, 90.0)
    blocks = []
    for quality in (95, 40, 10):
        content = io.BytesIO()
        PIL.Image.fromarray(rgb).save(content, "JPEG", quality=quality)
        figures = measure_source(np.asarray(PIL.Image.open(content)), Square(33, 21, 256), box)
        blocks.append(figures["blocks"])
    assert blocks == sorted(blocks)
    assert blocks[2] > blocks[0] + 0.5
    assert (figures["face"], figures["edge"]) == (100, 0.4)
    assert measure_source(rgb, Square(0, 0, 256), (-10, 0, 100, 100))["edge"] == -0.1
    assert measure_source(rgb, Square(0, 0, 8), box)["blocks"] == 0


def test_one_tint_has_no_hues() -> None:
    grey = np.asarray(PIL.Image.fromarray(draw_portrait(3, 256).color).convert("L"), np.float64)
    sepia = np.stack([grey, grey * 0.8, grey * 0.6], axis=2).round().astype(np.uint8)
    flat = np.repeat(grey[..., None].astype(np.uint8), 3, axis=2)
    assert measure(flat)["hues"] == 0
    assert measure(sepia)["saturation"] > 0.1
    assert measure(sepia)["hues"] < 0.05 < measure(draw_portrait(3, 256).color)["hues"]


@pytest.mark.parametrize(
    "square", [Square(0, 0, 256), Square(30, -20, 300), Square(10, 12, 200), Square(5, 9, 270, 20)]
)
def test_part_labels_are_cut_where_the_colours_are(square: Square) -> None:
    parts = np.zeros((300, 320), np.uint8)
    for label, (x, y, radius) in enumerate([(150, 150, 90), (120, 140, 40), (200, 130, 25)], start=1):
        cv2.circle(parts, (x, y), radius, label, -1)
    palette = np.array([[255] * 3, [200, 40, 40], [40, 200, 40], [40, 40, 200]], np.uint8)
    labels = cut_parts(parts, square)
    assert labels.shape == (256, 256)
    shown = cut(palette[parts], square)
    wrong = np.abs(shown.astype(int) - palette[labels]).max(axis=2) > 120
    assert wrong.mean() < 0.002, "pixels at the edges alone"


def test_a_crop_is_reduced_by_lanczos() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (400, 420, 3), np.uint8)
    part = PIL.Image.fromarray(rgb[10:390, 20:400])
    expected = np.asarray(part.resize((256, 256), PIL.Image.Resampling.LANCZOS))
    assert np.array_equal(cut(rgb, Square(20, 10, 380)), expected)


def test_figures_of_a_flat_colour_are_shares_of_the_whole_range() -> None:
    figures = measure(np.full((256, 256, 3), (255, 0, 0), np.uint8))
    assert (figures["saturation"], figures["sharpness"], figures["hues"]) == (1, 0, 0)
    white = measure(np.full((256, 256, 3), 255, np.uint8))
    assert (white["brightness"], white["saturation"]) == (1, 0)
