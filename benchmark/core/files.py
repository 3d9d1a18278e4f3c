"""Files written whole or not at all, the hashes that name their content, and 8-bit images."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import numpy as np
from numpy.typing import NDArray

from benchmark.core.errors import AnibenchError

Image = NDArray[np.uint8]  # RGB (H, W, 3) or grey (H, W), 0..255


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path in `path`'s folder that becomes `path`, synced to disk, when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 `text` to `path`, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON; NaN and infinity are refused since readers of other languages refuse them."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON; raises AnibenchError that names the file when it is missing or damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise AnibenchError(f"{path} is missing") from None
    except (OSError, ValueError) as error:
        raise AnibenchError(f"{path} cannot be read as JSON: {error}") from error


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file, none where there is no file; a line that a kill cut off is left out."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    rows = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def sha256_bytes(content: bytes) -> str:
    """SHA-256 of `content` as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hex digits, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_png(path: Path, image: Image) -> None:
    """Write uint8 RGB (H, W, 3) or grey (H, W) as PNG, whole or not at all."""
    import cv2

    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(f"write_png takes uint8 (H, W) or (H, W, 3), not {image.dtype} {image.shape}")
    done, encoded = cv2.imencode(".png", image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))
    if not done:
        raise AnibenchError(f"{path}: PNG encoding failed")
    write_bytes(path, encoded.tobytes())


def read_rgb(path: Path) -> Image:
    """Read an 8-bit picture as RGB uint8 (H, W, 3); raises AnibenchError that names the file.

    Meant for pictures anibench or a method wrote; raw sources go through `benchmark.data.decode`.
    """
    import cv2

    return np.ascontiguousarray(_read(path, cv2.IMREAD_COLOR)[..., ::-1])


def read_grey(path: Path) -> Image:
    """Read an 8-bit picture as grey uint8 (H, W); raises AnibenchError that names the file."""
    import cv2

    return _read(path, cv2.IMREAD_GRAYSCALE)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold `folder` for one command; a second one is refused, and a crash leaves no lock behind (flock)."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise AnibenchError(f"{folder} is in use by another anibench command; wait for it or stop it") from None
    try:
        yield
    finally:
        lock.release()


def _read(path: Path, flags: int) -> Image:
    import cv2

    try:
        content = path.read_bytes()
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    decode: Callable[..., Any] = cv2.imdecode
    image = decode(np.frombuffer(content, np.uint8), flags) if content else None
    if image is None:
        raise AnibenchError(f"{path} is not a picture that can be decoded")
    return np.asarray(image, np.uint8)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
