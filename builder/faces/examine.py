"""What happens to one picture: load, detect, crop, measure. The same function for every worker, machine and order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, write_png
from benchmark.data.dataset import SIZE, pixel_hash, sample_id
from benchmark.data.decode import DecodeError
from builder.core.recipe import DetectRecipe, Recipe
from builder.faces.agreement import Agreement, agree
from builder.faces.crop import Square, aligned_square, cut, face_square, measure, measure_source, whole_square
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


@dataclass(frozen=True)
class Face:
    """A crop that was accepted; its pixels lie in a file named by its id."""

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
    line: str | None = None  # SHA-256 of the pixels of the line its source brings; they lie in a file of that name
    side: str | None = None  # of the split, where its source says so
    line_note: str | None = None  # what was mended in that line, and what is unusual about it
    review: str | None = None  # what a human decided, as `builder.build.decisions` records it


@dataclass(frozen=True)
class Drop:
    """A picture or a face that was not taken: a short reason for counting, and a text that names the file."""

    source_id: str
    reason: str
    detail: str
    box: FaceBox | None = None
    kept: str | None = None  # id of the sample that stands for a duplicate


@dataclass(frozen=True)
class Outcome:
    """All that came of one record: at least one face or one drop."""

    source_id: str
    stamp: str
    faces: tuple[Face, ...]
    drops: tuple[Drop, ...]
    agreement: Agreement | None = None  # with the second detector, where there is one


@dataclass(frozen=True)
class PictureTask:
    """A record and all that is needed to work on it in another process."""

    record: Record
    recipe: Recipe
    crops: Path


def examine_picture(task: PictureTask) -> Outcome:
    """Work on one picture; accepted crops are on disk when it returns.

    Only a fault of the machine (no space, no memory for files) is raised; a fault of the picture is a drop.
    """
    record, recipe = task.record, task.recipe
    faces: list[Face] = []
    drops: list[Drop] = []
    crops: list[Image] = []
    line: Image | None = None
    agreement: Agreement | None = None
    try:
        picture = record.load(recipe.decode)
        line = picture.line
        detections = _detector(recipe.detect).detect(picture.rgb, record.id)
        agreement = _agreement(picture, record.id, detections, recipe.detect)
        for found in _faces(picture, record.id, detections, recipe):
            if isinstance(found, Drop):
                drops.append(found)
            else:
                faces.append(found[0])
                crops.append(found[1])
    except DecodeError as error:
        drops.append(Drop(record.id, error.reason, str(error)))
    except (AnibenchError, OSError):
        raise
    except Exception as error:  # a detector is foreign code: what it cannot take costs one picture, not the build
        failed = f"{record.id} cannot be worked on: {type(error).__name__}: {error}"
        faces, crops, agreement, drops = [], [], None, [Drop(record.id, "failed", failed)]
    for face, crop in zip(faces, crops, strict=True):
        path = crop_path(task.crops, face.id)
        if not path.exists():
            write_png(path, crop)
        if face.line is not None and line is not None and not line_path(task.crops, face.line).exists():
            write_png(line_path(task.crops, face.line), line)
    return Outcome(record.id, record.stamp, tuple(faces), tuple(drops), agreement)


def crop_path(crops: Path, face_id: str) -> Path:
    """Where an accepted crop waits for the dataset to be finished."""
    return crops / face_id[:2] / f"{face_id}.png"


def line_path(crops: Path, line_sha256: str) -> Path:
    """Where the line that a source brought waits."""
    return crops / "lines" / line_sha256[:2] / f"{line_sha256}.png"


def _faces(
    picture: Picture, name: str, detections: Sequence[Detection], recipe: Recipe
) -> Iterator[tuple[Face, Image] | Drop]:
    """Every detection in a picture, taken or dropped, the likeliest first."""
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
        least = f"less than {recipe.crop.min_size} (crop.min_size)"
        return Drop(name, "too-small", f"{name}: the crop would be {square.size} px, {least}", box)
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


def _agreement(picture: Picture, name: str, detections: Sequence[Detection], recipe: DetectRecipe) -> Agreement | None:
    """Of what both detectors find likely enough, before overlaps are dropped."""
    other = _other_detector(recipe)
    if other is None:
        return None
    first, second = (
        [face for face in found if refuse(face, recipe) is None]
        for found in (detections, other.detect(picture.rgb, name))
    )
    return agree(first, second)


@lru_cache(maxsize=1)
def _detector(recipe: DetectRecipe) -> Detector:
    return get_detector(recipe)


@lru_cache(maxsize=1)
def _other_detector(recipe: DetectRecipe) -> Detector | None:
    return other_detector(recipe)
