"""A picture in the memory layout that animeface's compiled extension reads; works with every Pillow version.

`animeface.detect` passes Pillow's internal image object to the extension, which reads its C structure directly. The
extension was compiled against the header of Pillow 4.2.1. Pillow 12 replaced the mode's 7 characters by a number, so
that each later field lies 4 bytes earlier: the extension reads the height as the width, and finds no face. This module
builds the structure of Pillow 4.2.1 (libImaging/Imaging.h) over a NumPy array and does not use Pillow.
"""

import ctypes
import struct
from typing import Any

import numpy as np

from benchmark.core.files import Image


class _Imaging(ctypes.Structure):
    """`struct ImagingMemoryInstance` of Pillow 4.2.1; an RGB pixel takes 4 bytes."""

    _fields_ = (
        ("mode", ctypes.c_char * 7),
        ("type", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bands", ctypes.c_int),
        ("xsize", ctypes.c_int),
        ("ysize", ctypes.c_int),
        ("palette", ctypes.c_void_p),
        ("image8", ctypes.c_void_p),
        ("image32", ctypes.c_void_p),
        ("image", ctypes.c_void_p),
        ("block", ctypes.c_void_p),
        ("pixelsize", ctypes.c_int),
        ("linesize", ctypes.c_int),
        ("destroy", ctypes.c_void_p),
    )


def find_faces(rgb: Image) -> list[dict[str, Any]]:
    """Faces in RGB uint8 (H, W, 3) as the extension reports them: likelihood, boxes and points in px, RGB colours.

    Raises ImportError when animeface is not installed or has no compiled extension for this Python.
    """
    from animeface import _nvxs

    height, width = rgb.shape[:2]
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = rgb, 255
    rows = pixels.ctypes.data + np.arange(height, dtype=np.uintp) * np.uintp(pixels.strides[0])
    image = _Imaging(mode=b"RGB", bands=3, xsize=width, ysize=height, image32=rows.ctypes.data, image=rows.ctypes.data)
    # The extension reads a pointer to the structure from the bytes after the header of the object it receives. A float
    # stores its 8 bytes there, so a float with the bits of the address replaces Pillow's object.
    (handle,) = struct.unpack("d", struct.pack("P", ctypes.addressof(image)))
    found: list[dict[str, Any]] = _nvxs.detect(handle)
    return found
