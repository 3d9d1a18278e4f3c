"""Colour under line: the colours without the lines, the artist's lines on top, and both as a file with layers.

OpenRaster (https://www.openraster.org) is opened by Krita, MyPaint and GIMP, PSD also by Photoshop and Clip Studio.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image

from benchmark.colorizing.drawings import reduced
from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.files import Image, encode_png, write_bytes

PAPER = 224  # grey level from which a pixel is paper, whose colour fills the ink beside it
THUMBNAIL = 256  # px, the longest side that the format allows
BAND = 1024  # rows that are filled at once, which bounds the memory
WIDEST_PSD = 30_000  # px, the longest side that PSD allows
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
    """Write the colours of `painted` RGB (H, W, 3) under the lines (H, W), which are black ink.

    `path` ends with .ora (OpenRaster) or .psd. `alpha` (H, W), where given, is the opacity of the colours. The same
    layers give the same bytes. Raises AbsentError without the package for PSD, and AnibenchError for too large a PSD.
    """
    height, width = line.shape
    colours = with_alpha(flat_colours(painted, line), alpha)
    ink = np.dstack([np.zeros((height, width, 3), np.uint8), 255 - line])
    merged = with_lines(painted, line)
    write = _psd if path.suffix == ".psd" else _open_raster
    write_bytes(path, write(path, colours, ink, with_alpha(merged, alpha)))


def psd_tools() -> Any:
    """The package that writes PSD files. Raises AbsentError where it is not installed."""
    try:
        import psd_tools
    except ImportError:
        raise AbsentError("PSD files need the package psd-tools; run: pip install psd-tools") from None
    return psd_tools


def _psd(path: Path, colours: Image, ink: Image, merged: Image) -> bytes:
    if max(merged.shape) > WIDEST_PSD:
        raise AnibenchError(f"{path}: a PSD file has at most {WIDEST_PSD} px a side; use --layers")
    document = psd_tools().PSDImage.frompil(PIL.Image.fromarray(merged).convert("RGBA"))
    for name, layer in (("colour", colours), ("line", ink)):
        document.create_pixel_layer(PIL.Image.fromarray(layer), name=name)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _open_raster(path: Path, colours: Image, ink: Image, merged: Image) -> bytes:
    height, width = merged.shape[:2]
    files = {
        "mimetype": b"image/openraster",  # first and not compressed, as the format demands
        "stack.xml": STACK.format(width=width, height=height).encode(),
        "data/line.png": encode_png(path, ink),
        "data/colour.png": encode_png(path, colours),
        "mergedimage.png": encode_png(path, merged),
        "Thumbnails/thumbnail.png": encode_png(path, reduced(merged[..., :3], THUMBNAIL)),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return content.getvalue()


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
