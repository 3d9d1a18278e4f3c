"""Face detectors by name, found by entry point in the group `anibench.detectors`, and which detections count.

A detector is a callable that takes a `DetectRecipe`, or nothing for the default one, and gives an object with `name`,
`version`, `framed` and `detect`. It tests itself when it is made: `anibench doctor` makes each of them. One that needs
what most users lack raises AbsentError; one whose `reads_file` is true is named NAME:FILE.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Any, Protocol

import cv2
import numpy as np
import PIL.Image

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from builder.core.recipe import DetectRecipe

GROUP = "anibench.detectors"
DEFAULTS = DetectRecipe()
WARMTH = 4  # levels of 255 by which red exceeds green in skin, whatever its tone
Box = tuple[float, float, float, float]  # x, y, width, height in px, x and y of the left upper corner


@dataclass(frozen=True)
class Detection:
    """One face in a picture; landmarks are whatever the detector knows, in px of the picture, colours as RGB."""

    box: Box
    likelihood: float  # 0..1
    landmarks: dict[str, Any] | None = None


class Detector(Protocol):
    """Finds faces. `framed` says that a box is the crop itself, not a face in it."""

    name: str
    version: str
    framed: bool

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        """RGB uint8 (H, W, 3) and its id in the source -> the faces in it, in any order, always the same."""
        ...


def get_detector(recipe: DetectRecipe) -> Detector:
    """Make the detector a recipe names, NAME or NAME:FILE; raises AnibenchError that lists those there are, or says
    what it lacks.
    """
    name, colon, _ = recipe.detector.partition(":")
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        near = difflib.get_close_matches(name, found, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(found))}"
        raise AnibenchError(f"there is no detector {name}; {hint}")
    make: Callable[[DetectRecipe], Detector] = found[name].load()
    if colon and not getattr(make, "reads_file", False):
        raise AnibenchError(f"the detector {name} reads no file; write {name} in place of {recipe.detector}")
    return make(recipe)


class AnimeFace:
    """nagadomi's animeface-2009, on a copy of at most `longest` px; its model is inside the wheel."""

    name = "animeface"
    framed = False

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Raises AnibenchError when it cannot find a drawn face, as happens silently with Pillow >= 12."""
        import animeface

        self._find: Callable[[PIL.Image.Image], Sequence[Any]] = animeface.detect
        self._longest = recipe.longest
        self.version = version("animeface")
        self._check()

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        height, width = rgb.shape[:2]
        scale = min(1.0, self._longest / max(width, height))
        if scale < 1:  # by area: on real pictures the same samples as by Lanczos, in a third of its time
            size = max(1, round(width * scale)), max(1, round(height * scale))
            rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        picture = PIL.Image.fromarray(rgb)
        if min(picture.size) < 24:  # the detector's own smallest window
            return []
        x_scale, y_scale = width / picture.width, height / picture.height
        return [_from_animeface(face, picture, x_scale, y_scale) for face in self._find(picture)]

    def _check(self) -> None:
        from builder.drawing.illustration import draw_portrait

        if not self.detect(draw_portrait(1, 256).color):
            raise AnibenchError(
                f"animeface {self.version} finds no face on a drawn portrait (Pillow is {_version('pillow')}); "
                "run: pip install 'pillow<12'"
            )


class Whole:
    """For sources that are face crops already: the whole picture is the crop."""

    name = "whole"
    version = "1"
    framed = True

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Takes the recipe as every detector does; nothing in it applies."""

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        height, width = rgb.shape[:2]
        return [Detection((0.0, 0.0, float(width), float(height)), 1.0)]


def other_detector(recipe: DetectRecipe) -> Detector | None:
    """The detector whose faces are compared with those of the first; None where the recipe asks for none."""
    if recipe.compare is None:
        return None
    return get_detector(recipe.model_copy(update={"detector": recipe.compare, "compare": None}))


def refuse(detection: Detection, recipe: DetectRecipe) -> str | None:
    """Why a detection is no face to keep, or None.

    On real sheets every emblem or book cover taken for a face had cold "skin" or a low likelihood; no real face that
    the detector was unsure of had cold skin.
    """
    likelihood = detection.likelihood
    if likelihood < recipe.min_likelihood:
        return f"likelihood {likelihood:.3f} is below {recipe.min_likelihood} (detect.min_likelihood)"
    skin = (detection.landmarks or {}).get("skin")
    if likelihood < recipe.sure_likelihood and skin is not None and skin[0] < skin[1] + WARMTH:
        return f"likelihood {likelihood:.3f} with cold skin {tuple(skin)}, no face (detect.sure_likelihood)"
    return None


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, wide) * max(0.0, high)
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union > 0 else 0.0


def best_first(detections: Sequence[Detection]) -> list[Detection]:
    """The likeliest first; equals by place, so that the order is the detections' own."""
    return sorted(detections, key=lambda found: (-found.likelihood, found.box))


def _from_animeface(face: Any, copy: PIL.Image.Image, x_scale: float, y_scale: float) -> Detection:
    """animeface's result on a copy -> px of the picture.

    Its own colours are left aside: their clustering is seeded by whatever the process has seen before.
    """
    at = face.face.pos
    skin = _skin(copy, at.x, at.y, at.width, at.height)

    def box(part: Any) -> Box:
        at = part.pos
        x, width = (round(value * x_scale, 2) for value in (at.x, at.width))
        y, height = (round(value * y_scale, 2) for value in (at.y, at.height))
        return x, y, width, height

    def point(part: Any) -> list[float]:
        return [round(part.pos.x * x_scale, 2), round(part.pos.y * y_scale, 2)]

    landmarks = {
        "left_eye": list(box(face.left_eye)),
        "right_eye": list(box(face.right_eye)),
        "mouth": list(box(face.mouth)),
        "nose": point(face.nose),
        "chin": point(face.chin),
        "skin": skin,
    }
    return Detection(box(face.face), float(np.clip(face.likelihood, 0, 1)), landmarks)


def _skin(picture: PIL.Image.Image, x: int, y: int, width: int, height: int) -> list[int]:
    """Median colour of the cheeks and nose: the middle of a face box, below the eyes and above the mouth."""
    left, top = max(0, x + round(0.3 * width)), max(0, y + round(0.5 * height))
    middle = picture.crop((left, top, left + max(1, round(0.4 * width)), top + max(1, round(0.2 * height))))
    return [int(value) for value in np.median(np.asarray(middle).reshape(-1, 3), axis=0)]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
