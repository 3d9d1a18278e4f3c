"""Face detectors, registered in the entry-point group `anibench.detectors`, and the filter of detections.

A detector is a callable that takes a `DetectRecipe` (default: `DetectRecipe()`) and returns an object with `name`,
`version`, `framed` and `detect`. It runs a self-test when it is created; `anibench doctor` creates each detector. An
optional detector whose package or weights are missing raises AbsentError. A detector with `reads_file = True` is
written NAME:FILE in a recipe.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points, version
from typing import Any, Protocol

import cv2
import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from builder.core.recipe import DetectRecipe
from builder.faces.animeface_image import find_faces

GROUP = "anibench.detectors"
DEFAULTS = DetectRecipe()
WARMTH = 4  # levels of 255 by which red exceeds green in skin of any tone
FaceBox = tuple[float, float, float, float]  # x, y, width, height in px; x and y of the upper left corner


@dataclass(frozen=True)
class Detection:
    """One face in a picture. Landmarks depend on the detector: points and boxes in px of the picture, RGB colours."""

    box: FaceBox
    likelihood: float  # 0..1
    landmarks: dict[str, Any] | None = None


class Detector(Protocol):
    """Finds faces. `framed` is true when a box is a finished crop instead of a face inside a picture."""

    name: str
    version: str
    framed: bool

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        """RGB uint8 (H, W, 3) and the picture's source id -> its faces in any order; deterministic."""
        ...


def get_detector(recipe: DetectRecipe) -> Detector:
    """Create the detector of a recipe, NAME or NAME:FILE.

    Raises AnibenchError that lists the detectors when NAME is unknown, and AbsentError when a package, weights or FILE
    are missing.
    """
    name, colon, _ = recipe.detector.partition(":")
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        near = difflib.get_close_matches(name, found, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known detectors: {', '.join(sorted(found))}"
        raise AnibenchError(f"there is no detector {name}; {hint}")
    make: Callable[[DetectRecipe], Detector] = found[name].load()
    if colon and not getattr(make, "reads_file", False):
        raise AnibenchError(f"the detector {name} takes no file; write {name} instead of {recipe.detector}")
    return make(recipe)


class AnimeFace:
    """nagadomi's animeface-2009 on a copy of at most `longest` px; the model is part of the wheel."""

    name = "animeface"
    framed = False

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Raises AnibenchError when animeface finds no face on a drawn portrait."""
        self._longest = recipe.longest
        self.version = version("animeface")
        self._check()

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        height, width = rgb.shape[:2]
        scale = min(1.0, self._longest / max(width, height))
        if scale < 1:  # by area: a third of Lanczos' time, and the same samples on real pictures
            size = max(1, round(width * scale)), max(1, round(height * scale))
            rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        if min(rgb.shape[:2]) < 24:  # px, the smallest window of animeface
            return []
        scales = width / rgb.shape[1], height / rgb.shape[0]
        return [_from_animeface(face, rgb, *scales) for face in find_faces(rgb)]

    def _check(self) -> None:
        from builder.drawing.illustration import draw_portrait

        if not self.detect(draw_portrait(1, 256).color):
            raise AnibenchError(
                f"animeface {self.version} finds no face on a drawn portrait: its compiled extension is not the one "
                "that anibench was tested with; run: pip install --force-reinstall animeface==2.0.3"
            )


class Whole:
    """For pictures that are finished face crops: the whole picture is the crop.

    With `detect.landmarks` it has the landmarks of animeface's most likely face, if there is one.
    """

    name = "whole"
    framed = True

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        self._marks = AnimeFace(recipe) if recipe.landmarks else None
        self.version = "1" if self._marks is None else f"1, landmarks of animeface {self._marks.version}"

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        height, width = rgb.shape[:2]
        faces = best_first(self._marks.detect(rgb)) if self._marks else []
        return [Detection((0.0, 0.0, float(width), float(height)), 1.0, faces[0].landmarks if faces else None)]


def other_detector(recipe: DetectRecipe) -> Detector | None:
    """The second detector of `detect.compare`; None without it. Raises AnibenchError if `detect.confirm` needs one."""
    if recipe.compare is None:
        if recipe.confirm:
            raise AnibenchError("detect.confirm needs a second detector; add --set detect.compare=drawnface")
        return None
    return get_detector(recipe.model_copy(update={"detector": recipe.compare, "compare": None}))


def refuse(detection: Detection, recipe: DetectRecipe) -> str | None:
    """The reason to drop a detection, or None.

    Measured on contact sheets of real pictures: every emblem or book cover detected as a face had cold "skin" (red not
    above green) or a low likelihood, and no real face below `sure_likelihood` had cold skin.
    """
    likelihood = detection.likelihood
    if likelihood < recipe.min_likelihood:
        return f"likelihood {likelihood:.3f} is below {recipe.min_likelihood} (detect.min_likelihood)"
    skin = (detection.landmarks or {}).get("skin")
    if likelihood < recipe.sure_likelihood and skin is not None and skin[0] < skin[1] + WARMTH:
        return (
            f"likelihood {likelihood:.3f} and the skin {tuple(skin)} is not redder than green (detect.sure_likelihood)"
        )
    return None


def overlap(a: FaceBox, b: FaceBox) -> float:
    """Intersection over union of two boxes."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, wide) * max(0.0, high)
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union > 0 else 0.0


def best_first(detections: Sequence[Detection]) -> list[Detection]:
    """Sort by falling likelihood, equal ones by position; independent of the order of the input."""
    return sorted(detections, key=lambda found: (-found.likelihood, found.box))


def _from_animeface(face: dict[str, Any], copy: Image, x_scale: float, y_scale: float) -> Detection:
    """A result of animeface on the RGB `copy` (H, W, 3), scaled to px of the picture.

    The result's colours are ignored: animeface clusters them from a random state that earlier pictures change.
    """

    def box(name: str) -> FaceBox:
        x, y, width, height = face[name]
        x, width = (round(value * x_scale, 2) for value in (x, width))
        y, height = (round(value * y_scale, 2) for value in (y, height))
        return x, y, width, height

    def point(name: str) -> list[float]:
        x, y = face[name]
        return [round(x * x_scale, 2), round(y * y_scale, 2)]

    landmarks = {
        "left_eye": list(box("left_eye_box")),
        "right_eye": list(box("right_eye_box")),
        "mouth": list(box("mouth_box")),
        "nose": point("nose_point"),
        "chin": point("chin_point"),
        "skin": _skin(copy, *face["face_box"]),
    }
    return Detection(box("face_box"), float(np.clip(face["likelihood"], 0, 1)), landmarks)


def _skin(rgb: Image, x: int, y: int, width: int, height: int) -> list[int]:
    """Median RGB colour of cheeks and nose: the middle of a face box, below the eyes and above the mouth.

    Pixels outside the picture count as black.
    """
    left, top = max(0, x + round(0.3 * width)), max(0, y + round(0.5 * height))
    middle = np.zeros((max(1, round(0.2 * height)), max(1, round(0.4 * width)), 3), np.uint8)
    inside = rgb[top : top + middle.shape[0], left : left + middle.shape[1]]
    middle[: inside.shape[0], : inside.shape[1]] = inside
    return [int(value) for value in np.median(middle.reshape(-1, 3), axis=0)]
