"""Faces for tests of the steps after detection."""

import numpy as np

from builder.faces.crop import Square
from builder.faces.duplicates import sketch
from builder.faces.examine import Face
from builder.sources.metadata import Metadata


def face(number: int, artist: str | None = None) -> Face:
    """A face of one grey level, and of a crop of 256 + `number` px."""
    rgb = np.full((256, 256, 3), number, np.uint8)
    return Face(
        id=f"{number:016x}", source_id=f"{number}.png", source_sha256="a", metadata=Metadata(artist=artist),
        detector="whole", detector_version="1", likelihood=1.0, box=(0.0, 0.0, 256.0, 256.0), landmarks=None,
        square=Square(0, 0, 256 + number), quality={}, sketch=sketch(rgb),
    )  # fmt: skip
