"""The review page (the paper's "simple manual alignment", section 4.1): every crop, the most suspicious first.

The page is a folder of static files that a browser opens from disk. With the source, the tiles show the surroundings of
each crop. Without it, a moved crop shows hatching where the dataset has no pixels.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_rgb, write_bytes, write_text
from benchmark.core.progress import progress
from benchmark.data.dataset import Dataset, sample_id
from benchmark.data.decode import DecodeError
from builder.build.tables import row_square
from builder.check.suspicion import suspicions
from builder.core.recipe import Recipe
from builder.core.workers import Crash, in_processes, in_threads
from builder.faces.crop import Square, cut
from builder.sources.source import Record, Source

PAGE_FILES = ("index.html", "review.css", "review.js")
MARK = "samples.js"  # written last; a folder without it is an unfinished review
TILE = 192  # px of a tile without surroundings; a tile with surroundings has 256
AROUND = 0.25  # width of the surroundings on each side, in sides of the crop
QUALITY = 88  # of the JPEG tiles


@dataclass(frozen=True)
class Review:
    """A written review page and its counts."""

    page: Path
    samples: int
    wide: int  # samples whose tile shows the surroundings


def write_review(data: Dataset, out: Path, source: Source | None = None, workers: int = 1) -> Review:
    """Write the review page of a dataset into `out`; an existing review there is replaced.

    With the dataset's `source`, the tiles show the surroundings of each crop. Raises AnibenchError when `out` holds
    other files.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "pictures").is_dir())):
        raise AnibenchError(f"{out} holds files that are not part of a review; choose another --out")
    (out / MARK).unlink(missing_ok=True)
    shutil.rmtree(out / "pictures", ignore_errors=True)
    (out / "pictures").mkdir(parents=True)
    ids = [str(name) for name in data.manifest["id"]]
    wide: set[str] = set()
    with progress("Tiles", len(ids)) as advance:
        for name in _with_surroundings(data, source, out, workers):
            wide.add(name)
            advance()
        rest = [name for name in ids if name not in wide]
        for _ in in_threads(partial(_plain_tile, data, out), rest, workers):
            advance()
    for name in PAGE_FILES:
        write_bytes(out / name, files("builder.check").joinpath("review_page", name).read_bytes())
    page = {"name": data.name, "fingerprint": data.fingerprint, "samples": list(_samples(data, wide))}
    write_text(out / MARK, f"window.REVIEW = {_script_json(page)};\n")
    return Review(out / "index.html", len(ids), len(wide))


def _samples(data: Dataset, wide: set[str]) -> Iterator[dict[str, Any]]:
    """The page's facts about each sample, the most suspicious sample first."""
    rows = data.manifest.to_dict("records")
    doubts = suspicions(data.manifest)
    for index in sorted(range(len(rows)), key=lambda index: (-doubts[index].score, str(rows[index]["id"]))):
        name = str(rows[index]["id"])
        yield {
            "id": name,
            "split": rows[index]["split"],
            "source": rows[index]["source_id"],
            "size": int(rows[index]["crop_size"]),
            "score": doubts[index].score,
            "reasons": list(doubts[index].reasons),
            "around": AROUND if name in wide else 0,
        }


@dataclass(frozen=True)
class _Wide:
    """A record and the squares of its crops, to be cut with their surroundings."""

    record: Record
    squares: tuple[tuple[str, Square], ...]


def _with_surroundings(data: Dataset, source: Source | None, out: Path, workers: int) -> Iterator[str]:
    """Write tiles with surroundings for samples whose source picture exists and is unchanged; yields their ids."""
    if source is None:
        return
    recipe = Recipe.model_validate(data.card.config)
    squares: dict[str, list[tuple[str, Square]]] = {}
    for row in data.manifest.to_dict("records"):
        squares.setdefault(str(row["source_id"]), []).append(
            (str(row["id"]), row_square({str(key): value for key, value in row.items()}))
        )
    tasks = (_Wide(record, tuple(squares[record.id])) for record in source.records() if record.id in squares)
    for _, done in in_processes(partial(_wide_tiles, recipe=recipe, out=out), tasks, workers):
        yield from () if isinstance(done, Crash) else done


def _wide_tiles(task: _Wide, recipe: Recipe, out: Path) -> list[str]:
    try:
        picture = task.record.load(recipe.decode)
    except DecodeError:
        return []
    done = []
    for name, square in task.squares:
        if sample_id(cut(picture.rgb, square, recipe.crop.denoise)) == name:
            margin = round(square.size * AROUND)
            wide = Square(square.x - margin, square.y - margin, square.size + 2 * margin, square.angle)
            _save(out, name, cut(picture.rgb, wide))
            done.append(name)
    return done


def _script_json(value: Any) -> str:
    """JSON that is safe inside a script element: ASCII only, and no tags."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _plain_tile(data: Dataset, out: Path, name: str) -> None:
    crop = PIL.Image.fromarray(read_rgb(data.color_path(name)))
    _save(out, name, np.asarray(crop.resize((TILE, TILE), PIL.Image.Resampling.LANCZOS)))


def _save(out: Path, name: str, tile: Image) -> None:
    PIL.Image.fromarray(tile).save(out / "pictures" / f"{name}.jpg", quality=QUALITY)
