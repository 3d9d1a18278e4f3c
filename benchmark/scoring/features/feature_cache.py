"""Features on disk, by what they are of: the content of the picture, the extractor's weights, and how they are taken.

Never by a file's name: a name says nothing about what a file holds today.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.disk import user_cache
from benchmark.core.files import sha256_bytes, write_bytes

VERSION = 1  # raised when the way from a picture to its features changes
DIGEST = 32  # bytes of SHA-256 before the values, so that a damaged file is seen


class FeatureCache:
    """Features of single pictures in `<cache>/features/<extractor>/<pixel hash>`, float32.

    A file that is damaged or of another length is left aside and written again. What is kept can be removed at any
    time. Where the folder cannot be written, nothing is kept.
    """

    def __init__(self, extractor: str, length: int, folder: Path | None = None) -> None:
        """`extractor` names weights, mode and kind of device; `length` is the number of values of a picture."""
        self.folder = (folder or user_cache() / "features") / f"{extractor}-v{VERSION}"
        self.length = length

    def get(self, pixels: str) -> NDArray[np.float64] | None:
        """The features (length,) of the picture whose pixels hash to `pixels`, or None."""
        try:
            content = self._path(pixels).read_bytes()
        except OSError:
            return None
        digest, values = content[:DIGEST], content[DIGEST:]
        if len(values) != 4 * self.length or sha256_bytes(values) != digest.hex():
            return None
        return np.frombuffer(values, "<f4").astype(np.float64)

    def put(self, pixels: str, features: NDArray[np.floating]) -> None:
        """Keep the features (length,) of a picture."""
        values = features.astype("<f4").tobytes()
        with suppress(OSError):
            write_bytes(self._path(pixels), bytes.fromhex(sha256_bytes(values)) + values)

    def _path(self, pixels: str) -> Path:
        return self.folder / pixels[:2] / pixels
