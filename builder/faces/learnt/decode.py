"""From the maps of the network to faces, and from faces to the maps that the network learns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

STRIDE = 8  # px of the input per cell of the maps
CHANNELS = 12  # logit of a face's middle; middle x, y; log width, log height; two eyes x, y; chin x, y; turn
UNIT = 64.0  # px, the face whose log width is 0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MapFace:
    """A face read from maps: its points (5, 2) in px are the upper left and lower right corner, the eyes, the chin."""

    score: float  # 0..1
    points: NDArray[np.float64]
    turn: float  # -1 profile to the page's left .. 1

    @property
    def side(self) -> float:
        """Side of a square as large as the box, px."""
        return float(np.sqrt((self.points[1] - self.points[0]).prod()))

    @property
    def middle(self) -> NDArray[np.float64]:
        middle: NDArray[np.float64] = (self.points[0] + self.points[1]) / 2
        return middle

    def moved(self, scale: float | NDArray[np.float64], shift: float | NDArray[np.float64] = 0.0) -> MapFace:
        return replace(self, points=self.points * scale + shift)

    def mirrored(self, width: float) -> MapFace:
        """The face in the mirrored picture of this width; the eye at the page's left stays first."""
        (left, top), (right, bottom), first, second, chin = self.points
        points = np.array([(right, top), (left, bottom), second, first, chin]) * [-1, 1] + [width, 0]
        return replace(self, points=points, turn=-self.turn)


def read_maps(maps: Floats, least: float) -> list[MapFace]:
    """Every local maximum (3 x 3 cells) of at least the score `least` in maps (CHANNELS, h, w), best first."""
    height, width = maps.shape[1:]
    logits = maps[0]
    padded = np.pad(logits, 1, constant_values=-np.inf)
    windows = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    peaks = (logits >= np.maximum.reduce(windows)) & (logits >= np.log(least / (1 - least)))
    faces = []
    for row, column in np.argwhere(peaks):
        logit, *values, turn = maps[:, row, column].astype(np.float64)
        cell = (np.array([column, row]) + 0.5) * STRIDE
        sides = np.exp(np.clip(values[2:4], -4, 4)) * UNIT
        size = np.sqrt(sides.prod())
        middle = cell + np.array(values[:2]) * size
        marks = cell + np.reshape(values[4:], (3, 2)) * size
        points = np.vstack([middle - sides / 2, middle + sides / 2, marks])
        faces.append(MapFace(float(1 / (1 + np.exp(-logit))), points, float(np.tanh(turn))))
    return sorted(faces, key=lambda face: -face.score)


def make_maps(faces: Floats, ignored: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """The maps to learn for faces (N, 12) with the columns of `pictures`, in an input of size x size px.

    Returns the targets (CHANNELS, h, w), the weights of each channel, and the weights (h, w) of the first channel,
    which are 0 in the boxes `ignored` (M, 4). A hidden eye (NaN) has the weight 0.
    """
    cells = size // STRIDE
    target, weight = (np.zeros((CHANNELS, cells, cells), np.float32) for _ in range(2))
    seen = np.ones((cells, cells), np.float32)
    grid = np.stack(np.meshgrid(*[(np.arange(cells) + 0.5) * STRIDE] * 2), -1)
    for left, top, right, bottom in ignored:
        inside = (grid >= [left, top]).all(-1) & (grid <= [right, bottom]).all(-1)
        seen[inside] = 0
    for face in sorted(faces, key=lambda row: -row[2:4].sum() + row[:2].sum()):
        sides, middle = face[2:4] - face[:2], (face[:2] + face[2:4]) / 2
        length = float(np.sqrt(sides.prod()))
        off = (grid - middle) / np.maximum(sides * 0.13, 0.55 * STRIDE)
        near = np.exp(-0.5 * (off**2).sum(-1)).astype(np.float32)
        column, row = np.clip((middle // STRIDE).astype(int), 0, cells - 1)
        near[row, column] = 1
        target[0] = np.maximum(target[0], near)
        values = np.empty((CHANNELS - 1, cells, cells), np.float32)
        values[:2] = np.moveaxis((middle - grid) / length, -1, 0)
        values[2:4] = np.log(sides / UNIT)[:, None, None]
        values[4:10] = np.moveaxis((face[4:10].reshape(3, 2) - grid[:, :, None]) / length, (2, 3), (0, 1)).reshape(
            6, cells, cells
        )
        values[10] = face[10]
        here = near > 0.3
        known = np.isfinite(values[:, row, column]).astype(np.float32)
        weight[1:, here] = known[:, None] * near[here]
        target[1:, here] = np.nan_to_num(values[:, here])
        seen[here] = 1
    return target, weight, seen
