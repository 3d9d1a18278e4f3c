"""Fetching a weight file, on request: over https, continued where it was cut off, checked before it gets its name."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from benchmark.core.disk import require_space
from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock, read_object, sha256_file, write_json
from benchmark.core.progress import progress
from benchmark.weights.files import (
    Pin,
    find_weights,
    has_weights,
    known_weights,
    pin_of,
    record_pin,
    search_folders,
    unpinned_reason,
)

PIECE = 2**20  # bytes read at once
SILENCE = 60.0  # seconds without a byte after which a connection counts as broken
OK, PARTIAL, RANGE_REFUSED = 200, 206, 416  # answers
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Part:
    """What the bytes in the `.part` file are of: an address, and the version of the file that lay there."""

    url: str
    version: str  # the server's ETag or date; "" if it gives none, and then nothing can be continued
    total: int | None


def fetch_weights(name: str, *, url: str | None = None, sha256: str | None = None) -> Path:
    """Fetch a file into the first folder where weights are looked for; returns its path, also if it was there already.

    `url` replaces the address of the registry, `sha256` is recorded as the user's pin. Raises AnibenchError for code
    that nothing pins, before anything is fetched; for an address that is not https; when the server or the connection
    fails, after which the same call goes on; and when what came is not the file, which is then removed.
    """
    known = known_weights(name)
    address = url or known.url
    _require_secure(address)
    if sha256 is not None:
        record_pin(name, sha256)
    pin = pin_of(name)
    if known.code and not pin.digits:
        raise AnibenchError(unpinned_reason(name, "fetch"))
    if has_weights(name):
        return find_weights(name).path
    path = search_folders()[0] / known.place
    with folder_lock(path.parent):
        part = path.with_name(f"{path.name}.part")
        _download(address, part, known.size)
        _check(part, pin, code=known.code, address=address)
        part.replace(path)
        _state(part).unlink(missing_ok=True)
    return path


def _download(address: str, part: Path, expected: int) -> None:
    """Bring `part` to its full length, going on with what is there if the server still has the same file."""
    if _attempt(address, part, expected, _read_state(part, address)):
        return
    _state(part).unlink(missing_ok=True)  # another file lies there by now
    if not _attempt(address, part, expected, None):
        raise AnibenchError(f"{address}: the server sends parts that were not asked for; give another --url")


def _attempt(address: str, part: Path, expected: int, before: Part | None) -> bool:
    """Ask for the file, or for the rest of it, and write what comes; False if that is not what was asked for."""
    done = part.stat().st_size if before else 0
    if before and done == before.total:
        return True
    headers = {"Accept-Encoding": "identity", "User-Agent": "anibench"}
    if before and done:
        headers |= {"Range": f"bytes={done}-", "If-Range": before.version}
    with _opened(urllib.request.Request(address, headers=headers), part) as response:
        now = Part(address, _version(response), _total(response))
        if response.status == OK:
            done = 0
        elif not _continues(response, done, before, now):
            return False
        require_space(part.parent, (now.total or expected) - done, part.stem)
        write_json(_state(part), asdict(now))
        with part.open("ab" if done else "wb") as file:
            received = done + _copy(response, file, part.stem, done, now.total)
    if now.total is not None and received != now.total:
        raise AnibenchError(
            f"fetching {part.stem}: the connection ended after {received} of {now.total} bytes; "
            "the same command goes on from there"
        )
    return True


def _continues(response: HTTPResponse, done: int, before: Part | None, now: Part) -> bool:
    """Whether the answer is the rest of what is there: a range that starts right, of the same version and length."""
    return (response.headers.get("Content-Range") or "").startswith(f"bytes {done}-") and before == now


def _copy(response: HTTPResponse, file: IO[bytes], title: str, done: int, total: int | None) -> int:
    """Write what comes; returns how many bytes came, which are kept whatever ends the connection."""
    received, shown = 0, 0
    with progress(f"fetching {title}", (total or 0) // PIECE, done=done // PIECE, unit="MiB") as advance:
        try:
            while piece := response.read(PIECE):
                file.write(piece)
                received += len(piece)
                advance(received // PIECE - shown)
                shown = received // PIECE
        except (OSError, HTTPException) as error:
            file.flush()
            raise AnibenchError(
                f"fetching {title}: the connection broke after {done + received} bytes ({error}); "
                "the same command goes on from there"
            ) from error
    return received


def _check(part: Path, pin: Pin, *, code: bool, address: str) -> None:
    """Raise AnibenchError, and remove what was fetched, unless it is the file; unpinned safetensors must be whole."""
    digest = sha256_file(part)
    problem = None
    if not digest.startswith(pin.digits):
        problem = f"its SHA-256 is {digest}, not {pin.digits} ({pin.source})"
    elif not code:
        problem = _damage(part)
    if problem:
        part.unlink()
        _state(part).unlink(missing_ok=True)
        raise AnibenchError(f"{address} is not the file it should be: {problem}; it was removed")


def _damage(part: Path) -> str | None:
    """Why a file is no whole safetensors file: its header must fit its length."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(part, framework="numpy"):
            return None
    except (OSError, SafetensorError) as error:
        return f"no whole safetensors file ({error})"


@contextmanager
def _opened(request: urllib.request.Request, part: Path) -> Iterator[HTTPResponse]:
    """The server's answer; raises AnibenchError that says what to do when there is none."""
    address = request.full_url
    opener = urllib.request.build_opener(_SecureRedirects)
    try:
        response = opener.open(request, timeout=SILENCE)
    except urllib.error.HTTPError as error:
        error.close()
        way_out = "open the address in a browser, and give another one with --url if the file has moved"
        if error.code == RANGE_REFUSED:
            way_out = f"it has another file now: remove {part} and run the same command again"
        raise AnibenchError(f"{address}: the server answered {error.code} {error.reason}; {way_out}") from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise AnibenchError(
            f"{urlsplit(address).hostname} cannot be reached ({reason}); without a network, get the file elsewhere and "
            "put it where `anibench weights list` says"
        ) from error
    with response:
        yield response


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """urllib's redirects, never from https to something that can be read or changed on the way."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        _require_secure(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _require_secure(address: str) -> None:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise AnibenchError(f"{address} is no valid address ({error}); write it as https://HOST/FILE") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise AnibenchError(f"{address}: weights are fetched over https only")
    if not parts.hostname or any(letter.isspace() or not letter.isprintable() for letter in address):
        raise AnibenchError(f"{address!r} is no valid address; write it as https://HOST/FILE")


def _version(response: HTTPResponse) -> str:
    """The server's name for this version of the file, one that If-Range accepts: a strong ETag, else its date."""
    tag = response.headers.get("ETag") or ""
    return tag if tag.startswith('"') else response.headers.get("Last-Modified") or ""


def _total(response: HTTPResponse) -> int | None:
    """The whole file's length, if the server says."""
    length = response.headers.get("Content-Length")
    if response.status == PARTIAL:
        length = (response.headers.get("Content-Range") or "").rpartition("/")[2]
    return int(length) if length and length.isdigit() else None


def _state(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_state(part: Path, address: str) -> Part | None:
    """What a `.part` file holds, if it can be continued from `address`."""
    try:
        state = Part(**read_object(_state(part)))
    except (AnibenchError, TypeError):
        return None
    return state if part.exists() and state.url == address and state.version else None
