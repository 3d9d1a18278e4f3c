"""The exported recipe: a dataset without its pictures, from which an owner of the source can rebuild and verify it.

JSON lines: a header (name, fingerprint, configuration, versions), then one object per sample with the SHA-256 of its
source picture, the crop, the line parameters, the split, and the SHA-256 of the colour and line pixels.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import atomic_path, parse_json, read_rgb
from benchmark.core.progress import progress
from benchmark.core.runs import package_versions, source_commit
from benchmark.data.dataset import SPLITS, Dataset, pixel_hash, sample_id
from builder.build.tables import LINE_NOTE, MANIFEST
from builder.core.recipe import Recipe
from builder.core.workers import in_threads

FORMAT = "anibench-recipe-1"
MAX_LINE = 2**20  # characters, the largest accepted line
COLOR_HASH = "color_sha256"
_NEEDED = {"id": str, "split": str, "group": str, "source_id": str, "source_sha256": str, "line_sha256": str,
           "crop_x": int, "crop_y": int, "crop_size": int, "crop_angle": float, COLOR_HASH: str}  # fmt: skip


class Header(Config):
    """The first line of an exported recipe."""

    format: str
    name: str
    fingerprint: str
    samples: int
    source: str
    licence: str
    config: dict[str, Any]
    commit: str | None
    packages: dict[str, str]


@dataclass(frozen=True)
class Exported:
    """An exported recipe that was read; each row is a manifest row with the hash of the colour pixels."""

    header: Header
    recipe: Recipe
    rows: list[dict[str, Any]]


def export_recipe(data: Dataset, out: Path, workers: int = 2) -> Header:
    """Write the recipe of a dataset to `out`; raises AnibenchError when the pixels of a picture do not match its id."""
    commit, dirty = source_commit()
    header = Header(
        format=FORMAT,
        name=data.name,
        fingerprint=data.fingerprint,
        samples=len(data.manifest),
        source=data.card.source,
        licence=data.card.licence,
        config=data.card.config,
        commit=f"{commit} with changes" if dirty else commit,
        packages=package_versions(),
    )
    hashes: dict[str, str] = {}
    ids = [str(name) for name in data.manifest["id"]]
    with progress("Hashes", len(ids)) as advance:
        for name, digest in in_threads(partial(_color_hash, data), ids, workers):
            hashes[name] = digest
            advance()
    with atomic_path(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(_line(header.model_dump(mode="json")))
        for row in _rows(data):
            file.write(_line(row | {COLOR_HASH: hashes[row["id"]]}))
    return header


def read_recipe(path: Path) -> Exported:
    """Read and check an exported recipe; raises AnibenchError that names the line and the error."""
    lines = _lines(path)
    where, first = next(lines, (f"{path}", None))
    if not isinstance(first, dict) or first.get("format") != FORMAT:
        raise AnibenchError(f"{path} is not a recipe; anibench export-recipe writes one (format {FORMAT})")
    unknown = f"{where} has settings that are unknown to this version of anibench"
    header = validated(Header, first, unknown)
    recipe = validated(Recipe, header.config, unknown)
    rows: dict[str, dict[str, Any]] = {}
    for where, row in lines:
        problem = _row_problem(row)
        if problem is not None or row["id"] in rows:
            raise AnibenchError(f"{where}: {problem or 'the sample is a duplicate of an earlier line'}")
        rows[row["id"]] = row
    if len(rows) != header.samples:
        raise AnibenchError(
            f"{path} has {len(rows)} samples, its header says {header.samples}; the file was truncated or changed"
        )
    return Exported(header, recipe, [rows[name] for name in sorted(rows)])


def _color_hash(data: Dataset, name: str) -> str:
    color = read_rgb(data.color_path(name))
    if sample_id(color) != name:
        raise AnibenchError(
            f"{data.color_path(name)} was changed after the build; run: anibench verify-dataset {data.root}"
        )
    return pixel_hash(color)


def _rows(data: Dataset) -> Iterator[dict[str, Any]]:
    """Manifest rows as plain values, without unknown values."""
    for row in data.manifest.to_dict("records"):
        plain = {str(name): _plain(value) for name, value in row.items()}
        yield {name: value for name, value in plain.items() if value is not None}


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return None if not isinstance(value, list | tuple) and pd.isna(value) else value


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield (file and line number, value) of each line."""
    try:
        with path.open(encoding="utf-8") as file:
            number = 0
            while text := file.readline(MAX_LINE + 1):
                number += 1
                if len(text) > MAX_LINE:
                    raise AnibenchError(f"{path}, line {number} is longer than {MAX_LINE} characters")
                yield f"{path}, line {number}", parse_json(text, f"{path}, line {number}")
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AnibenchError(f"{path}, line {number + 1} is not UTF-8: {error.reason}") from error


def _row_problem(row: Any) -> str | None:
    """The first problem of a row, or None. Ids become file names and crop sizes allocate memory; both are checked."""
    if not isinstance(row, dict):
        return "not a JSON object"
    unknown = sorted(set(row) - {*MANIFEST.names, LINE_NOTE.name, COLOR_HASH})
    if unknown:
        return f"unknown value {unknown[0][:60]}; a newer version of anibench may be needed"
    for name, kind in _NEEDED.items():
        if type(row.get(name)) is not kind:
            return f"{name} is missing or not of type {kind.__name__}"
    if not re.fullmatch(r"[0-9a-f]{16}", row["id"]) or not row[COLOR_HASH].startswith(row["id"]):
        return f"the id is not the first 16 digits of {COLOR_HASH}"
    if row["split"] not in SPLITS:
        return f"unknown split {row['split'][:40]}"
    if not 1 <= row["crop_size"] <= 100_000 or max(abs(row["crop_x"]), abs(row["crop_y"])) > 1_000_000:
        return "the position or size of the crop is out of range"
    return None
