"""Review decisions: reading the CSV of the review page, and applying each decision to its face.

A rejected crop is dropped, and its duplicates stay dropped. A moved crop is cut again from its source. Decisions apply
after detection, quality limits and the search for duplicates.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite
from pathlib import Path
from typing import Literal, get_args

from benchmark.core.errors import AnibenchError
from benchmark.core.files import parse_json, sha256_bytes, write_png
from benchmark.data.dataset import sample_id
from benchmark.data.decode import DecodeError
from builder.core.recipe import Recipe
from builder.core.workers import Crash, in_processes
from builder.faces.crop import Square, cut, measure, measure_source
from builder.faces.duplicates import sketch
from builder.faces.examine import Drop, Face, crop_path, stage_parts
from builder.sources.source import Record, Source

COLUMNS = ("id", "decision", "dx", "dy", "scale")
MAX_BYTES = 64 * 2**20
FILE = "decisions.csv"  # the copy in the dataset
Word = Literal["accept", "reject", "adjust"]


@dataclass(frozen=True)
class Decision:
    """The decision on one crop. `adjust` moves the centre right and down by dx, dy sides and scales the side."""

    id: str
    decision: Word
    dx: float = 0.0  # -1..1
    dy: float = 0.0
    scale: float = 1.0  # 0.5..2

    def recorded(self) -> str:
        """The JSON text in the manifest; its id is the id of the reviewed crop."""
        moved = {"dx": self.dx, "dy": self.dy, "scale": self.scale} if self.decision == "adjust" else {}
        return json.dumps({"decision": self.decision, "id": self.id, **moved})


@dataclass(frozen=True)
class Decisions:
    """A decisions file: its bytes, their SHA-256, and the decisions by sample id."""

    content: bytes
    sha256: str
    by_id: Mapping[str, Decision]


def read_decisions(path: Path) -> Decisions:
    """Read the CSV that the review page saves; raises AnibenchError that names the file, the line and the error."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise AnibenchError(f"{path} has more than {MAX_BYTES} bytes and is not a decisions file")
    try:
        text = content.decode("utf-8-sig")
        semicolons = ";" in text.partition("\n")[0]  # the CSV of spreadsheets with a decimal comma
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=";" if semicolons else ",")
        if _cells(next(reader, []), semicolons) != COLUMNS:
            raise AnibenchError(f"{path} is not a decisions file: its first line must be {','.join(COLUMNS)}")
        found: dict[str, Decision] = {}
        for row in reader:
            cells = _cells(row, semicolons)
            if not any(cells):
                continue
            decision = _decision(cells, f"{path}, line {reader.line_num}")
            if found.setdefault(decision.id, decision) != decision:
                raise AnibenchError(f"{path}, line {reader.line_num}: {decision.id} has two different decisions")
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnibenchError(f"{path} is not a CSV file: {error}") from error
    return Decisions(content, sha256_bytes(content), found)


def _cells(row: Sequence[str], semicolons: bool) -> tuple[str, ...]:
    """The cells of a row, without surrounding blanks and without the empty cells that spreadsheets append."""
    cells = [cell.strip().replace(",", ".") if semicolons else cell.strip() for cell in row]
    while len(cells) > len(COLUMNS) and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _decision(row: Sequence[str], where: str) -> Decision:
    if len(row) != len(COLUMNS):
        raise AnibenchError(f"{where}: {len(row)} values instead of {len(COLUMNS)}: {','.join(COLUMNS)}")
    name, word, *numbers = row
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        raise AnibenchError(f"{where}: {name[:40]!r} is not a sample id (16 hex digits)")
    if word not in get_args(Word):
        raise AnibenchError(f"{where}: {word[:40]!r} is not a decision; use {', '.join(get_args(Word))}")
    try:
        dx, dy, scale = (float(text) for text in numbers)
    except ValueError:
        raise AnibenchError(f"{where}: {', '.join(numbers)[:80]!r} are not three numbers") from None
    if not all(map(isfinite, (dx, dy, scale))) or max(abs(dx), abs(dy)) > 1 or not 0.5 <= scale <= 2:
        raise AnibenchError(f"{where}: dx, dy, scale are {dx}, {dy}, {scale}; allowed: -1..1, -1..1, 0.5..2")
    decided: Word = "accept" if word == "accept" else "reject" if word == "reject" else "adjust"
    return Decision(name, decided, dx, dy, scale) if decided == "adjust" else Decision(name, decided)


def check_ids_known(decisions: Decisions, known: Collection[str]) -> None:
    """Raise AnibenchError that names decisions with unknown ids; `known` are the ids of all crops with duplicates."""
    unknown = sorted(set(decisions.by_id).difference(known))
    if unknown:
        raise AnibenchError(
            f"{len(unknown)} of {len(decisions.by_id)} decisions name crops that this build does not have: "
            f"{', '.join(unknown[:5])}{' ...' if len(unknown) > 5 else ''}. They belong to another dataset, or the "
            "source or the crop settings changed after the review; review the dataset again"
        )


def apply_decisions(
    faces: Sequence[Face], decisions: Decisions, source: Source, recipe: Recipe, crops: Path, workers: int
) -> dict[str, Face | Drop]:
    """Apply the decisions: id of each reviewed face -> the face afterwards, or its drop."""
    moved = _move_all(faces, decisions, source, recipe, crops, workers)
    after: dict[str, Face | Drop] = {}
    for face in faces:
        decision = decisions.by_id[face.id]
        result = moved.get(face.id, face)
        if decision.decision == "reject":
            detail = f"{face.source_id}: rejected in the review, crop {face.id}"
            result = Drop(face.source_id, "rejected-by-human", detail, face.box)
        after[face.id] = result if isinstance(result, Drop) else replace(result, review=decision.recorded())
    return after


@dataclass(frozen=True)
class _Move:
    """A record and its faces to move."""

    record: Record
    faces: tuple[tuple[Face, Decision], ...]


def _move_all(
    faces: Sequence[Face], decisions: Decisions, source: Source, recipe: Recipe, crops: Path, workers: int
) -> dict[str, Face | Drop]:
    """Cut the moved faces again: previous id -> the new face, or its drop."""
    wanted: dict[str, list[tuple[Face, Decision]]] = {}
    for face in faces:
        decision = decisions.by_id[face.id]
        if decision.decision == "adjust":
            wanted.setdefault(face.source_id, []).append((face, decision))
    if not wanted:
        return {}
    moves = (_Move(record, tuple(wanted[record.id])) for record in source.records() if record.id in wanted)
    results: dict[str, Face | Drop] = {}
    for move, done in in_processes(_Mover(recipe, crops), moves, workers):
        for index, (face, _) in enumerate(move.faces):
            failed = Drop(face.source_id, "crashed", f"{face.source_id} crashed its worker on every attempt", face.box)
            results[face.id] = failed if isinstance(done, Crash) else done[index]
    return results


@dataclass(frozen=True)
class _Mover:
    """Cuts the moved faces of one record; picklable, for worker processes."""

    recipe: Recipe
    crops: Path

    def __call__(self, move: _Move) -> list[Face | Drop]:
        try:
            picture = move.record.load(self.recipe.decode)
        except DecodeError as error:
            return [Drop(face.source_id, error.reason, str(error), face.box) for face, _ in move.faces]
        height, width = picture.rgb.shape[:2]
        results: list[Face | Drop] = []
        for face, decision in move.faces:
            if picture.sha256 != face.source_sha256:
                changed = f"{face.source_id} has changed since its faces were detected"
                results.append(Drop(face.source_id, "changed", changed, face.box))
                continue
            square = moved_square(face.square, decision, width, height, self.recipe)
            color = cut(picture.rgb, square, self.recipe.crop.denoise)
            figures = {**measure(color), **measure_source(picture.rgb, square, face.box)}
            parts = stage_parts(picture.parts, square, self.crops)
            new = replace(
                face, id=sample_id(color), square=square, quality=figures, sketch=sketch(color), line=None, parts=parts
            )
            write_png(crop_path(self.crops, new.id), color)
            results.append(new)
        return results


def moved_square(square: Square, decision: Decision, width: int, height: int, recipe: Recipe) -> Square:
    """The square after a decision: inside the picture unless the recipe pads, and at least `crop.min_size` px."""
    least = min(square.size, recipe.crop.min_size)
    size = max(least, round(square.size * decision.scale))
    center_x = square.x + square.size * (0.5 + decision.dx)
    center_y = square.y + square.size * (0.5 + decision.dy)
    if not recipe.crop.pad:
        size = min(size, width, height)
    x, y = floor(center_x - size / 2 + 0.5), floor(center_y - size / 2 + 0.5)
    if recipe.crop.pad:
        return Square(x, y, size, square.angle)
    return Square(min(max(x, 0), width - size), min(max(y, 0), height - size), size, square.angle)


def decision_problems(
    root: Path, review_sha256: str | None, manifest_reviews: Mapping[str, str | None]
) -> Iterator[str]:
    """Yield the problems of a dataset's decisions.csv; `manifest_reviews` maps sample ids to the column `review`."""
    path = root / FILE
    if review_sha256 is None:
        if path.exists():
            yield "exists, but the recipe has no decisions"
        return
    try:
        decisions = read_decisions(path)
    except AnibenchError as error:
        yield f"is not the file of the recipe: {error}"
        return
    if decisions.sha256 != review_sha256:
        yield f"has the SHA-256 {decisions.sha256}, the recipe requires {review_sha256}"
    for sample, recorded in sorted(manifest_reviews.items()):
        decision = decisions.by_id.get(sample)
        if decision is not None and decision.decision == "reject":
            yield f"rejects {sample}, which is in the manifest"
        if recorded is not None and recorded not in {one.recorded() for one in _named(decisions, recorded)}:
            yield f"lacks the decision that the manifest records for {sample}"


def _named(decisions: Decisions, recorded: str) -> list[Decision]:
    try:
        name = parse_json(recorded, "a recorded decision")["id"]
    except (AnibenchError, TypeError, KeyError):
        return []
    return [decisions.by_id[name]] if name in decisions.by_id else []
