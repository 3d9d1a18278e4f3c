"""Detectors against faces labelled by hand: python -m builder.faces.learnt.compare --truth FILE --pictures DIR."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_object, sha256_bytes
from benchmark.data.decode import DecodeRecipe, read_picture
from builder.core.recipe import DetectRecipe
from builder.faces.agreement import MIN_IOU
from builder.faces.crop import center_of
from builder.faces.detectors import Detection, FaceBox, best_first, get_detector, overlap, refuse

CHOOSING = 3  # one picture of three is for choosing thresholds, by the hash of its name
FRAME = (-0.076, 0.124, 1.092, 1.08)  # animeface's boxes in shares of labelled boxes, medians of the first third
SAME = {
    "illustrations/045.png": "illustrations/003.png", "illustrations/048.jpg": "illustrations/006.png",
    "illustrations/044.png": "illustrations/037.png", "illustrations/051.jpg": "illustrations/042.png",
}  # fmt: skip
SIZES = (("under 60 px", 0, 60), ("60 to 120 px", 60, 120), ("over 120 px", 120, 1e9))  # width of the face


@dataclass(frozen=True)
class Label:
    """A face labelled by hand: x, y, width, height of its skin, and eyes (2, 2), NaN where hidden."""

    box: FaceBox
    eyes: NDArray[np.float64]
    kinds: frozenset[str]
    ignore: bool


@dataclass(frozen=True)
class Hit:
    """A labelled face and what was found there: None, or the IoU and the eyes' mean error in eye distances."""

    label: Label
    overlap: float | None
    eyes: float | None


@dataclass(frozen=True)
class Found:
    """The result of one detector on all pictures."""

    hits: tuple[Hit, ...]
    false: tuple[tuple[str, Detection], ...]
    missed: tuple[tuple[str, Label], ...]
    seconds: float  # of one core, a picture


Labelled = tuple[str, Image, list[Label]]  # key, RGB pixels, labels


def is_for_choosing(key: str) -> bool:
    """Whether a picture belongs to the third that limits are chosen on; the others give the published numbers.

    Pictures of one drawing belong to one part: the pairs of SAME, and the sprites of one character.
    """
    key = key.split(" ")[0] if key.startswith("sprites/") else SAME.get(key, key)
    return hashlib.sha256(key.encode()).digest()[0] % CHOOSING == 0


def read_truth(path: Path, pictures: Path, choosing: bool | None) -> Iterator[Labelled]:
    """Picture key, RGB pixels and labels of one part (None: both). Raises AnibenchError for a changed picture."""
    for key, entry in sorted(read_object(path).items()):
        if choosing is not None and is_for_choosing(key) != choosing:
            continue
        content = (pictures / key).read_bytes()
        if sha256_bytes(content) != entry["sha256"]:
            raise AnibenchError(f"{pictures / key} is not the picture that was labelled in {path}")
        yield key, read_picture(content, DecodeRecipe(), key), [_label(face) for face in entry["faces"]]


def _label(face: dict[str, Any]) -> Label:
    left, top, right, bottom = face["box"]
    eyes = np.array([eye or (np.nan, np.nan) for eye in face["eyes"] or (None, None)], np.float64)
    kinds = {face["view"]} | {kind for kind in ("closed", "covered", "monochrome") if face[kind]}
    return Label((left, top, right - left, bottom - top), eyes, frozenset(kinds), face["ignore"])


def skin_box(box: FaceBox) -> FaceBox:
    """The box of the skin, as labelled, inside a detected box, which is wider and begins lower."""
    x, y, width, height = box
    left, top, right, bottom = FRAME
    wide, high = width / (right - left), height / (bottom - top)
    return x - left * wide, y - top * high, wide, high


def search(pictures: Sequence[Labelled], recipe: DetectRecipe) -> tuple[list[list[Detection]], float]:
    """The faces that one detector finds in each picture, and its seconds of one core per picture."""
    detector = get_detector(recipe)
    start = time.process_time()
    found = [best_first(detector.detect(rgb, key)) for key, rgb, _ in pictures]
    return found, (time.process_time() - start) / max(1, len(pictures))


def compare(
    pictures: Sequence[Labelled], searched: tuple[Sequence[Sequence[Detection]], float], recipe: DetectRecipe
) -> Found:
    """Match likely faces with labels; each counts once, for the label of the largest IoU of at least MIN_IOU."""
    hits: list[Hit] = []
    false: list[tuple[str, Detection]] = []
    missed: list[tuple[str, Label]] = []
    for (key, _, labels), found in zip(pictures, searched[0], strict=True):
        kept: list[Detection] = []
        for face in found:
            if refuse(face, recipe) is None and all(
                overlap(face.box, other.box) <= recipe.max_overlap for other in kept
            ):
                kept.append(face)
        pairs = [
            (overlap(skin_box(face.box), label.box), i, j)
            for i, face in enumerate(kept)
            for j, label in enumerate(labels)
        ]
        mate: dict[int, tuple[int, float]] = {}
        used: set[int] = set()
        for iou, i, j in sorted(pairs, reverse=True):
            if iou >= MIN_IOU and i not in used and j not in mate:
                mate[j] = (i, iou)
                used.add(i)
        for j, label in enumerate(labels):
            if label.ignore:
                continue
            if j in mate:
                hits.append(Hit(label, mate[j][1], _eye_error(label, kept[mate[j][0]])))
            else:
                hits.append(Hit(label, None, None))
                missed.append((key, label))
        for i, face in enumerate(kept):
            x, y = face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2
            ignored = [label.box for label in labels if label.ignore]
            doubtful = any(a <= x <= a + wide and b <= y <= b + high for a, b, wide, high in ignored)
            if i not in used and not doubtful:
                false.append((key, face))
    return Found(tuple(hits), tuple(false), tuple(missed), searched[1])


def _eye_error(label: Label, face: Detection) -> float | None:
    """Mean distance of both eyes from the labels, in distances of the labelled eyes; None without all four."""
    marks = [(face.landmarks or {}).get(key) for key in ("left_eye", "right_eye")]
    if None in marks or not np.isfinite(label.eyes).all():
        return None
    eyes = np.array(sorted(center_of(eye) for eye in marks))
    return float(np.hypot(*(eyes - label.eyes).T).mean() / np.hypot(*(label.eyes[1] - label.eyes[0])))


def table_row(name: str, found: Found) -> str:
    """One row of the markdown table."""
    hits = [hit for hit in found.hits if hit.overlap is not None]
    frontal = [hit.eyes for hit in hits if hit.eyes is not None and "frontal" in hit.label.kinds]
    cells = [
        f"{len(hits)} / {len(found.hits)}", f"{100 * len(hits) / max(1, len(found.hits)):.1f} %",
        f"{100 * len(hits) / max(1, len(hits) + len(found.false)):.1f} %", str(len(found.false)),
        f"{np.mean([hit.overlap for hit in hits] or [0]):.3f}", f"{100 * np.median(frontal or [np.nan]):.1f} %",
        f"{1000 * found.seconds:.0f}",
    ]  # fmt: skip
    return f"| {name} | " + " | ".join(cells) + " |"


def kinds_row(name: str, found: Found) -> str:
    """Faces found of every kind and size, as one row."""

    def count(hits: list[Hit]) -> str:
        return f"{sum(hit.overlap is not None for hit in hits)} / {len(hits)}"

    kinds = [[hit for hit in found.hits if kind in hit.label.kinds] for kind in KINDS]
    sizes = [[hit for hit in found.hits if low <= hit.label.box[2] < high] for _, low, high in SIZES]
    return f"| {name} | " + " | ".join(map(count, [*kinds, *sizes])) + " |"


KINDS = ("frontal", "three-quarter", "profile", "closed", "covered", "monochrome")


@click.command()
@click.option("--truth", type=click.Path(path_type=Path), required=True, help="JSON of labelled faces.")
@click.option("--pictures", type=click.Path(path_type=Path), required=True, help="Folder that the names begin at.")
@click.option("--detector", "detectors", multiple=True, default=("animeface:640",), help="NAME:LONGEST; may repeat.")
@click.option("--choosing", is_flag=True, help="The third for choosing limits instead of the published two thirds.")
@click.option("--sheet", type=click.Path(path_type=Path), help="PNG of the misses and false finds of the last one.")
def main(truth: Path, pictures: Path, detectors: tuple[str, ...], choosing: bool, sheet: Path | None) -> None:
    """Print recall, precision, mean IoU, eye error and milliseconds of one core for every detector."""
    cv2.setNumThreads(1)
    shown = list(read_truth(truth, pictures, choosing))
    rows = []
    for each in detectors:
        name, _, longest = each.rpartition(":")
        recipe = DetectRecipe(detector=name, longest=int(longest))
        found = compare(shown, search(shown, recipe), recipe)
        rows.append((each, found))
        print(table_row(each, found), flush=True)
    print("| | " + " | ".join((*KINDS, *(size for size, _, _ in SIZES))) + " |")
    for each, found in rows:
        print(kinds_row(each, found))
    if sheet is not None:
        _write_sheet(sheet, shown, rows[-1][1])


def _write_sheet(path: Path, shown: Sequence[Labelled], found: Found) -> None:
    """Misses (red) and false finds (blue), each in its surroundings."""
    pixels = {key: rgb for key, rgb, _ in shown}
    marked = [(key, label.box, (255, 0, 0)) for key, label in found.missed]
    marked += [(key, face.box, (0, 0, 255)) for key, face in found.false]
    tiles = []
    for key, (x, y, width, height), color in marked:
        rgb = pixels[key].copy()
        cv2.rectangle(rgb, (int(x), int(y)), (int(x + width), int(y + height)), color, max(1, int(width / 60)))
        reach = 1.2 * max(width, height)
        rows, columns = (slice(max(0, int(at - reach)), int(at + reach)) for at in (y + height / 2, x + width / 2))
        tiles.append(cv2.resize(rgb[rows, columns], (192, 192), interpolation=cv2.INTER_AREA))
    tiles += [np.full((192, 192, 3), 255, np.uint8)] * (-len(tiles) % 8 or 8 * (not tiles))
    page = np.vstack([np.hstack(tiles[k : k + 8]) for k in range(0, len(tiles), 8)])
    cv2.imwrite(str(path), page[..., ::-1])


if __name__ == "__main__":
    main()
