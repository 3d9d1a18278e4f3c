"""The work on one picture: load, detect, crop, measure. Workers and the Ray engine run the same function."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, write_png
from benchmark.data.dataset import SIZE, pixel_hash, sample_id
from benchmark.data.decode import DecodeError
from benchmark.data.face_frame import SMALLEST
from benchmark.data.parts import write_parts
from builder.core.recipe import DetectRecipe, Recipe
from builder.faces.agreement import Agreement, agree
from builder.faces.crop import (
    Square,
    aligned_square,
    cut,
    cut_parts,
    face_square,
    measure,
    measure_source,
    whole_square,
)
from builder.faces.detectors import (
    Detection,
    Detector,
    FaceBox,
    best_first,
    get_detector,
    other_detector,
    overlap,
    refuse,
)
from builder.faces.duplicates import sketch
from builder.sources.metadata import Metadata
from builder.sources.source import Picture, Record

CONFIRMING_IOU = 0.3  # of the boxes of two detectors on one face; their conventions differ


@dataclass(frozen=True)
class Face:
    """An accepted crop; its pixels are in a file named by its id."""

    id: str
    source_id: str
    source_sha256: str
    metadata: Metadata
    detector: str
    detector_version: str
    likelihood: float
    box: FaceBox
    landmarks: dict[str, Any] | None
    square: Square
    quality: dict[str, float]
    sketch: bytes
    line: str | None = None  # SHA-256 of the pixels of an imported line, and the name of its file
    side: str | None = None  # the split, when the source has splits
    line_note: str | None = None  # corrections and faults of the imported line
    review: str | None = None  # the decision of a reviewer, in the form of `builder.build.decisions`
    parts: str | None = None  # SHA-256 of the part labels, and the name of their file


@dataclass(frozen=True)
class Drop:
    """A dropped picture or face: a short reason for the counts, and a text that names the file."""

    source_id: str
    reason: str
    detail: str
    box: FaceBox | None = None
    kept: str | None = None  # id of the sample that is kept instead of a duplicate


@dataclass(frozen=True)
class Outcome:
    """The result of one record: at least one face or one drop."""

    source_id: str
    stamp: str
    faces: tuple[Face, ...]
    drops: tuple[Drop, ...]
    agreement: Agreement | None = None  # with the detector of `detect.compare`


@dataclass(frozen=True)
class PictureTask:
    """A record and everything another process needs to work on it."""

    record: Record
    recipe: Recipe
    crops: Path


def examine_picture(task: PictureTask) -> Outcome:
    """Work on one picture and write its accepted crops.

    A fault of the picture becomes a drop. A fault of the machine (full disk, unwritable folder) is raised.
    """
    record, recipe = task.record, task.recipe
    faces: list[Face] = []
    drops: list[Drop] = []
    crops: list[Image] = []
    line: Image | None = None
    parts: Image | None = None
    agreement: Agreement | None = None
    try:
        picture = record.load(recipe.decode)
        line, parts = picture.line, picture.parts
        detections = _detector(recipe.detect).detect(picture.rgb, record.id)
        others = _others(picture, record.id, recipe.detect)
        if others is not None:
            agreement = agree([face for face in detections if refuse(face, recipe.detect) is None], others)
        for found in _faces(picture, record.id, detections, others if recipe.detect.confirm else None, recipe):
            if isinstance(found, Drop):
                drops.append(found)
            else:
                faces.append(found[0])
                crops.append(found[1])
    except DecodeError as error:
        drops.append(Drop(record.id, error.reason, str(error)))
    except (AnibenchError, OSError):
        raise
    except Exception as error:  # a foreign detector may raise anything; the build continues without this picture
        failed = f"{record.id} could not be processed: {type(error).__name__}: {error}"
        faces, crops, agreement, drops = [], [], None, [Drop(record.id, "failed", failed)]
    for face, crop in zip(faces, crops, strict=True):
        path = crop_path(task.crops, face.id)
        if not path.exists():
            write_png(path, crop)
        if face.line is not None and line is not None and not line_path(task.crops, face.line).exists():
            write_png(line_path(task.crops, face.line), line)
    faces = [replace(face, parts=stage_parts(parts, face.square, task.crops)) for face in faces]
    return Outcome(record.id, record.stamp, tuple(faces), tuple(drops), agreement)


def crop_path(crops: Path, face_id: str) -> Path:
    """The staged file of an accepted crop."""
    return crops / face_id[:2] / f"{face_id}.png"


def line_path(crops: Path, line_sha256: str) -> Path:
    """The staged file of an imported line."""
    return crops / "lines" / line_sha256[:2] / f"{line_sha256}.png"


def parts_path(crops: Path, parts_sha256: str) -> Path:
    """The staged file of part labels."""
    return crops / "parts" / parts_sha256[:2] / f"{parts_sha256}.png"


def stage_parts(parts: Image | None, square: Square, crops: Path) -> str | None:
    """Cut and stage the part labels of a crop; returns the SHA-256 of their pixels, None for a source without."""
    if parts is None:
        return None
    labels = cut_parts(parts, square)
    path = parts_path(crops, found := pixel_hash(labels))
    if not path.exists():
        write_parts(path, labels)
    return found


def _faces(
    picture: Picture,
    name: str,
    detections: Sequence[Detection],
    others: Sequence[Detection] | None,
    recipe: Recipe,
) -> Iterator[tuple[Face, Image] | Drop]:
    """Yield the face or the drop of every detection, by falling likelihood; `others` have to confirm each face."""
    detector = _detector(recipe.detect)
    found = best_first(detections)
    if not found:
        height, width = picture.rgb.shape[:2]
        yield Drop(name, "no-face", f"{name}: {detector.name} finds no face in its {width} x {height} px")
    taken: list[Detection] = []
    for detection in found:
        rival = next((t for t in taken if overlap(t.box, detection.box) > recipe.detect.max_overlap), None)
        why = refuse(detection, recipe.detect)
        if why is not None:
            yield Drop(name, "unlikely-face", f"{name}: {why}", detection.box)
        elif rival is not None:
            yield Drop(name, "overlapping-face", f"{name}: overlaps a likelier face at {rival.box}", detection.box)
        elif others is not None and all(overlap(other.box, detection.box) < CONFIRMING_IOU for other in others):
            text = f"{name}: {recipe.detect.compare} does not find this face (detect.confirm)"
            yield Drop(name, "unconfirmed-face", text, detection.box)
        else:
            taken.append(detection)
            yield _crop(picture, name, detection, detector, recipe)


def _crop(
    picture: Picture, name: str, detection: Detection, detector: Detector, recipe: Recipe
) -> tuple[Face, Image] | Drop:
    height, width = picture.rgb.shape[:2]
    box = detection.box
    if detector.framed:
        square = whole_square(box, recipe.crop)
        if square is None:
            limit = f"further from square than {recipe.crop.max_aspect} (crop.max_aspect)"
            return Drop(name, "not-square", f"{name}: {width} x {height} px is {limit}", box)
    else:
        square = face_square(box, width, height, recipe.crop)
        if square is not None and recipe.crop.align:
            square = aligned_square(box, detection.landmarks, width, height, recipe.crop) or square
        if square is None:
            return Drop(name, "face-does-not-fit", f"{name}: no square in {width} x {height} px holds the face", box)
    if square.size < recipe.crop.min_size:
        way_out = f"; to accept it, add --set crop.min_size={square.size}" if square.size >= SMALLEST else ""
        text = f"{name}: the crop would be {square.size} px, less than {recipe.crop.min_size}{way_out}"
        return Drop(name, "too-small", text, box)
    color = cut(picture.rgb, square, recipe.crop.denoise)
    face = Face(
        id=sample_id(color),
        source_id=name,
        source_sha256=picture.sha256,
        metadata=picture.metadata,
        detector=detector.name,
        detector_version=detector.version,
        likelihood=detection.likelihood,
        box=box,
        landmarks=detection.landmarks,
        square=square,
        quality={**measure(color), **measure_source(picture.rgb, square, box)},
        sketch=sketch(color),
        line=None if picture.line is None or square != Square(0, 0, SIZE) else pixel_hash(picture.line),
        side=picture.split,
        line_note=picture.line_note,
    )
    return face, color


def _others(picture: Picture, name: str, recipe: DetectRecipe) -> list[Detection] | None:
    """The faces of the detector of `detect.compare` above the likelihood limits; None without such a detector."""
    other = _other_detector(recipe)
    if other is None:
        return None
    return [face for face in other.detect(picture.rgb, name) if refuse(face, recipe) is None]


@lru_cache(maxsize=1)
def _detector(recipe: DetectRecipe) -> Detector:
    return get_detector(recipe)


@lru_cache(maxsize=1)
def _other_detector(recipe: DetectRecipe) -> Detector | None:
    return other_detector(recipe)
