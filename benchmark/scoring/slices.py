"""Slices of an evaluation: a part of each picture (eyes), and subsets of the pairs (line sigma, heterochromia)."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmark.core.files import Image, parse_json
from benchmark.data.dataset import SIZE, Dataset
from benchmark.data.protocol import Pair
from benchmark.scoring.lab import to_lab

EYES = ("left_eye", "right_eye")
CHROMATIC = 15.0  # smallest CIELAB chroma of a pixel that has a hue
LEAST = 0.05  # smallest share of an eye's pixels with a hue
APART = 30.0  # smallest distance in CIELAB (a, b) between the hues of two eyes that differ


class Box(NamedTuple):
    """Pixels of a 256 x 256 sample: columns left..right and rows top..bottom; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int

    def cut(self, image: Image) -> Image:
        return image[self.top : self.bottom, self.left : self.right]

    def middle(self) -> "Box":
        """The box of half the width and half the height around the centre."""
        x, y = (self.right - self.left) // 4, (self.bottom - self.top) // 4
        return Box(self.left + x, self.top + y, self.right - x, self.bottom - y)


def joined(image: Image, boxes: Sequence[Box]) -> Image:
    """The pixels of uint8 RGB (H, W, 3) in all boxes as one picture (1, n, 3)."""
    return np.ascontiguousarray(np.concatenate([box.cut(image).reshape(-1, 3) for box in boxes])[None])


def eye_boxes(data: Dataset, sample: str) -> tuple[Box, Box] | None:
    """Boxes of both eyes from the manifest's landmarks; None without eye sizes, or if an eye is outside the crop."""
    row = data.manifest.iloc[data.manifest["id"].searchsorted(sample)]  # sorted by id
    wanted = ("landmarks", "crop_x", "crop_y", "crop_size")
    if any(name not in row or pd.isna(row[name]) for name in wanted):
        return None
    marks = parse_json(row["landmarks"], "the landmarks in manifest.parquet")
    if any(len(marks.get(eye) or ()) != 4 for eye in EYES):  # landmarks from boxes:FILE are points without a size
        return None
    scale = SIZE / float(row["crop_size"])
    origin = np.array([row["crop_x"], row["crop_y"]], np.float64)
    upright = [_upright(marks[eye], row) for eye in EYES]
    first, second = (_box(eye, origin, scale) for eye in upright)
    return (first, second) if first and second else None


def heterochromatic(image: Image, eyes: tuple[Box, Box]) -> bool:
    """Whether the two eyes of uint8 RGB (H, W, 3) have different hues.

    The hue of an eye is the mean (a, b) of the pixels with a chroma of at least 15 in the central half of its box,
    where the iris is. At least 5 % of these pixels must have that chroma. The hues must be at least 30 CIELAB units
    apart.
    """
    first, second = (_hue(box.middle().cut(image)) for box in eyes)
    if first is None or second is None:
        return False
    return bool(np.linalg.norm(first - second) >= APART)


def pair_slices(
    data: Dataset, pairs: Sequence[Pair], color: Callable[[str], Image] | None = None
) -> dict[str, list[bool]]:
    """Slice -> whether each pair is in it. Slices: the sigma of the line, and references with two eye colours.

    `color` reads a colour picture by its id, by default from `data`. Slices that contain no pair or every pair are left
    out.
    """
    found: dict[str, list[bool]] = {}
    if "sigma" in data.manifest:
        sigma = dict(zip(data.manifest["id"], data.manifest["sigma"], strict=True))
        for value in sorted({sigma[pair.sample] for pair in pairs if not pd.isna(sigma[pair.sample])}):
            found[f"sigma-{value:g}"] = [sigma[pair.sample] == value for pair in pairs]
    mixed = {
        reference: _mixed(data, reference, color or data.color) for reference in {pair.reference for pair in pairs}
    }
    found["heterochromia"] = [mixed[pair.reference] for pair in pairs]
    return {name: members for name, members in found.items() if any(members) and not all(members)}


def _mixed(data: Dataset, sample: str, color: Callable[[str], Image]) -> bool:
    eyes = eye_boxes(data, sample)
    return eyes is not None and heterochromatic(color(sample), eyes)


def _upright(eye: Sequence[float], row: "pd.Series[Any]") -> list[float]:
    """An eye (x, y, width, height) in px of the source picture, rotated about the crop's centre as the crop was."""
    angle = row.get("crop_angle")
    turn = 0.0 if angle is None or pd.isna(angle) else math.radians(float(angle))
    half = float(row["crop_size"]) / 2
    center = complex(row["crop_x"] + half, row["crop_y"] + half)
    middle = complex(eye[0] + eye[2] / 2, eye[1] + eye[3] / 2)
    turned = center + (middle - center) * complex(math.cos(turn), -math.sin(turn))
    return [turned.real - eye[2] / 2, turned.imag - eye[3] / 2, eye[2], eye[3]]


def _box(eye: Sequence[float], origin: np.ndarray[tuple[int, ...], np.dtype[np.float64]], scale: float) -> Box | None:
    """An eye (x, y, width, height) in px of the source picture as a box of the sample; None if any part is outside."""
    corner = (np.array(eye[:2]) - origin) * scale
    left, top = (int(value) for value in np.floor(corner))
    right, bottom = (int(value) for value in np.ceil(corner + np.array(eye[2:]) * scale))
    inside = left >= 0 and top >= 0 and right <= SIZE and bottom <= SIZE and right - left > 3 and bottom - top > 3
    return Box(left, top, right, bottom) if inside else None


def _hue(eye: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    chroma = to_lab(np.ascontiguousarray(eye))[..., 1:].reshape(-1, 2)
    strong = np.linalg.norm(chroma, axis=1) >= CHROMATIC
    return np.asarray(chroma[strong].mean(axis=0), np.float32) if strong.mean() >= LEAST else None
