"""Faces in a larger drawing: found by an installed detector, framed like the training crops, and set back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from math import floor
from typing import Any

import numpy as np

from benchmark.core.errors import AbsentError
from benchmark.core.files import Image
from benchmark.data.face_frame import Corners, face_frame

GROUP = "anibench.detectors"  # entry points of face detectors
DETECTOR = "animeface"
LEAST_LIKELIHOOD = 0.7
SMALLEST = 48  # px; smaller frames gain nothing over the whole picture
PORTRAIT = 0.8  # side of a frame / longer side of the picture, from which the picture is framed like a sample
OVERLAP = 0.2  # share of the smaller frame that two painted frames may share
FEATHER = 0.12  # share of a frame's side over which it fades into the whole picture

FaceFinder = Callable[[Image], list[Corners]]


@dataclass(frozen=True)
class Frame:
    """A square around a face, px of the picture; it may leave the picture."""

    x: int
    y: int
    size: int


@cache
def face_finder() -> FaceFinder | None:
    """Find the faces of RGB uint8 (H, W, 3) as corners in px, the likeliest first; None without an installed detector.

    The detector is the entry point `animeface` of the group `anibench.detectors`.
    """
    found = list(entry_points(group=GROUP, name=DETECTOR))
    if not found:
        return None
    try:
        detector: Any = found[0].load()()
    except (ImportError, AbsentError):
        return None

    def find(rgb: Image) -> list[Corners]:
        faces = [each for each in detector.detect(rgb) if each.likelihood >= LEAST_LIKELIHOOD]
        boxes = [each.box for each in sorted(faces, key=lambda each: (-each.likelihood, each.box))]
        return [(x, y, x + width, y + height) for x, y, width, height in boxes]

    return find


def frames_of(faces: Iterable[Corners], largest: int | None = None) -> list[Frame]:
    """The frames of faces; a frame that overlaps an earlier one or is too small is left out.

    `largest` px limits the side of a frame.
    """
    frames: list[Frame] = []
    for face in faces:
        center_x, center_y, size = face_frame(face)
        size = min(size, largest or size)
        frame = Frame(floor(center_x - size / 2), floor(center_y - size / 2), size)
        if size >= SMALLEST and all(_shared(frame, other) <= OVERLAP for other in frames):
            frames.append(frame)
    return frames


def is_portrait(frame: Frame, shape: tuple[int, ...]) -> bool:
    """Whether a picture (H, W, ...) is framed about like the frame of its face, so that it is painted whole."""
    return frame.size >= PORTRAIT * max(shape[:2])


def cut_frame(line: Image, frame: Frame) -> Image:
    """The frame of a drawing (H, W) as grey uint8 (size, size), white outside the drawing."""
    page = np.full((frame.size, frame.size), 255, np.uint8)
    inside, within = _overlap(frame, line.shape)
    page[within] = line[inside]
    return page


def set_back(picture: Image, painted: Image, frame: Frame) -> None:
    """Blend a painted frame RGB (size, size, 3) into RGB (H, W, 3) in place; it fades towards its borders."""
    inside, within = _overlap(frame, picture.shape)
    ramp = np.minimum(np.arange(frame.size) + 0.5, np.arange(frame.size)[::-1] + 0.5) / (FEATHER * frame.size)
    ramp = np.minimum(ramp, 1).astype(np.float32)
    share = np.minimum.outer(ramp, ramp)[within][..., None]
    mixed = picture[inside] * (1 - share) + painted[within] * share
    picture[inside] = np.rint(mixed).astype(np.uint8)


def _overlap(frame: Frame, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The part of a picture (H, W, ...) that a frame covers: rows and columns of the picture, and of the frame."""
    top, left = max(0, frame.y), max(0, frame.x)
    bottom, right = min(shape[0], frame.y + frame.size), min(shape[1], frame.x + frame.size)
    inside = slice(top, max(top, bottom)), slice(left, max(left, right))
    rows, columns = inside
    within = slice(rows.start - frame.y, rows.stop - frame.y), slice(columns.start - frame.x, columns.stop - frame.x)
    return inside, within


def _shared(a: Frame, b: Frame) -> float:
    """The shared area of two frames over the area of the smaller one."""
    wide = min(a.x + a.size, b.x + b.size) - max(a.x, b.x)
    high = min(a.y + a.size, b.y + b.size) - max(a.y, b.y)
    return max(0, wide) * max(0, high) / min(a.size, b.size) ** 2
