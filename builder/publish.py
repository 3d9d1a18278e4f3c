"""From staged crops to the dataset folder: pictures in place, tables, pairs, sheet, and last of all the card."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmark.dataset import FORMAT, SPLITS, Dataset, DatasetCard, fingerprint, pixel_hash
from benchmark.files import Image, atomic_path, read_grey, read_rgb, sha256_bytes, write_json, write_png, write_text
from benchmark.progress import progress
from benchmark.protocol import get_protocol, make_pairs, pairs_path, write_pairs
from benchmark.seeds import derive_seed
from benchmark.xdog import XDoG, extract_lines
from builder.picture import Face, crop_path
from builder.recipe import Recipe
from builder.staging import Staging
from builder.tables import DROPPED, MANIFEST, dropped_row, manifest_row, write_table
from builder.workers import in_threads

SHEET_COLUMNS, SHEET_ROWS, SHEET_TILE = 12, 8, 128


@dataclass(frozen=True)
class Chosen:
    """A sample of the dataset to be: where it goes, its group, and how its lines are drawn."""

    face: Face
    split: str
    group: str
    lines: XDoG


@dataclass(frozen=True)
class Contents:
    """All that a dataset is made of, in the order of its tables."""

    name: str
    source: str
    licence: str
    recipe: Recipe
    chosen: Sequence[Chosen]


def sample_sigma(recipe: Recipe, split: str, sample_id: str) -> float:
    """Sigma of a sample's lines, drawn by its own seed; a fixed one for test where the recipe says so."""
    if split == "test" and recipe.lines.test_sigma is not None:
        return recipe.lines.test_sigma
    sigmas = recipe.lines.sigmas
    return sigmas[derive_seed(recipe.seed, "sigma", sample_id) % len(sigmas)]


def publish(out: Path, contents: Contents, staging: Staging, workers: int) -> DatasetCard:
    """Write the dataset into `out`; what an interrupted attempt left there is used or removed."""
    (out / "dataset.json").unlink(missing_ok=True)
    _remove_strangers(out, contents)
    line_hashes = _place_pictures(out, contents.chosen, staging, workers)
    rows = [
        manifest_row(one.face, one.split, one.group, one.lines, line_hashes[one.face.id]) for one in contents.chosen
    ]
    write_table(out / "manifest.parquet", rows, MANIFEST)
    write_table(out / "dropped.parquet", map(dropped_row, staging.drops()), DROPPED)
    card = DatasetCard(
        format=FORMAT,
        name=contents.name,
        fingerprint=fingerprint((row["id"], row["split"], row["line_sha256"]) for row in rows),
        counts={split: sum(one.split == split for one in contents.chosen) for split in SPLITS},
        dropped=staging.drop_counts(),
        config=contents.recipe.model_dump(mode="json"),
        source=contents.source,
        licence=contents.licence,
    )
    _write_pairs(out, contents.chosen)
    write_png(out / "sheet.png", contact_sheet(out, contents.chosen))
    write_text(out / "README.md", human_card(card))
    write_json(out / "dataset.json", card.model_dump(mode="json"))
    return Dataset.open(out).card


def human_card(card: DatasetCard) -> str:
    """The README of a dataset folder."""
    lines = [f"| {split} | {count} |" for split, count in card.counts.items()]
    dropped = [f"| {reason} | {count} |" for reason, count in card.dropped.items()] or ["| nothing | 0 |"]
    xdog = card.config["lines"]
    return "\n".join(
        [
            f"# {card.name}",
            "",
            "Anime faces of 256 x 256 px with line drawings, made by `anibench build-dataset`.",
            "",
            f"- Source: {card.source}",
            f"- Licence: {card.licence}",
            f"- Fingerprint: `{card.fingerprint}`",
            f"- Faces by the detector `{card.config['detect']['detector']}`; lines by XDoG, sigma from "
            f"{xdog['sigmas']}, k = {xdog['k']}, p = {xdog['p']}, {xdog['form']} form",
            f"- Split: {card.config['split']['mode']}; no picture, near duplicate or known artist is on both sides",
            "",
            "| split | samples |",
            "|---|---|",
            *lines,
            "",
            "| dropped because | faces or files |",
            "|---|---|",
            *dropped,
            "",
            "`manifest.parquet` says where each sample comes from, `dropped.parquet` why each other one was left out,",
            "`dataset.json` holds the whole configuration. Check it all: `anibench verify-dataset` with this folder.",
            "",
        ]
    )


def contact_sheet(out: Path, chosen: Sequence[Chosen]) -> Image:
    """Up to 96 samples, colour and line side by side, chosen by a hash of their ids: RGB uint8 (H, W, 3)."""
    shown = sorted(chosen, key=lambda one: sha256_bytes(one.face.id.encode()))[: SHEET_COLUMNS * SHEET_ROWS // 2]
    columns = SHEET_COLUMNS // 2
    rows = max(1, -(-len(shown) // columns))
    sheet = np.full((rows * SHEET_TILE, columns * 2 * SHEET_TILE, 3), 255, np.uint8)
    for place, one in enumerate(shown):
        color = read_rgb(out / one.split / "color" / f"{one.face.id}.png")
        line = read_grey(out / one.split / "line" / f"{one.face.id}.png")
        tile = np.concatenate([color, np.repeat(line[..., None], 3, axis=2)], axis=1)
        y, x = place // columns * SHEET_TILE, place % columns * 2 * SHEET_TILE
        small = cv2.resize(tile, (2 * SHEET_TILE, SHEET_TILE), interpolation=cv2.INTER_AREA)
        sheet[y : y + SHEET_TILE, x : x + 2 * SHEET_TILE] = small
    return sheet


def _place_pictures(out: Path, chosen: Sequence[Chosen], staging: Staging, workers: int) -> dict[str, str]:
    """Colour and line of every sample into its place; returns id -> line hash."""
    for split in SPLITS:
        for kind in ("color", "line"):
            (out / split / kind).mkdir(parents=True, exist_ok=True)
    hashes: dict[str, str] = {}

    def place(one: Chosen) -> str:
        return _place(out, one, staging)

    with progress("Lines", len(chosen)) as advance:
        for one, line_hash in in_threads(place, chosen, workers):
            hashes[one.face.id] = line_hash
            advance()
    return hashes


def _place(out: Path, one: Chosen, staging: Staging) -> str:
    name = f"{one.face.id}.png"
    color = crop_path(staging.crops, one.face.id)
    line = staging.lines / sha256_bytes(one.lines.model_dump_json().encode())[:12] / one.face.id[:2] / name
    if not line.exists():
        write_png(line, extract_lines(read_rgb(color), one.lines))
    _link(color, out / one.split / "color" / name)
    _link(line, out / one.split / "line" / name)
    return pixel_hash(read_grey(line))


def _link(staged: Path, place: Path) -> None:
    """A hard link where the file system has them, else a copy."""
    place.unlink(missing_ok=True)
    try:
        os.link(staged, place)
    except OSError:
        with atomic_path(place) as temporary:
            shutil.copyfile(staged, temporary)


def _remove_strangers(out: Path, contents: Contents) -> None:
    """Remove what an attempt with other settings left among the pictures and pairs."""
    wanted = {(one.split, one.face.id) for one in contents.chosen}
    for split in SPLITS:
        for kind in ("color", "line"):
            for path in (out / split / kind).glob("*"):
                if (split, path.stem) not in wanted or path.suffix != ".png":
                    path.unlink()
    for path in (out / "pairs").glob("*"):
        path.unlink()


def _write_pairs(out: Path, chosen: Sequence[Chosen]) -> None:
    """The random pairing of the test split, once it has two samples to pair."""
    protocol = get_protocol("random-ref")
    ids = [one.face.id for one in chosen if one.split == protocol.split]
    pairs_path(protocol, out).parent.mkdir(exist_ok=True)
    if len(ids) >= 2:
        write_pairs(protocol, make_pairs(protocol, ids), out)
