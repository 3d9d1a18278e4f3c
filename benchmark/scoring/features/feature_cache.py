"""Features on disk, keyed by the picture's pixels, the extractor's weights, the resize mode and the kind of device.

The name of a picture's file is not part of the key, since its content can change.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.disk import user_cache
from benchmark.core.files import sha256_bytes, write_bytes

VERSION = 1  # raised when the computation of features changes
DIGEST = 32  # bytes of SHA-256 before the values; detects damaged files


class FeatureCache:
    """Features of single pictures in `<cache>/features/<extractor>/<pixel hash>`, float32.

    A file that is damaged or of another length is ignored and written again. The folder can be removed at any time. If
    the folder cannot be written, nothing is cached.
    """

    def __init__(self, extractor: str, length: int, folder: Path | None = None) -> None:
        """`extractor` is `Extractor.key`; `length` is the number of features of a picture."""
        self.folder = (folder or user_cache() / "features") / f"{extractor}-v{VERSION}"
        self.length = length

    def get(self, pixels: str) -> NDArray[np.float64] | None:
        """The cached features (length,) of the picture with the pixel hash `pixels`, or None."""
        try:
            content = self._path(pixels).read_bytes()
        except OSError:
            return None
        digest, values = content[:DIGEST], content[DIGEST:]
        if len(values) != 4 * self.length or sha256_bytes(values) != digest.hex():
            return None
        return np.frombuffer(values, "<f4").astype(np.float64)

    def put(self, pixels: str, features: NDArray[np.floating]) -> None:
        """Write the features (length,) of the picture with the pixel hash `pixels`."""
        values = features.astype("<f4").tobytes()
        with suppress(OSError):
            write_bytes(self._path(pixels), bytes.fromhex(sha256_bytes(values)) + values)

    def _path(self, pixels: str) -> Path:
        return self.folder / pixels[:2] / pixels
