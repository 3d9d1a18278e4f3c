"""Verification of a dataset: every rule is recomputed from the pixels; each check yields the problems it finds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmark.core.device import available_cores
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image
from benchmark.core.progress import progress
from benchmark.core.tables import read_parquet
from benchmark.data.dataset import SIZE, SPLITS, Dataset, fingerprint, pixel_hash, sample_id
from benchmark.data.line_check import line_faults
from benchmark.data.protocol import EvalProtocol, make_pairs, pairs_path, read_pairs, versions
from benchmark.data.xdog import XDoG, extract_lines
from builder.build.contents import sample_sigma
from builder.build.select import refuse_metadata
from builder.build.split import straddlers
from builder.build.tables import FIGURES, METADATA
from builder.check.verify_parts import parts_problems
from builder.check.verify_release import release_problems
from builder.core.recipe import Recipe
from builder.core.workers import in_threads
from builder.faces.crop import measure
from builder.faces.duplicates import Sketches, near_pairs, sketch
from builder.faces.quality import refuse_quality
from builder.sources.metadata import Metadata

TABLES = ("manifest.parquet", "dropped.parquet", "dataset.json", "README.md")
XDOG_COLUMNS = tuple(XDoG.model_fields)


@dataclass(frozen=True, order=True)
class Problem:
    """A broken rule: the file, relative to the dataset, and a text that follows its name."""

    file: str
    what: str
    warning: bool = False  # a fault of the imported dataset, which the import keeps


@dataclass(frozen=True)
class Recomputed:
    """Values recomputed from the pixels of one sample; None when the pixels cannot be read."""

    id: str
    line_sha256: str | None
    sketch: bytes | None
    problems: tuple[Problem, ...]


def verify(root: Path, workers: int | None = None) -> list[Problem]:
    """All problems of the dataset in `root`, sorted; raises AnibenchError when card or manifest cannot be read."""
    missing = [Problem(name, "is missing") for name in TABLES if not (root / name).is_file()]
    if any(problem.file == "manifest.parquet" for problem in missing) and (root / "dataset.json").is_file():
        return sorted(missing)
    data = Dataset.open(root)
    recipe = _recipe(data)
    if columns := [*_columns(data)]:
        return sorted([*missing, *columns])
    recomputed = _recompute_all(data, recipe, workers or available_cores())
    problems = [problem for one in recomputed for problem in one.problems]
    imported = recipe.split.mode == "source"  # leaks across an imported split are its authors' choice
    across = (replace(problem, warning=imported) for problem in (*_straddling(data), *_leaks(data, recipe, recomputed)))
    checks = (
        _files(data), _counts(data), _dropped(data), _fingerprint(data, recomputed), across, _sizes(data), _pairs(data),
        _selection(data, recipe), (Problem(*p) for p in (*release_problems(data, recipe), *parts_problems(data))),
    )  # fmt: skip
    return sorted({*missing, *problems, *(problem for check in checks for problem in check)})


def _recipe(data: Dataset) -> Recipe:
    try:
        return Recipe.model_validate(data.card.config)
    except ValueError as error:
        raise AnibenchError(f"{data.root / 'dataset.json'} has an invalid recipe: {error}") from error


def _columns(data: Dataset) -> Iterator[Problem]:
    needed = {"id", "split", "group", "source_id", "source_sha256", "line_sha256"}
    needed |= {*METADATA, *FIGURES, *XDOG_COLUMNS}
    for column in sorted(needed - set(data.manifest.columns)):
        yield Problem("manifest.parquet", f"has no column {column}")


def _recompute_all(data: Dataset, recipe: Recipe, workers: int) -> list[Recomputed]:
    rows = data.manifest.to_dict("records")
    with progress("Verifying", len(rows)) as advance:
        recomputed = []
        for _, one in in_threads(partial(_recompute, data.root, recipe), rows, workers):
            recomputed.append(one)
            advance()
    return sorted(recomputed, key=lambda one: one.id)


def _recompute(root: Path, recipe: Recipe, row: dict[str, Any]) -> Recomputed:
    """Recompute the id, the line hash, the quality figures and the XDoG lines of one sample from its pixels."""
    sample, split = str(row["id"]), str(row["split"])
    color_file, line_file = (f"{split}/{kind}/{sample}.png" for kind in ("color", "line"))
    problems: list[Problem] = []
    color = _read(root, color_file, (SIZE, SIZE, 3), problems)
    line = _read(root, line_file, (SIZE, SIZE), problems)
    line_sha256 = None if line is None else pixel_hash(line)
    if color is not None and sample_id(color) != sample:
        problems.append(Problem(color_file, f"was changed: its pixels have the id {sample_id(color)}"))
    if recipe.lines.origin == "xdog" and line is not None and not np.isin(line, (0, 255)).all():
        problems.append(Problem(line_file, "has other values than 0 and 255"))
    if line_sha256 is not None and line_sha256 != row["line_sha256"]:
        problems.append(Problem(line_file, "was changed: the hash of its pixels is not the hash in the manifest"))
    if color is not None:
        problems += (
            Problem("manifest.parquet", f"the {figure} of {sample} differs from the value of its pixels")
            for figure, value in measure(color).items()
            if row.get(figure) != value
        )
    if color is not None and line is not None:
        problems += _same_lines(color, line, line_file, recipe, row)
    return Recomputed(sample, line_sha256, None if color is None else sketch(color), tuple(problems))


def _same_lines(color: Image, line: Image, file: str, recipe: Recipe, row: dict[str, Any]) -> Iterator[Problem]:
    if recipe.lines.origin == "source":
        if pd.notna(row["sigma"]):
            yield Problem("manifest.parquet", f"{row['id']} has XDoG parameters, but its line was imported")
        yield from (Problem(file, fault.text, warning=True) for fault in line_faults(line, color))
        return
    wanted = recipe.lines.xdog(sample_sigma(recipe, str(row["split"]), str(row["id"])))
    recorded = {key: row[key] for key in XDOG_COLUMNS}
    if recorded != wanted.model_dump(mode="json"):
        yield Problem("manifest.parquet", f"the XDoG parameters of {row['id']} differ from those of the recipe")
    if not np.array_equal(extract_lines(color, wanted), line):
        yield Problem(file, "differs from the XDoG lines of its colour picture")


def _read(root: Path, file: str, shape: tuple[int, ...], problems: list[Problem]) -> Image | None:
    """The picture as RGB or grey if it is an 8-bit PNG of `shape`; otherwise None and a problem."""
    path = root / file
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.append(Problem(file, "is missing" if isinstance(error, FileNotFoundError) else f"{error.strerror}"))
        return None
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED) if content else None
    if image is None or not content.startswith(b"\x89PNG"):
        problems.append(Problem(file, "is not a readable PNG"))
        return None
    if image.shape != shape or image.dtype != np.uint8:
        seen = " x ".join(map(str, image.shape))
        problems.append(Problem(file, f"is {image.dtype} {seen}, not uint8 {' x '.join(map(str, shape))}"))
        return None
    return np.ascontiguousarray(image[..., ::-1] if image.ndim == 3 else image, dtype=np.uint8)


def _files(data: Dataset) -> Iterator[Problem]:
    """The folders of samples and pairs hold no other files."""
    wanted = {
        f"{split}/{kind}/{sample}.png"
        for sample, split in data.manifest[["id", "split"]].itertuples(index=False)
        for kind in ("color", "line", *(["parts"] if sample in data.part_hashes else []))
    }
    wanted |= {pairs_path(protocol, data.root).relative_to(data.root).as_posix() for protocol in versions("random-ref")}
    for folder in (*SPLITS, "pairs"):
        for path in sorted((data.root / folder).rglob("*")):
            name = path.relative_to(data.root).as_posix()
            if not path.is_dir() and name not in wanted:
                yield Problem(name, "is not listed in the manifest")


def _counts(data: Dataset) -> Iterator[Problem]:
    ids = data.manifest["id"]
    for sample in sorted(set(ids[ids.duplicated()])):
        yield Problem("manifest.parquet", f"{sample} is listed more than once")
    for split in sorted(set(data.manifest["split"]) - set(SPLITS)):
        yield Problem("manifest.parquet", f"has the unknown split {split}")
    if (found := {split: int((data.manifest["split"] == split).sum()) for split in SPLITS}) != data.card.counts:
        yield Problem("dataset.json", f"has the counts {data.card.counts}, the manifest has {found}")


def _dropped(data: Dataset) -> Iterator[Problem]:
    path = data.root / "dropped.parquet"
    if not path.is_file():
        return
    try:
        reasons = Counter(read_parquet(path, ["reason"])["reason"])
    except AnibenchError as error:
        yield Problem("dropped.parquet", f"cannot be read: {error}")
        return
    if dict(reasons) != data.card.dropped:
        yield Problem("dataset.json", f"has drops {data.card.dropped}, dropped.parquet {dict(sorted(reasons.items()))}")


def _fingerprint(data: Dataset, recomputed: Iterable[Recomputed]) -> Iterator[Problem]:
    """The fingerprint follows from the line hashes of the pixels; unreadable lines are reported elsewhere."""
    hashes = {one.id: one.line_sha256 for one in recomputed}
    if None in hashes.values():
        return
    rows = data.manifest[["id", "split"]].itertuples(index=False)
    found = fingerprint((sample, split, str(hashes[sample])) for sample, split in rows)
    if found != data.fingerprint:
        yield Problem("dataset.json", f"has the fingerprint {data.fingerprint}, the samples have {found}")


def _straddling(data: Dataset) -> Iterator[Problem]:
    for column in ("group", "source_id", "source_sha256"):
        known = data.manifest[data.manifest[column].notna()]
        for value in straddlers(known[[column, "split"]].itertuples(index=False)):
            yield Problem("manifest.parquet", f"{column} {value} is on both sides of the split")
    names = ("artist", "character", "copyright")
    kinds = [kind for kind in names if kind in data.manifest.columns]
    rows = data.manifest[kinds].astype(object).where(data.manifest[kinds].notna(), None).to_dict("records")
    split = _recipe(data).split
    ties = (
        (tie, side)
        for row, side in zip(rows, data.manifest["split"], strict=True)
        for tie in split.ties({kind: row.get(kind) for kind in names})
    )
    for value in straddlers(ties, name=lambda tie: " ".join(tie) if isinstance(tie, tuple) else str(tie)):
        yield Problem("manifest.parquet", f"{value} is on both sides of the split")


def _sizes(data: Dataset) -> Iterator[Problem]:
    split = _recipe(data).split
    if split.mode in ("ratio", "source"):
        return
    wanted = dict(zip(SPLITS, split.counts(), strict=True))
    for side, count in wanted.items():
        found = int((data.manifest["split"] == side).sum())
        if count is not None and found != count:
            yield Problem("manifest.parquet", f"has {found} {side} samples, the recipe requires {count}")


def _leaks(data: Dataset, recipe: Recipe, recomputed: Iterable[Recomputed]) -> Iterator[Problem]:
    """Near duplicates across the split, searched over all pictures."""
    seen = [(one.id, one.sketch) for one in recomputed if one.sketch is not None]
    if len(seen) < 2:
        return
    splits = dict(zip(data.manifest["id"], data.manifest["split"], strict=True))
    for a, b in near_pairs(Sketches.unpack(b"".join(each for _, each in seen)), recipe.duplicates).tolist():
        first, second = seen[a][0], seen[b][0]
        if splits[first] != splits[second]:
            leak = f"is a near duplicate of {splits[second]}/color/{second}.png in the other split"
            yield Problem(f"{splits[first]}/color/{first}.png", leak)


def _selection(data: Dataset, recipe: Recipe) -> Iterator[Problem]:
    """Every sample passes the recipe's limits on metadata and quality."""
    if not {*METADATA, *FIGURES} <= set(data.manifest.columns):
        return
    known_or_none = data.manifest.astype(object).where(data.manifest.notna(), None)
    for row in known_or_none[["id", *METADATA, *FIGURES]].to_dict("records"):
        known = Metadata(**{name: row[name] for name in METADATA})
        refused = refuse_metadata(str(row["id"]), known, recipe.select) if known != Metadata() else None
        refused = refused or refuse_quality(str(row["id"]), {name: row[name] for name in FIGURES}, recipe.quality)
        if refused is not None:
            yield Problem("manifest.parquet", refused[1])


def _pairs(data: Dataset) -> Iterator[Problem]:
    """The stored pairs of random-ref: at least one version of the protocol exists, and each is valid."""
    known = versions("random-ref")
    ids = sorted(set(data.ids(known[-1].split)))
    if len(ids) < 2:
        return
    stored = [protocol for protocol in known if pairs_path(protocol, data.root).is_file()]
    if not stored:
        yield Problem(pairs_path(known[-1], data.root).relative_to(data.root).as_posix(), "is missing")
    for protocol in stored:
        yield from _pairing(protocol, ids, data.root)


def _pairing(protocol: EvalProtocol, ids: list[str], root: Path) -> Iterator[Problem]:
    """In each pairing every sample and every reference occurs once, no sample is its own reference, the seed fits."""
    path = pairs_path(protocol, root)
    name = path.relative_to(root).as_posix()
    try:
        stored = read_pairs(path)
    except (AnibenchError, ValueError) as error:
        yield Problem(name, f"cannot be read: {error}")
        return
    numbers = sorted({pair.pairing for pair in stored})
    pairings = [[pair for pair in stored if pair.pairing == number] for number in numbers]
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("does not list every test sample once", lambda: all([p.sample for p in each] == ids for each in pairings)),
        (
            "does not use every test sample as a reference once",
            lambda: all(sorted(p.reference for p in each) == ids for each in pairings),
        ),
        ("has a sample that is its own reference", lambda: all(pair.sample != pair.reference for pair in stored)),
        ("differs from the pairing of the protocol's seed", lambda: stored == make_pairs(protocol, ids)),
    )
    for what, holds in rules:
        if not holds():
            yield Problem(name, what)
