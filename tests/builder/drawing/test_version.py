"""The version of the drawn pictures changes when they change."""

import numpy as np

from benchmark.core.files import sha256_bytes
from builder.drawing.illustration import draw_face, draw_illustration
from builder.drawing.version import DIGESTS, VERSION
from builder.drawing.views import draw_view

BLOCK, STEP = 16, 2  # px and grey levels: machines that round differently have the same rounded means


def digest() -> str:
    drawings = (draw_illustration(5), *map(draw_face, (8, 31, 52)), draw_view(2, 0), draw_view(6, 1))
    return sha256_bytes(b"".join(rounded_means(drawing.color) for drawing in drawings))


def rounded_means(color: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    height, width = (side // BLOCK * BLOCK for side in color.shape[:2])
    blocks = color[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3)
    return np.rint(blocks.mean(axis=(1, 3)) / STEP).astype(np.uint8).tobytes()


def test_changed_pictures_have_a_new_version() -> None:
    assert digest() == DIGESTS[VERSION], (
        f"the drawn pictures have changed: raise VERSION to {VERSION + 1} in builder/drawing/version.py, and add to "
        f'DIGESTS: {VERSION + 1}: "{digest()}"'
    )
    assert max(DIGESTS) == VERSION
    assert len(set(DIGESTS.values())) == len(DIGESTS)
