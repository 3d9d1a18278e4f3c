"""The two tables of a dataset: the manifest of its samples, and the drops with their reasons."""

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

ROWS = 65536  # rows of a row group, in memory at once
_BOX = pa.list_(pa.float64())

MANIFEST = pa.schema(
    [
        ("id", pa.string()),
        ("split", pa.string()),
        ("group", pa.string()),  # smallest sample id of the group, which stays in one split
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
        ("width", pa.int64()),  # size of the picture, from the source's metadata
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
        ("crop_angle", pa.float64()),  # degrees, clockwise rotation of the square about its centre
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
        ("parts_sha256", pa.string()),  # of the part labels, where the source has them
        ("review", pa.string()),  # JSON: the review decision, and the id of the crop before it
    ]
)

LINE_NOTE = pa.field("line_note", pa.string())  # corrections and faults of imported lines

FIGURES = ("sharpness", "brightness", "saturation", "hues", "blocks", "face", "edge")  # see builder.faces.crop
METADATA = tuple(name for name in FIELDS if name in MANIFEST.names)  # metadata fields with a column

DROPPED = pa.schema(
    [
        ("source_id", pa.string()),
        ("source_path", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("box", _BOX),
        ("kept", pa.string()),  # id of the sample that is kept instead of a duplicate
    ]
)


def manifest_schema(recipe: Recipe) -> pa.Schema:
    """The columns of the manifest, with `line_note` for imported lines."""
    return MANIFEST.append(LINE_NOTE) if recipe.lines.origin == "source" else MANIFEST


def manifest_row(face: Face, split: str, group: str, lines: XDoG | None) -> dict[str, Any]:
    """One row of the manifest. `lines` are the XDoG parameters; None for imported lines.

    The hash of extracted lines is added later, when they are extracted.
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
        "parts_sha256": face.parts,
        "review": face.review,
        "line_note": face.line_note,
    }


def row_square(row: Mapping[str, Any]) -> Square:
    """The crop square of a row of the manifest."""
    x, y, size = (int(row[key]) for key in ("crop_x", "crop_y", "crop_size"))
    return Square(x, y, size, float(row["crop_angle"]))


def dropped_row(drop: Drop) -> dict[str, Any]:
    """One row of the table of drops."""
    return {
        "source_id": drop.source_id,
        "source_path": drop.source_id,
        "reason": drop.reason,
        "detail": drop.detail,
        "box": None if drop.box is None else list(drop.box),
        "kept": drop.kept,
    }


def write_table(path: Path, rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Write rows as parquet, atomically and with one row group in memory; equal rows give equal bytes."""
    waiting = iter(rows)
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        writer.write_table(schema.empty_table())
        while part := list(islice(waiting, ROWS)):
            writer.write_table(pa.Table.from_pylist(part, schema=schema))
