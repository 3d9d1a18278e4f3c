"""Colour under line: the colours without the lines, the artist's lines on top, and both as an OpenRaster file.

OpenRaster (https://www.openraster.org) is opened by Krita, MyPaint and GIMP.
"""

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np

from benchmark.colorizing.drawings import reduced
from benchmark.core.files import Image, encode_png, write_bytes

PAPER = 224  # grey level from which a pixel is paper, whose colour fills the ink beside it
THUMBNAIL = 256  # px, the longest side that the format allows
BAND = 1024  # rows that are filled at once, which bounds the memory
REACH = 64  # rows above and below a band that are looked at
STACK = """<?xml version="1.0" encoding="UTF-8"?>
<image version="0.0.3" w="{width}" h="{height}">
  <stack>
    <layer name="line" src="data/line.png" x="0" y="0" opacity="1.0" visibility="visible" composite-op="svg:src-over"/>
    <layer name="colour" src="data/colour.png" x="0" y="0" opacity="1.0" composite-op="svg:src-over"/>
  </stack>
</image>
"""


def flat_colours(painted: Image, line: Image) -> Image:
    """The painted picture RGB uint8 (H, W, 3) without its lines: ink takes the colour of the nearest paper.

    `line` is grey uint8 (H, W). Memory grows with the width, not with the height.
    """
    result = np.empty_like(painted)
    height = line.shape[0]
    for start in range(0, height, BAND):
        stop = min(height, start + BAND)
        rows = slice(max(0, start - REACH), min(height, stop + REACH))
        filled = _filled(painted[rows], line[rows])
        result[start:stop] = filled[start - rows.start : stop - rows.start]
    return result


def with_lines(painted: Image, line: Image) -> Image:
    """The painted picture RGB uint8 (H, W, 3) with the artist's lines, grey uint8 (H, W), in place of its own."""
    colours = flat_colours(painted, line)
    for channel in range(3):
        colours[..., channel] = cv2.multiply(colours[..., channel], line, scale=1 / 255)
    return colours


def write_layers(path: Path, painted: Image, line: Image, alpha: Image | None) -> None:
    """Write an OpenRaster file: the colours of `painted` RGB (H, W, 3) under the lines (H, W), which are black ink.

    `alpha` (H, W), where given, is the opacity of the colours. The same layers give the same bytes.
    """
    height, width = line.shape
    colours = flat_colours(painted, line)
    ink = np.dstack([np.zeros((height, width, 3), np.uint8), 255 - line])
    merged = with_lines(painted, line)
    files = {
        "mimetype": b"image/openraster",  # first and not compressed, as the format demands
        "stack.xml": STACK.format(width=width, height=height).encode(),
        "data/line.png": encode_png(path, ink),
        "data/colour.png": encode_png(path, with_alpha(colours, alpha)),
        "mergedimage.png": encode_png(path, with_alpha(merged, alpha)),
        "Thumbnails/thumbnail.png": encode_png(path, reduced(merged, THUMBNAIL)),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    write_bytes(path, content.getvalue())


def with_alpha(picture: Image, alpha: Image | None) -> Image:
    """RGB (H, W, 3) with an opacity (H, W) as RGBA (H, W, 4); unchanged without one."""
    return picture if alpha is None else np.dstack([picture, alpha])


def _filled(painted: Image, line: Image) -> Image:
    """`painted` with the colour of the nearest paper at each pixel of ink; unchanged where there is no paper."""
    from scipy.ndimage import distance_transform_edt

    ink = cv2.dilate((line < PAPER).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if ink.all() or not ink.any():
        return painted
    rows, columns = distance_transform_edt(ink, return_distances=False, return_indices=True)
    filled: Image = painted[rows, columns]
    return filled
