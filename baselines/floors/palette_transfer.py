"""The floor palette-transfer: fills each region of the line drawing with one colour of the reference's palette.

A cheap colorization without training. The palette comes from k-means. Regions are the basins of a watershed on the
distance to the ink, so small gaps in lines leak little colour. A region takes the colour that is most typical of its
position in the reference; each colour's total area is limited to `WIDEST` times its area in the reference.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.floors.mean_colour import inked
from benchmark.core.config import Config as BaseConfig
from benchmark.methods.regions import line_regions

SUMMARY = "fills the regions between the lines from the reference's palette"
COLORS = 10  # in the palette
DRAWS = 4096  # pixels drawn for k-means
PASSES = 20  # largest number of k-means iterations
REACH = 1 / 16  # blur of a colour's positions, as a share of the picture's side
WIDEST = 1.5  # largest area of a colour, relative to its area in the reference

Float = NDArray[np.float64]


class Config(BaseConfig):
    """No settings."""


class PaletteTransfer:
    """Fills regions of the line drawing with colours of the reference and draws the lines on top."""

    def colorize(
        self, lines: NDArray[np.uint8], references: NDArray[np.uint8], seeds: Sequence[int]
    ) -> NDArray[np.uint8]:
        """As `benchmark.methods.interface.Colorizer`; the seed initialises k-means."""
        flat = [
            paint_regions(line_regions(line[0]), reference.transpose(1, 2, 0), seed)
            for line, reference, seed in zip(lines, references, seeds, strict=True)
        ]
        return inked(lines, np.stack(flat).transpose(0, 3, 1, 2))


def paint_regions(regions: NDArray[np.int64], reference: NDArray[np.uint8], seed: int) -> Float:
    """Colours of 0..255, (H, W, 3), for regions (H, W) and a reference uint8 (H, W, 3)."""
    import cv2

    palette, labels = make_palette(reference, seed)
    count = len(palette)
    sigma = REACH * max(regions.shape)
    masks = [(labels == color).astype(np.float32) for color in range(count)]
    places = [cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE) for mask in masks]
    areas = np.bincount(regions.ravel())
    fits = np.stack([np.bincount(regions.ravel(), place.ravel()) for place in places], axis=1) / areas[:, None]
    left = WIDEST * np.bincount(labels.ravel(), minlength=count) * regions.size / labels.size
    chosen = np.zeros(len(areas), np.int64)
    for region in np.argsort(-areas, kind="stable"):
        room = np.minimum(1.0, np.maximum(left, 0) / areas[region])
        chosen[region] = np.argmax(fits[region] * (room + 1e-6))
        left[chosen[region]] -= areas[region]
    colors: Float = palette[chosen][regions]
    return colors


def make_palette(reference: NDArray[np.uint8], seed: int) -> tuple[Float, NDArray[np.int64]]:
    """Palette of a picture uint8 (H, W, 3) by k-means++ in CIELAB: colours of 0..255, (k, 3), and labels (H, W)."""
    from skimage.color import rgb2lab

    lab: Float = rgb2lab(reference).reshape(-1, 3)
    random = np.random.default_rng(seed)
    drawn = lab[random.integers(0, len(lab), DRAWS)]
    centres = drawn[:1]
    while len(centres) < COLORS:
        distance = _squared_distances(drawn, centres).min(axis=1)
        if distance.max() < 1e-6:  # the picture has fewer colours than the palette
            break
        centres = np.vstack([centres, drawn[random.choice(DRAWS, p=distance / distance.sum())]])
    for _ in range(PASSES):
        nearest = _squared_distances(drawn, centres).argmin(axis=1)
        moved = _means(drawn, nearest, centres)
        if np.allclose(moved, centres):
            break
        centres = moved
    labels = _squared_distances(lab, centres).argmin(axis=1)
    pixels = reference.reshape(-1, 3).astype(np.float64)
    members = [pixels[labels == k] for k in range(len(centres))]
    colors = [np.median(each, axis=0) if len(each) else np.zeros(3) for each in members]
    return np.stack(colors), labels.reshape(reference.shape[:2])


def load(checkpoint: Path | None, device: str) -> PaletteTransfer:
    """The colorizer; both arguments are ignored."""
    return PaletteTransfer()


def _means(points: Float, nearest: NDArray[np.int64], centres: Float) -> Float:
    """The mean of the points that are nearest to each centre; a centre without points is unchanged."""
    members = [points[nearest == k] for k in range(len(centres))]
    means: Float = np.stack([m.mean(axis=0) if len(m) else c for m, c in zip(members, centres, strict=True)])
    return means


def _squared_distances(points: Float, centres: Float) -> Float:
    """Squared distances (n, k) of points (n, 3) and centres (k, 3), as |p|^2 - 2 p c + |c|^2."""
    distances: Float = points @ (-2 * centres.T)
    distances += np.square(points).sum(axis=1)[:, None]
    distances += np.square(centres).sum(axis=1)
    return np.maximum(distances, 0, out=distances)
