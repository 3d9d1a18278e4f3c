"""The dataset's two tables: the manifest of what was taken, and what was dropped and why."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmark.core.files import atomic_path
from benchmark.data.xdog import XDoG
from builder.core.recipe import Recipe
from builder.faces.crop import Square
from builder.faces.examine import Drop, Face
from builder.sources.metadata import FIELDS

ROWS = 65536  # of a row group, held in memory at once
_BOX = pa.list_(pa.float64())

MANIFEST = pa.schema(
    [
        ("id", pa.string()),
        ("split", pa.string()),
        ("group", pa.string()),  # smallest sample id of all that must stay on one side
        ("source_id", pa.string()),
        ("source_path", pa.string()),
        ("source_sha256", pa.string()),
        ("artist", pa.string()),
        ("character", pa.string()),
        ("copyright", pa.string()),
        ("tags", pa.string()),
        ("rating", pa.string()),
        ("score", pa.int64()),
        ("md5", pa.string()),
        ("created", pa.string()),
        ("source_url", pa.string()),
        ("width", pa.int64()),  # of the picture, as its source says
        ("height", pa.int64()),
        ("extension", pa.string()),
        ("licence", pa.string()),
        ("attribution", pa.string()),
        ("box", _BOX),  # x, y, width, height of the face in px of the source
        ("landmarks", pa.string()),  # JSON, in px of the source
        ("detector", pa.string()),
        ("detector_version", pa.string()),
        ("likelihood", pa.float64()),
        ("crop_x", pa.int64()),
        ("crop_y", pa.int64()),
        ("crop_size", pa.int64()),
        ("crop_angle", pa.float64()),  # degrees the square is turned by, clockwise, about its centre
        ("sharpness", pa.float64()),
        ("brightness", pa.float64()),
        ("saturation", pa.float64()),
        ("hues", pa.float64()),
        ("blocks", pa.float64()),
        ("face", pa.float64()),
        ("edge", pa.float64()),
        ("phash", pa.string()),
        ("sigma", pa.float64()),
        ("k", pa.float64()),
        ("p", pa.float64()),
        ("epsilon", pa.float64()),
        ("phi", pa.float64()),
        ("form", pa.string()),
        ("line_sha256", pa.string()),
        ("review", pa.string()),  # JSON: what a human decided, and the id the crop had then
    ]
)

LINE_NOTE = pa.field("line_note", pa.string())  # of imported lines: what was mended, and what is unusual

FIGURES = ("sharpness", "brightness", "saturation", "hues", "blocks", "face", "edge")  # of builder.faces.crop
METADATA = tuple(name for name in FIELDS if name in MANIFEST.names)  # what the manifest keeps of it

DROPPED = pa.schema(
    [
        ("source_id", pa.string()),
        ("source_path", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("box", _BOX),
        ("kept", pa.string()),  # id of the sample that stands for a duplicate
    ]
)


def manifest_schema(recipe: Recipe) -> pa.Schema:
    """The columns of the manifest; lines of the source have a note each."""
    return MANIFEST.append(LINE_NOTE) if recipe.lines.origin == "source" else MANIFEST


def manifest_row(face: Face, split: str, group: str, lines: XDoG | None) -> dict[str, Any]:
    """One row of the manifest; the hash of drawn lines comes in when they are.

    Without parameters the lines are those the source brought.
    """
    parameters = dict.fromkeys(XDoG.model_fields) if lines is None else lines.model_dump(mode="json")
    return {
        "id": face.id,
        "split": split,
        "group": group,
        "source_id": face.source_id,
        "source_path": face.source_id,
        "source_sha256": face.source_sha256,
        **{name: getattr(face.metadata, name) for name in METADATA},
        "box": list(face.box),
        "landmarks": None if face.landmarks is None else json.dumps(face.landmarks),
        "detector": face.detector,
        "detector_version": face.detector_version,
        "likelihood": face.likelihood,
        "crop_x": face.square.x,
        "crop_y": face.square.y,
        "crop_size": face.square.size,
        "crop_angle": face.square.angle,
        **face.quality,
        "phash": face.sketch[:8].hex(),
        **parameters,
        "line_sha256": face.line if lines is None else None,
        "review": face.review,
        "line_note": face.line_note,
    }


def row_square(row: Mapping[str, Any]) -> Square:
    """The square a row of the manifest was cut from."""
    x, y, size = (int(row[key]) for key in ("crop_x", "crop_y", "crop_size"))
    return Square(x, y, size, float(row["crop_angle"]))


def dropped_row(drop: Drop) -> dict[str, Any]:
    """One row of the table of what was dropped."""
    return {
        "source_id": drop.source_id,
        "source_path": drop.source_id,
        "reason": drop.reason,
        "detail": drop.detail,
        "box": None if drop.box is None else list(drop.box),
        "kept": drop.kept,
    }


def write_table(path: Path, rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Write rows as parquet, whole or not at all, a part in memory at a time; the same rows give the same bytes."""
    waiting = iter(rows)
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        writer.write_table(schema.empty_table())
        while part := list(islice(waiting, ROWS)):
            writer.write_table(pa.Table.from_pylist(part, schema=schema))
