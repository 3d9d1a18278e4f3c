"""Write the dataset folder from the staged crops: pictures, tables, pairs, sheet, and last dataset.json."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmark.core.errors import AnibenchError
from benchmark.core.files import (
    Image,
    atomic_path,
    read_grey,
    read_rgb,
    sha256_bytes,
    write_bytes,
    write_json,
    write_png,
    write_text,
)
from benchmark.core.progress import progress
from benchmark.data.dataset import FORMAT, SPLITS, Dataset, DatasetCard, fingerprint, pixel_hash, sample_id
from benchmark.data.labels import label
from benchmark.data.protocol import get_protocol, make_pairs, pairs_path, write_pairs
from benchmark.data.xdog import XDoG, extract_lines
from builder.build.contents import Contents, ManifestRow
from builder.build.croissant import write_croissant
from builder.build.decisions import FILE as DECISIONS
from builder.build.release import ATTRIBUTION, CITATION, DROPS, draw_drops, human_card, write_attribution
from builder.build.staging import Staging, damaged_staging
from builder.build.tables import DROPPED, dropped_row, manifest_schema, write_table
from builder.core.workers import in_threads
from builder.faces.examine import crop_path, line_path, parts_path

SHEET_COLUMNS, SHEET_ROWS, SHEET_TILE, SHEET_TOP = 12, 8, 128, 20  # tiles and top row of labels in px


def publish(out: Path, contents: Contents, staging: Staging, workers: int) -> DatasetCard:
    """Write the dataset into `out`; files of an interrupted attempt are reused or removed."""
    (out / "dataset.json").unlink(missing_ok=True)
    _remove_other_files(out, contents)
    line_hashes = _place_pictures(out, contents, staging, workers)
    rows = ({**row, "line_sha256": line_hashes[row["id"]]} for row in contents.rows)
    schema = manifest_schema(contents.recipe)
    write_table(out / "manifest.parquet", rows, schema)
    write_table(out / "dropped.parquet", map(dropped_row, staging.drops()), DROPPED)
    card = DatasetCard(
        format=FORMAT,
        name=contents.name,
        fingerprint=fingerprint((name, split, line_hashes[name]) for name, split in contents.samples),
        counts={split: sum(side == split for _, side in contents.samples) for split in SPLITS},
        dropped=staging.drop_counts(),
        config=contents.recipe.model_dump(mode="json"),
        source=contents.source,
        licence=contents.licence,
        reported=contents.reported,
    )
    _write_pairs(out, contents.samples)
    write_png(out / "sheet.png", contact_sheet(out, contents.samples))
    if contents.decisions is None:
        (out / DECISIONS).unlink(missing_ok=True)
    else:
        write_bytes(out / DECISIONS, contents.decisions)
    write_attribution(out / ATTRIBUTION, contents.rows)
    draw_drops(out / DROPS, card)
    write_text(out / "README.md", human_card(card))
    write_croissant(out, card, schema, CITATION)
    write_json(out / "dataset.json", card.model_dump(mode="json"))
    return Dataset.open(out).card


def contact_sheet(out: Path, samples: Sequence[tuple[str, str]]) -> Image:
    """The contact sheet RGB uint8 (H, W, 3): up to 48 samples, chosen by a hash of their ids, colour beside line.

    A row of labels stands above the pictures.
    """
    shown = sorted(samples, key=lambda sample: sha256_bytes(sample[0].encode()))[: SHEET_COLUMNS * SHEET_ROWS // 2]
    columns = SHEET_COLUMNS // 2
    height = max(1, -(-len(shown) // columns))
    sheet = np.full((height * SHEET_TILE, columns * 2 * SHEET_TILE, 3), 255, np.uint8)
    for place, (name, split) in enumerate(shown):
        color = read_rgb(out / split / "color" / f"{name}.png")
        line = read_grey(out / split / "line" / f"{name}.png")
        tile = np.concatenate([color, np.repeat(line[..., None], 3, axis=2)], axis=1)
        y, x = place // columns * SHEET_TILE, place % columns * 2 * SHEET_TILE
        small = cv2.resize(tile, (2 * SHEET_TILE, SHEET_TILE), interpolation=cv2.INTER_AREA)
        sheet[y : y + SHEET_TILE, x : x + 2 * SHEET_TILE] = small
    labels = [label(text, SHEET_TOP, SHEET_TILE) for text in ("color", "line")] * columns
    return np.concatenate([np.concatenate(labels, axis=1), sheet])


def _place_pictures(out: Path, contents: Contents, staging: Staging, workers: int) -> dict[str, str]:
    """Write colour, line and part labels of every sample; returns id -> line hash."""
    for split in SPLITS:
        for kind in ("color", "line"):
            (out / split / kind).mkdir(parents=True, exist_ok=True)
    hashes: dict[str, str] = {}

    def place(row: ManifestRow) -> str:
        return _place(out, row, staging)

    with progress("Lines", len(contents.samples)) as advance:
        for row, line_hash in in_threads(place, contents.rows, workers):
            hashes[row["id"]] = line_hash
            advance()
    return hashes


def _place(out: Path, row: ManifestRow, staging: Staging) -> str:
    name = f"{row['id']}.png"
    crop = crop_path(staging.crops, row["id"])
    try:
        color = read_rgb(crop)
        line = line_path(staging.crops, row["line_sha256"]) if row["sigma"] is None else _drawn(row, color, staging)
        line_hash = pixel_hash(read_grey(line))
    except AnibenchError as error:
        raise AnibenchError(f"{damaged_staging(staging.folder)} ({error})") from error
    if sample_id(color) != row["id"]:
        raise AnibenchError(f"{damaged_staging(staging.folder)} ({crop} has other pixels)")
    _link(crop, out / row["split"] / "color" / name)
    _link(line, out / row["split"] / "line" / name)
    if row["parts_sha256"] is not None:
        labels = out / row["split"] / "parts"
        labels.mkdir(exist_ok=True)
        _link(parts_path(staging.crops, row["parts_sha256"]), labels / name)
    return line_hash


def _drawn(row: ManifestRow, color: Image, staging: Staging) -> Path:
    """The staged file of a sample's extracted lines; it is written if missing."""
    lines = XDoG(**{key: row[key] for key in XDoG.model_fields})
    path: Path = (
        staging.lines / sha256_bytes(lines.model_dump_json().encode())[:12] / row["id"][:2] / f"{row['id']}.png"
    )
    if not path.exists():
        write_png(path, extract_lines(color, lines))
    return path


def _link(staged: Path, place: Path) -> None:
    """Make a hard link, or a copy on file systems without hard links."""
    place.unlink(missing_ok=True)
    try:
        os.link(staged, place)
    except OSError:
        with atomic_path(place) as temporary:
            shutil.copyfile(staged, temporary)


def _remove_other_files(out: Path, contents: Contents) -> None:
    """Remove pictures and pairs of an interrupted attempt with other settings."""
    wanted = set(contents.samples)
    for split in SPLITS:
        for kind in ("color", "line", "parts"):
            for path in (out / split / kind).glob("*"):
                if (path.stem, split) not in wanted or path.suffix != ".png":
                    path.unlink()
    for path in (out / "pairs").glob("*"):
        path.unlink()


def _write_pairs(out: Path, samples: Sequence[tuple[str, str]]) -> None:
    """Write the random pairs of the test split if it has at least two samples."""
    protocol = get_protocol("random-ref")
    ids = [name for name, split in samples if split == protocol.split]
    pairs_path(protocol, out).parent.mkdir(exist_ok=True)
    if len(ids) >= 2:
        write_pairs(protocol, make_pairs(protocol, ids), out)
