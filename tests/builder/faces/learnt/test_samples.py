"""Training samples: the truth moves with the picture."""

import numpy as np

from builder.faces.learnt import samples
from builder.faces.learnt.samples import SIZE, make_sample

EYE, OTHER, CHIN = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def picture() -> samples.Picture:
    rgb = np.full((400, 300, 3), 90, np.uint8)
    for (x, y), color in (((120, 150), EYE), ((170, 155), OTHER), ((146, 205), CHIN)):
        rgb[y - 5 : y + 6, x - 5 : x + 6] = color
    return rgb, np.array([[95, 100, 195, 210, 120.5, 150.5, 170.5, 155.5, 146.5, 205.5, 0.3, 1]], np.float32)


def middle_of(rgb: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    near = np.abs(rgb.astype(int) - color).sum(2) < 120
    return np.argwhere(near).mean(0)[::-1] + 0.5


def test_points_follow_the_pixels() -> None:
    checked, mirrored = 0, 0
    for seed in range(40):
        rgb, faces, _ = samples._window(picture(), SIZE, np.random.default_rng(seed))
        if (
            len(faces)
            and faces[0, 0] > 2
            and faces[0, 1] > 2
            and (faces[0, 2:4] < SIZE - 2).all()
            and faces[0, 2] - faces[0, 0] > 50
        ):
            left, right = faces[0, 4:6], faces[0, 6:8]
            found = [middle_of(rgb, color) for color in (EYE, OTHER)]
            swapped = found[0][0] > found[1][0]
            pair = found[::-1] if swapped else found
            assert np.abs(pair[0] - left).max() < 1.5
            assert np.abs(pair[1] - right).max() < 1.5
            assert np.abs(middle_of(rgb, CHIN) - faces[0, 8:10]).max() < 1.5
            assert (faces[0, 10] < 0) == swapped
            checked, mirrored = checked + 1, mirrored + swapped
    assert checked > 8
    assert 0 < mirrored < checked


def test_a_covered_face_is_ignored() -> None:
    rgb, faces = picture()
    faces[0, 11] = 0.1
    drawn = [make_sample([(rgb, faces)], np.random.default_rng(seed)) for seed in range(10)]
    assert sum(len(found) for _, found, _ in drawn) == 0
    assert sum(len(ignored) for _, _, ignored in drawn) > 5
    assert {sample.shape for sample, _, _ in drawn} == {(SIZE, SIZE, 3)}
