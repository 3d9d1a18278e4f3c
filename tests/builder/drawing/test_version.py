"""The version of the drawn pictures changes when they change."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmark.core.files import sha256_bytes
from builder.drawing.crowd.crop import Crop, draw_crop
from builder.drawing.illustration import Drawing, draw_face, draw_illustration
from builder.drawing.version import CROP_DIGESTS, DIGESTS, VERSION
from builder.drawing.views import draw_view

BLOCK, STEP = 16, 2  # px and grey levels: machines that round differently have the same rounded means


def digest(*colors: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    return sha256_bytes(b"".join(map(rounded_means, colors)))


def rounded_means(color: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    height, width = (side // BLOCK * BLOCK for side in color.shape[:2])
    blocks = color[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3)
    return np.rint(blocks.mean(axis=(1, 3)) / STEP).astype(np.uint8).tobytes()


def pictures() -> tuple[Drawing, ...]:
    return draw_illustration(5), *map(draw_face, (8, 31, 52)), draw_view(2, 0), draw_view(6, 1)


def crops() -> tuple[Crop, ...]:
    return tuple(map(draw_crop, (1, 5, 8)))


@pytest.mark.parametrize(
    ("drawings", "digests", "name"), [(pictures, DIGESTS, "DIGESTS"), (crops, CROP_DIGESTS, "CROP_DIGESTS")]
)
def test_changed_pictures_have_a_new_version(
    drawings: Callable[[], tuple[Drawing | Crop, ...]], digests: dict[int, str], name: str
) -> None:
    found = digest(*(drawing.color for drawing in drawings()))
    assert found == digests[VERSION], (
        f"the drawn pictures have changed: raise VERSION to {VERSION + 1} in builder/drawing/version.py, and add to "
        f'{name}: {VERSION + 1}: "{found}"'
    )
    assert max(digests) == VERSION
    assert len(set(digests.values())) == len(digests)
