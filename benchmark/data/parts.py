"""The part of a figure that each pixel of a picture belongs to, as a label image in a palette PNG."""

import io
from pathlib import Path
from typing import Literal

import numpy as np
import PIL.Image

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_regular, write_bytes

Part = Literal["background", "hair", "skin", "iris", "clothes", "other"]
PARTS: tuple[Part, ...] = ("background", "hair", "skin", "iris", "clothes", "other")  # the label is the place here
PALETTE = ((255, 255, 255), (222, 143, 5), (236, 202, 170), (1, 115, 178), (2, 158, 115), (148, 148, 148))


def write_parts(path: Path, labels: Image) -> None:
    """Write labels, uint8 (H, W) of places in `PARTS`, as a palette PNG, atomically. Raises ValueError for others."""
    if labels.dtype != np.uint8 or labels.ndim != 2 or int(labels.max(initial=0)) >= len(PARTS):
        raise ValueError(f"part labels are uint8 (H, W) below {len(PARTS)}, not {labels.dtype} {labels.shape}")
    picture = PIL.Image.fromarray(labels)
    picture.putpalette(bytes(value for color in PALETTE for value in color))  # turns the mode L into P
    content = io.BytesIO()
    picture.save(content, format="PNG")
    write_bytes(path, content.getvalue())


def read_parts(path: Path) -> Image:
    """Labels uint8 (H, W) of places in `PARTS`; raises AnibenchError that names a file without such labels."""
    content = read_regular(path)
    try:
        with PIL.Image.open(io.BytesIO(content)) as picture:
            labels = np.array(picture, np.uint8)
            mode = picture.mode
    except (OSError, ValueError, SyntaxError) as error:
        raise AnibenchError(f"{path} is not a picture that can be decoded") from error
    if mode != "P" or labels.ndim != 2 or int(labels.max(initial=0)) >= len(PARTS):
        raise AnibenchError(f"{path} is not a palette picture of the {len(PARTS)} parts {', '.join(PARTS)}")
    return labels
