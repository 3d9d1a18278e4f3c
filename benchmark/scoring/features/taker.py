"""Features of a stream of pictures: from the cache, or computed by the network in batches."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image
from benchmark.core.progress import progress
from benchmark.data.dataset import pixel_hash
from benchmark.scoring.features.extractor import Extractor
from benchmark.scoring.features.feature_cache import FeatureCache

Features = NDArray[np.float64]  # (n, d)

BATCH = 16


class FeatureTaker:
    """Collects features of pictures from one extractor. Rows are in the order of `add`."""

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor
        self._cache = FeatureCache(extractor.key, extractor.length)
        self._rows: list[Features | None] = []
        self._waiting: list[tuple[int, str, Image]] = []  # row, pixel hash, picture that is not in the cache

    def add(self, image: Image, pixels: str) -> None:
        """Add a picture, uint8 RGB (H, W, 3), with the pixel hash `pixels`."""
        self._rows.append(self._cache.get(pixels))
        if self._rows[-1] is None:
            self._waiting.append((len(self._rows) - 1, pixels, image))
        if len(self._waiting) == BATCH:
            self._compute()

    def finish(self) -> Features:
        """Features (n, d) of all pictures added."""
        self._compute()
        rows = [row for row in self._rows if row is not None]
        assert len(rows) == len(self._rows)
        return np.stack(rows)

    def _compute(self) -> None:
        if not self._waiting:
            return
        found = self.extractor([image for *_, image in self._waiting])
        for (index, pixels, _), row in zip(self._waiting, found, strict=True):
            self._cache.put(pixels, row)
            self._rows[index] = row
        self._waiting.clear()


def take_features(extractors: Iterable[Extractor], images: Iterable[Image], n: int, title: str) -> list[Features]:
    """Features (n, d) of `n` pictures by each extractor; each picture is read once. `title` names the progress bar."""
    takers = [FeatureTaker(extractor) for extractor in extractors]
    with progress(title, n) as advance:
        for image in images:
            pixels = pixel_hash(image)
            for taker in takers:
                taker.add(image, pixels)
            advance()
        return [taker.finish() for taker in takers]
