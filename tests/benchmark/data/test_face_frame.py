"""The square around a face."""

from benchmark.data.face_frame import face_frame


def test_the_square_is_twice_the_longer_side_and_raised() -> None:
    assert face_frame((10, 20, 50, 100)) == (30, 60 - 0.1 * 80, 160)
    assert face_frame((0, 0, 10, 10), margin=0, lift=0) == (5, 5, 10)
    assert face_frame((3, 3, 3, 3))[2] == 1, "an empty box has a square too"
