"""The detector `boxes:FILE`: known faces, read from a table.

The table is CSV, JSON lines or parquet with one row per face. Columns:

- `id` (or `source_id`, `path`): the picture
- the box in px from the upper left corner of the picture: `x0, y0, x1, y1`, or `x, y, w, h`, or a list `box` of x, y,
  width and height
- `score` (or `likelihood`), 0 to 1; default 1
- optional eyes: `left_eye_x`, `left_eye_y`, `right_eye_x`, `right_eye_y`

The manifest of an anibench dataset is such a table. A picture is looked up by its id, then by its file name, then by
the file name without suffix (in a Danbooru mirror the post id). The lookup is repeated with normalised paths (Unicode
form C, forward slashes, no blanks around path parts). A path in the table may begin with folders above the source.
"""

import csv
import math
from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.core.errors import AbsentError, AnibenchError
from benchmark.core.files import Image, parse_json, sha256_file
from builder.core.recipe import DetectRecipe
from builder.faces.detectors import DEFAULTS, Detection
from builder.sources.names import normal_path, path_tails, without_suffix

SCHEME = "boxes:"
KEYS = ("id", "source_id", "path")
EYES = ("left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y")
FIGURES = 9  # x, y, width, height, score, and x and y of two eyes
CORNERS, SIDES = ("x0", "y0", "x1", "y1"), ("x", "y", "w", "h")


class Boxes:
    """The faces of a file. Each process needs about 100 bytes of memory per face."""

    name = "boxes"
    framed = False
    reads_file = True

    def __init__(self, recipe: DetectRecipe = DEFAULTS) -> None:
        """Raises AnibenchError that names the file, the row and the error."""
        path = boxes_file(recipe.detector)
        if path is None:
            raise AbsentError("the detector boxes needs a table of faces; write boxes:FILE")
        self.version = boxes_hash(path)[:16]
        keys, values = array("Q"), array("d")
        spelled = array("Q")  # pairs: the key of a normalised path, and the key of the id in the table
        for where, row in _rows(path):
            name = _id(row, where)
            keys.append(_key(name))
            values.extend(_figures(row, where))
            spelled.extend(number for spelling in _spellings(name) for number in (_key(spelling), keys[-1]))
        if not keys:
            raise AnibenchError(f"{path} has no rows; each face needs a row with id, x0, y0, x1, y1")
        found = np.frombuffer(keys, np.uint64)
        order = np.argsort(found, kind="stable")
        self._keys = found[order]
        self._values = np.frombuffer(values, np.float64).reshape(-1, FIGURES)[order]
        pairs = np.frombuffer(spelled, np.uint64).reshape(-1, 2)
        self._spelled = np.unique(pairs, axis=0)
        self._path = path
        self._matched: set[int] = set()

    def detect(self, rgb: Image, name: str = "") -> list[Detection]:
        """The faces of the picture `name`; an empty list when the table has no row for it."""
        key = self._find(name)
        if key is None:
            return []
        low, high = _range(self._keys, key)
        return [_detection(row) for row in self._values[low:high].tolist()]

    def note(self, name: str) -> None:
        """Mark the rows of a picture as matched; `unmatched` lists the others."""
        key = self._find(name)
        if key is not None:
            self._matched.add(key)

    def unmatched(self) -> list[tuple[str, str]]:
        """(id, file and row) of each row that matches no picture passed to `note`."""
        named = ((_id(row, where), where) for where, row in _rows(self._path))
        return [(name, where) for name, where in named if _key(name) not in self._matched]

    def _find(self, name: str) -> int | None:
        """The key of the table's id for a picture; None when the table has no row for it."""
        path, spelled = PurePosixPath(name), normal_path(name)
        tails = [spelling for tail in path_tails(spelled) for spelling in (tail, without_suffix(tail))]
        for known_as in dict.fromkeys((name, path.name, path.stem, *tails)):
            low, high = _range(self._keys, _key(known_as))
            if low < high:
                return _key(known_as)
        for spelling in (*(f"path {tail}" for tail in tails), f"above {spelled}", f"above {without_suffix(spelled)}"):
            low, high = _range(self._spelled[:, 0], _key(spelling))
            if high - low == 1:  # several matches are ambiguous and do not count
                return int(self._spelled[low, 1])
        return None


def _spellings(name: str) -> Iterator[str]:
    """Other keys of an id: its normalised path, and its file name for paths with folders above the source."""
    spelled = normal_path(name)
    if spelled != name:
        yield f"path {spelled}"
    if "/" in spelled:
        yield f"above {spelled.rpartition('/')[2]}"


def _range(keys: NDArray[np.uint64], key: int) -> tuple[int, int]:
    low, high = (int(np.searchsorted(keys, np.uint64(key), side=side)) for side in ("left", "right"))
    return low, high


def boxes_file(detector: str) -> Path | None:
    """FILE of `boxes:FILE`; None for other detectors."""
    return Path(detector.removeprefix(SCHEME)) if detector.startswith(SCHEME) else None


def boxes_stamp(recipe: DetectRecipe) -> str:
    """SHA-256 of the tables that a recipe reads, joined; empty without `boxes:FILE`. A changed table changes faces."""
    files = (boxes_file(name) for name in (recipe.detector, recipe.compare) if name is not None)
    return "".join(boxes_hash(path) for path in files if path is not None)


def boxes_hash(path: Path) -> str:
    """SHA-256 of the table; raises AnibenchError when it cannot be read."""
    try:
        status = path.stat()
        return _hash(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise AnibenchError(
            f"{path} cannot be read: {error.strerror}; write boxes:FILE with a table of boxes"
        ) from None


@lru_cache(maxsize=4)
def _hash(path: Path, size: int, changed: int) -> str:
    return sha256_file(path)


def _key(name: str) -> int:
    """64-bit hash of an id. The probability of any collision among four million ids is below 1e-6."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (file and row number, row) for each face."""
    readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".parquet": _parquet_rows}
    if path.suffix.lower() not in readers:
        raise AnibenchError(f"{path}: a table of boxes must have one of the suffixes {', '.join(readers)}")
    try:
        for number, row in readers[path.suffix.lower()](path):
            if not isinstance(row, Mapping):
                raise AnibenchError(f"{path}, row {number} is not a JSON object")
            yield f"{path}, row {number}", row
    except (OSError, ValueError, csv.Error) as error:  # pyarrow's errors are subclasses of these
        raise AnibenchError(f"{path} cannot be read as a table of boxes: {error}") from error


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from enumerate(csv.DictReader(file), start=1)


def _json_rows(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (
            (number, parse_json(line, f"{path}, row {number}"))
            for number, line in enumerate(file, start=1)
            if line.strip()
        )


def _parquet_rows(path: Path) -> Iterator[tuple[int, Any]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        wanted = {*KEYS, *CORNERS, *SIDES, *EYES, "box", "score", "likelihood"}
        columns = [name for name in file.schema_arrow.names if name in wanted and (name != "id" or not _manifest(file))]
        rows = (row for batch in file.iter_batches(columns=columns) for row in batch.to_pylist())
        yield from enumerate(rows, start=1)


def _manifest(file: Any) -> bool:
    """Whether the table is a manifest, where `id` is a sample id and `source_id` names the picture."""
    return {"id", "source_id"} <= set(file.schema_arrow.names)


def _id(row: Mapping[str, Any], where: str) -> str:
    for key in KEYS:
        if row.get(key) not in (None, ""):
            return str(row[key])
    raise AnibenchError(f"{where} names no picture; one of the columns {', '.join(KEYS)} is required")


def _figures(row: Mapping[str, Any], where: str) -> list[float]:
    """x, y, width, height, score and the eyes; unknown eyes are NaN."""
    box = row.get("box")
    if isinstance(box, list) and len(box) == len(SIDES):
        x, y, width, height = (_number(value, "box", where) for value in box)
    elif row.get("x0") not in (None, ""):
        x, y, right, bottom = (_number(row.get(name), name, where) for name in CORNERS)
        width, height = right - x, bottom - y
    else:
        x, y, width, height = (_number(row.get(name), name, where) for name in SIDES)
    if width <= 0 or height <= 0:
        raise AnibenchError(f"{where}: the box is {width:g} x {height:g} px; x1 and y1 are its right and lower edges")
    given = [row.get(name) for name in ("score", "likelihood") if row.get(name) not in (None, "")]
    score = _number(given[0], "score", where) if given else 1.0
    if not 0 <= score <= 1:
        raise AnibenchError(f"{where}: the score is {score:g}; it must be between 0 and 1")
    known = all(row.get(name) not in (None, "") for name in EYES)
    return [x, y, width, height, score, *(_number(row[name], name, where) if known else math.nan for name in EYES)]


def _number(value: Any, name: str, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise AnibenchError(f"{where}: {name} is {value!r}, not a number; a box is x0, y0, x1, y1 or x, y, w, h")
    return number


def _detection(row: list[float]) -> Detection:
    x, y, width, height, score, *eyes = row
    landmarks = None if math.isnan(eyes[0]) else {"left_eye": eyes[:2], "right_eye": eyes[2:]}
    return Detection((x, y, width, height), score, landmarks)
