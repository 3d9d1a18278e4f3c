"""Temporary files beside the files they become, and the removal of those left by killed commands."""

import os
import re
import secrets
import time
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from platform import node

# .<final name>.<machine>-<process>.<random>.tmp; the second form was written by earlier versions
NAME = re.compile(r"\.(?:.+)\.(?P<machine>[0-9a-f]{8})-(?P<process>\d+)\.[0-9a-f]{8}\.tmp")
EARLIER = re.compile(r"\.(?:.+)\.[a-z0-9_]{8}\.tmp")
MAX_NAME_BYTES = 180  # bytes of the final name that a temporary name keeps; a file name has 255 at most
STALE = 86_400.0  # seconds after which a temporary file of another machine or of an earlier version is removed


def new_temporary(path: Path) -> Path:
    """Create an empty temporary file beside `path`; old temporary files there are removed once per process.

    Raises OSError that names `path` when the folder cannot be written.
    """
    _remove_leftovers_once(path.parent.resolve())
    encoded = os.fsencode(path.name)
    name = os.fsdecode(encoded[:MAX_NAME_BYTES]) if len(encoded) > MAX_NAME_BYTES else path.name
    temporary = path.with_name(f".{name}.{_machine()}-{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        error.filename = str(path)
        raise
    return temporary


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files in `folder` whose process has ended."""
    try:
        with os.scandir(folder) as found:
            names = [entry.name for entry in found if entry.name.startswith(".") and entry.name.endswith(".tmp")]
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            if _is_leftover(folder / name):
                (folder / name).unlink()


def is_alive(process: int) -> bool:
    """Whether a process of this machine runs; always True on Windows, where signal 0 would end it."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to another user
        return True
    return True


@cache
def _remove_leftovers_once(folder: Path) -> None:
    remove_leftovers(folder)


def _is_leftover(path: Path) -> bool:
    match = NAME.fullmatch(path.name)
    if match and match["machine"] == _machine():
        return not is_alive(int(match["process"]))
    return bool(match or EARLIER.fullmatch(path.name)) and time.time() - path.stat().st_mtime > STALE


def _machine() -> str:
    """Eight hex digits of this machine's name, for folders that several machines share."""
    return f"{zlib.crc32(node().encode()):08x}"
