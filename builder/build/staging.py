"""The staging of an unfinished build, which can be killed and continued: crops as files, all else in SQLite.

The outcome of a picture is one transaction, written after its crops. It is reused for the same source id and stamp and
the same recipe up to the crop. Duplicates, split and lines are computed again from the outcomes.
"""

import importlib.metadata
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from benchmark.core.errors import AnibenchError
from benchmark.core.files import parse_json, sha256_bytes
from builder.core.recipe import Recipe
from builder.faces.agreement import Agreement
from builder.faces.crop import Square
from builder.faces.detectors import Detector
from builder.faces.examine import Drop, Face, Outcome
from builder.sources.metadata import Metadata

T = TypeVar("T")

STAGE = 3  # version of the crops; increased when equal settings give other crops
RETRIED = ("unreadable", "failed", "crashed")  # reasons that can disappear without a change of the file

_TABLES = """
CREATE TABLE IF NOT EXISTS pictures (source_id TEXT PRIMARY KEY, stamp TEXT, retried INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faces (source_id TEXT, n INTEGER, row TEXT, sketch BLOB, PRIMARY KEY (source_id, n));
CREATE TABLE IF NOT EXISTS drops (source_id TEXT, n INTEGER, reason TEXT, row TEXT, PRIMARY KEY (source_id, n));
CREATE TABLE IF NOT EXISTS agreement (source_id TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID;
CREATE TEMPORARY TABLE listed (source_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMPORARY TABLE decided (source_id TEXT, reason TEXT, row TEXT);
"""
_DROPS = "SELECT source_id, reason, row FROM drops NATURAL JOIN listed UNION ALL SELECT * FROM decided"


def stage_key(recipe: Recipe, detectors: Sequence[Detector]) -> str:
    """A hash of everything that determines the crops of a picture, apart from the picture: 16 hex digits."""
    versions = {
        name: importlib.metadata.version(name)
        for name in ("anibench", "pillow", "numpy", "imagehash", "opencv-python-headless")
    }
    parts = [
        recipe.model_dump(mode="json", include={"decode", "detect", "crop"}),
        [STAGE, *((detector.name, detector.version) for detector in detectors), versions],
    ]
    return sha256_bytes(json.dumps(parts, sort_keys=True).encode())[:16]


class Staging:
    """The folder `.staging/<key>` of an unfinished dataset. One process writes the database, workers write crops."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.crops = folder / "crops"
        self.lines = folder / "lines"
        self.crops.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "outcomes.sqlite", isolation_level=None)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_TABLES)
        except sqlite3.DatabaseError:
            self._db.close()  # which ends its lock
            raise

    def list(self, source_id: str, stamp: str) -> bool:
        """List a record for this build; returns whether an earlier attempt has finished it.

        Raises AnibenchError when the source lists an id twice.
        """
        try:
            self._db.execute("INSERT INTO listed VALUES (?)", (source_id,))
        except sqlite3.IntegrityError:
            raise AnibenchError(f"the source lists {source_id} twice; rename one of the two pictures") from None
        return self._has(source_id, stamp)

    def count(self) -> int:
        """The number of records with an outcome from earlier attempts, including records that have changed."""
        (count,) = self._db.execute("SELECT count(*) FROM pictures").fetchone()
        return int(count)

    def _has(self, source_id: str, stamp: str) -> bool:
        row = self._db.execute("SELECT stamp, retried FROM pictures WHERE source_id = ?", (source_id,)).fetchone()
        return bool(row == (stamp, 0))

    def add(self, outcome: Outcome) -> None:
        """Store the outcome of one record in one transaction."""
        name = outcome.source_id
        with self._transaction():
            for table in ("pictures", "faces", "drops", "agreement"):
                self._db.execute(f"DELETE FROM {table} WHERE source_id = ?", (name,))
            retried = any(drop.reason in RETRIED for drop in outcome.drops)
            self._db.execute("INSERT INTO pictures VALUES (?, ?, ?)", (name, outcome.stamp, int(retried)))
            self._db.executemany(
                "INSERT INTO faces VALUES (?, ?, ?, ?)",
                [(name, n, _face_json(face), face.sketch) for n, face in enumerate(outcome.faces)],
            )
            self._db.executemany(
                "INSERT INTO drops VALUES (?, ?, ?, ?)",
                [(name, n, drop.reason, _drop_json(drop)) for n, drop in enumerate(outcome.drops)],
            )
            if outcome.agreement is not None:
                row = json.dumps(asdict(outcome.agreement))
                self._db.execute("INSERT INTO agreement VALUES (?, ?)", (name, row))

    def agreements(self) -> Iterator[Agreement]:
        """The agreement of two detectors on each listed record, by source id."""
        for (row,) in self._db.execute("SELECT row FROM agreement NATURAL JOIN listed ORDER BY source_id"):
            yield self._restored(row, lambda value: Agreement(**value))

    def faces(self) -> Iterator[tuple[int, Face]]:
        """Yield (place, accepted face) of the listed records, by source id and likelihood."""
        query = "SELECT faces.rowid, row, sketch FROM faces NATURAL JOIN listed ORDER BY source_id, n"
        for place, row, sketch in self._db.execute(query):
            yield place, self._restored(row, partial(_face, sketch=sketch))

    def face(self, place: int) -> Face:
        """The face at a place that `faces` yielded."""
        row, sketch = self._db.execute("SELECT row, sketch FROM faces WHERE rowid = ?", (place,)).fetchone()
        return self._restored(row, partial(_face, sketch=sketch))

    def decide(self, drop: Drop) -> None:
        """Store a drop whose reason is not in the picture's pixels; it is valid for this build only."""
        self._db.execute("INSERT INTO decided VALUES (?, ?, ?)", (drop.source_id, drop.reason, _drop_json(drop)))

    def drops(self) -> Iterator[Drop]:
        """Yield the drops of the listed records and of `decide`, by source id, reason and text."""
        for (row,) in self._db.execute(f"SELECT row FROM ({_DROPS}) ORDER BY source_id, reason, row"):
            yield self._restored(row, _drop)

    def drop_counts(self) -> dict[str, int]:
        """The number of drops per reason, sorted by reason."""
        return dict(self._db.execute(f"SELECT reason, count(*) FROM ({_DROPS}) GROUP BY reason ORDER BY reason"))

    def _restored(self, row: str, make: Callable[[Any], T]) -> T:
        """The value of a row; raises AnibenchError that says what to do when the row is damaged."""
        try:
            return make(parse_json(row, self.folder))
        except (AnibenchError, TypeError, KeyError, ValueError) as error:
            raise AnibenchError(f"{damaged_staging(self.folder)} ({error})") from error

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def damaged_staging(folder: Path) -> str:
    """The message for a damaged staging folder."""
    return f"{folder}: the unfinished work is damaged; remove that folder and run the same command again"


def _drop(value: dict[str, Any]) -> Drop:
    return Drop(**{**value, "box": _box(value["box"])})


def _face_json(face: Face) -> str:
    value = asdict(face) | {"metadata": face.metadata.known()}
    del value["sketch"]
    return json.dumps(value)


def _drop_json(drop: Drop) -> str:
    return json.dumps(asdict(drop))


def _face(value: dict[str, Any], sketch: bytes) -> Face:
    value["metadata"] = Metadata(**value["metadata"])
    value["square"] = Square(**value["square"])
    value["box"] = _box(value["box"])
    return Face(**value, sketch=sketch)


def _box(value: list[float] | None) -> Any:
    return None if value is None else tuple(value)
