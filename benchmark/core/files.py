"""Atomic file writing, hashes of files, guarded JSON readers, folder locks, and 8-bit images."""

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import numpy as np
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError
from benchmark.core.temporary import new_temporary

LOCK = ".lock"
LOCK_PATIENCE = 0.2  # seconds; `is_locked` of another command holds the lock for a moment
MAX_DEPTH = 64  # levels of nesting allowed in a record
TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"
Image = NDArray[np.uint8]  # RGB (H, W, 3) or grey (H, W), 0..255


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path in `path`'s folder, synced and renamed to `path` when the block ends without an error.

    A device or a FIFO at `path` is written to and never replaced. Temporary files left in the folder by killed
    commands are removed. An OSError names `path`, not the temporary file.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with _copied_into(path) as temporary:
            yield temporary
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = new_temporary(path)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            _name_target(error, temporary, path)
        raise


@contextmanager
def _copied_into(path: Path) -> Iterator[Path]:
    """A temporary path whose content is written to the device or FIFO at `path` when the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder, "content")
        temporary.touch()
        yield temporary
        with temporary.open("rb") as source, path.open("wb") as device:
            shutil.copyfileobj(source, device)


def _name_target(error: OSError, temporary: Path, path: Path) -> None:
    """Make an error that names the temporary file, or no file, name `path`."""
    if error.errno is not None and (error.filename is None or str(error.filename) == str(temporary)):
        error.filename, error.filename2 = str(path), None


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 `text` to `path` atomically."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON; raises ValueError for NaN and infinity, which standard JSON lacks."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def parse_json(text: str | bytes, where: object) -> Any:
    """The value of one JSON text; raises AnibenchError that names `where` for damaged or too deeply nested text.

    The limit of `MAX_DEPTH` levels allows later functions to process the value recursively.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise AnibenchError(f"{where} cannot be read as JSON: {TOO_DEEP}") from None
    except ValueError as error:
        raise AnibenchError(f"{where} cannot be read as JSON: {error}") from error
    brackets = (b"[", b"{") if isinstance(text, bytes) else ("[", "{")
    if sum(map(text.count, brackets)) > MAX_DEPTH and is_too_deep(value):  # type: ignore[arg-type]
        raise AnibenchError(f"{where} cannot be read as JSON: {TOO_DEEP}")
    return value


def is_too_deep(value: Any) -> bool:
    """Whether mappings and lists are nested in `value` over more than `MAX_DEPTH` levels."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level = [each for group in inner for each in group]
        if not level:
            return False
    return True


def read_json(path: Path) -> Any:
    """Read a JSON record; raises AnibenchError that names a file that is missing, damaged, or holds NaN or infinity.

    `write_json` writes no such number, and one of them would make every file that quotes the record unreadable.
    """
    try:
        content = path.read_text("utf-8")
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing") from None
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AnibenchError(f"{path} cannot be read as JSON: it is not UTF-8 text ({error.reason})") from error
    value = parse_json(content, path)
    if not _is_finite(value):
        raise AnibenchError(f"{path} holds NaN or an infinite number; restore the file or make it again")
    return value


def _is_finite(value: Any) -> bool:
    """Whether every number in a JSON value of at most `MAX_DEPTH` levels is finite."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises AnibenchError that names the file when it is missing, damaged or not an object."""
    value = read_json(path)
    if not isinstance(value, dict):
        raise AnibenchError(f"{path} holds a JSON {type(value).__name__} where an object is needed")
    return value


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file; none where the file is missing. Damaged lines are skipped."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    rows = []
    for line in content.splitlines():
        try:
            row = parse_json(line, path)
        except AnibenchError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def sha256_bytes(content: bytes) -> str:
    """SHA-256 of `content` as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hex digits, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_png(path: Path, image: Image) -> None:
    """Write uint8 RGB (H, W, 3), RGBA (H, W, 4) or grey (H, W) as PNG, atomically."""
    write_bytes(path, encode_png(path, image))


def encode_png(path: Path, image: Image) -> bytes:
    """The PNG bytes of uint8 RGB (H, W, 3), RGBA (H, W, 4) or grey (H, W); raises AnibenchError that names `path`."""
    import cv2

    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise ValueError(f"write_png takes uint8 (H, W), (H, W, 3) or (H, W, 4), not {image.dtype} {image.shape}")
    order = [2, 1, 0, 3][: image.shape[2]] if image.ndim == 3 else None
    done, encoded = cv2.imencode(".png", image if order is None else np.ascontiguousarray(image[..., order]))
    if not done:
        raise AnibenchError(f"{path}: PNG encoding failed")
    return bytes(encoded.tobytes())


def read_rgb(path: Path) -> Image:
    """Read an 8-bit picture as RGB uint8 (H, W, 3); raises AnibenchError that names the file.

    For pictures written by anibench or a method; `benchmark.data.decode` reads source pictures.
    """
    import cv2

    return np.ascontiguousarray(_read(path, cv2.IMREAD_COLOR)[..., ::-1])


def read_grey(path: Path) -> Image:
    """Read an 8-bit picture as grey uint8 (H, W); raises AnibenchError that names the file."""
    import cv2

    return _read(path, cv2.IMREAD_GRAYSCALE)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Lock `folder` for one command; raises AnibenchError if another holds it. A crash releases the lock (flock)."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / LOCK, timeout=LOCK_PATIENCE)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise AnibenchError(f"{folder} is in use by another anibench command; wait for it or stop it") from None
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Whether a running command holds `folder`; True where the lock cannot be read."""
    if not (folder / LOCK).exists():
        return False
    try:
        with filelock.FileLock(folder / LOCK, timeout=0):
            return False
    except (filelock.Timeout, OSError):
        return True


def read_regular(path: Path) -> bytes:
    """The bytes of a regular file; raises AnibenchError for any other: reading a FIFO may block forever."""
    try:
        if path.exists() and not path.is_file():
            raise AnibenchError(f"{path} is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error


def _read(path: Path, flags: int) -> Image:
    import cv2

    content = read_regular(path)
    decode: Callable[..., Any] = cv2.imdecode
    image = decode(np.frombuffer(content, np.uint8), flags) if content else None
    if image is None:
        raise AnibenchError(f"{path} is not a picture that can be decoded")
    return np.asarray(image, np.uint8)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
