"""Fetching from a server of the test's own: continued, checked before the name, and clear when it cannot be done."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save

from benchmark.core.errors import AnibenchError
from benchmark.core.files import folder_lock
from benchmark.weights import fetch as weights_fetch
from benchmark.weights.fetch import fetch_weights
from benchmark.weights.files import WEIGHTS, WeightFile, read_weights

PIECE = 1000
CONTENT = save({"a": np.arange(2500, dtype=np.float32)})
OTHER = save({"a": np.arange(2600, dtype=np.float32)})


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Site:
    """One file on a server, and how the server behaves."""

    content: bytes = CONTENT
    etag: str = '"one"'
    ranges: bool = True
    heeds_if_range: bool = True
    cut: int | None = None  # the connection ends after so many bytes of an answer
    status: int = 200
    redirect: str | None = None
    length: bool = True  # whether it says how long the file is
    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A running server; its address is `site.url`."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(weights_fetch, "PIECE", PIECE)
    served = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append({"path": self.path, **self.headers})
            if served.redirect and self.path == "/file":
                self.send_response(302)
                self.send_header("Location", served.redirect)
                self.end_headers()
            elif served.status != 200:
                self.send_error(served.status)
            else:
                self.send_file()

        def send_file(self) -> None:
            start, asked = 0, self.headers.get("Range")
            same = self.headers.get("If-Range") == served.etag or not served.heeds_if_range
            if asked and served.ranges and same:
                start = int(asked.removeprefix("bytes=").rstrip("-"))
            body = served.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(served.content) - 1}/{len(served.content)}")
            if served.etag:
                self.send_header("ETag", served.etag)
            if served.length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: served.cut])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_port}/file"
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "weights"


Register = Callable[..., str]


@pytest.fixture
def toy(site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Puts a file of the site into the registry under the name `toy`."""

    def register(file: str = "toy.safetensors", sha256: str = digest(CONTENT)) -> str:
        known = WeightFile(file, "a test", len(CONTENT), sha256, "the test says so", site.url, "none", folder="toys")
        monkeypatch.setitem(WEIGHTS, "toy", known)
        return "toy"

    return register


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def test_a_file_arrives_under_its_name_and_is_not_asked_for_again(site: Site, folder: Path, toy: Register) -> None:
    path = fetch_weights(toy())
    assert path == folder / "toys/toy.safetensors"
    assert path.read_bytes() == CONTENT
    assert left(folder) == {"toy.safetensors"}
    assert fetch_weights("toy") == path
    assert len(site.requests) == 1
    path.write_bytes(OTHER)
    with pytest.raises(
        AnibenchError, match=r"has the SHA-256 [0-9a-f]{64}; the pinned hash is [0-9a-f]{64} .*/toys/toy.safetensors$"
    ):
        fetch_weights("toy")


def test_a_cut_connection_is_continued_where_it_ended(site: Site, folder: Path, toy: Register) -> None:
    site.cut = 4321
    with pytest.raises(AnibenchError, match=r"4321 .*run the same command to continue"):
        fetch_weights(toy())
    assert not (folder / "toys/toy.safetensors").exists()
    assert (folder / "toys/toy.safetensors.part").read_bytes() == CONTENT[:4321]
    with pytest.raises(AnibenchError, match="8642"):
        fetch_weights("toy")
    site.cut = None
    assert fetch_weights("toy").read_bytes() == CONTENT
    assert [request.get("Range") for request in site.requests] == [None, "bytes=4321-", "bytes=8642-"]
    assert left(folder) == {"toy.safetensors"}


@pytest.mark.parametrize("changes", [{"ranges": False}, {"etag": ""}, {"etag": 'W/"weak"'}])
def test_a_server_that_cannot_continue_starts_anew(
    site: Site, toy: Register, changes: dict[str, object], folder: Path
) -> None:
    for key, value in {"cut": 4321, **changes}.items():
        setattr(site, key, value)
    with pytest.raises(AnibenchError, match="4321"):
        fetch_weights(toy())
    site.cut = None
    assert fetch_weights("toy").read_bytes() == CONTENT


@pytest.mark.parametrize("heeds", [True, False])
def test_a_file_that_changed_meanwhile_is_not_patched_together(
    site: Site, toy: Register, folder: Path, heeds: bool
) -> None:
    site.cut, site.heeds_if_range = 4321, heeds
    with pytest.raises(AnibenchError, match="4321"):
        fetch_weights(toy(sha256=digest(OTHER)))
    site.cut, site.content, site.etag = None, OTHER, '"two"'
    assert fetch_weights("toy").read_bytes() == OTHER


def test_a_server_that_only_sends_parts_is_given_up(site: Site, toy: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    toy()
    monkeypatch.setattr(weights_fetch, "OK", 299)  # so that a whole answer counts as an odd one
    with pytest.raises(AnibenchError, match="byte ranges that were not requested"):
        fetch_weights("toy")
    assert len(site.requests) == 2


def test_a_wrong_hash_is_removed_and_both_are_named(site: Site, folder: Path, toy: Register) -> None:
    with pytest.raises(AnibenchError) as caught:
        fetch_weights(toy(sha256=digest(OTHER)))
    assert digest(CONTENT) in str(caught.value)
    assert digest(OTHER) in str(caught.value)
    assert left(folder) == set()


def test_a_page_instead_of_an_unpinned_file_is_refused(site: Site, folder: Path, toy: Register) -> None:
    site.content = b"<html>log in first</html>"
    with pytest.raises(AnibenchError, match="not a complete safetensors file"):
        fetch_weights(toy(sha256=""))
    site.content = CONTENT[:-4]
    with pytest.raises(AnibenchError, match="not a complete safetensors file"):
        fetch_weights("toy")
    assert left(folder) == set()
    site.content = CONTENT
    assert fetch_weights("toy").read_bytes() == CONTENT


def test_code_without_a_pin_is_not_even_asked_for(site: Site, folder: Path, toy: Register) -> None:
    with pytest.raises(AnibenchError, match="anibench weights fetch toy --sha256 HASH"):
        fetch_weights(toy("toy.pth", sha256=""))
    assert not site.requests
    with pytest.raises(AnibenchError, match="64 hexadecimal digits"):
        fetch_weights("toy", sha256="abc")
    fetch_weights("toy", sha256=digest(CONTENT).upper())
    assert read_weights("toy").content == CONTENT
    assert left(folder) == {"toy.pth", "pins.json"}


def test_a_hash_that_contradicts_the_public_one_is_refused(site: Site, toy: Register) -> None:
    whole = digest(CONTENT)
    for public, said in ((whole, f"has the SHA-256 {whole}"), (whole[:8], f"a SHA-256 that starts with {whole[:8]}")):
        with pytest.raises(AnibenchError, match=rf"{said} \("):
            fetch_weights(toy(sha256=public), sha256=digest(OTHER))
    assert not site.requests


def test_only_a_safe_way_is_taken(site: Site, toy: Register, folder: Path) -> None:
    toy()
    for address in ("http://example.org/toy", "ftp://example.org/toy", "file:///etc/hostname"):
        with pytest.raises(AnibenchError, match="over https only"):
            fetch_weights("toy", url=address)
    site.redirect = "http://example.org/toy"
    with pytest.raises(AnibenchError, match=r"http://example\.org/toy: weight files are fetched over https only"):
        fetch_weights("toy")
    site.redirect = site.url + "-moved"
    assert fetch_weights("toy").read_bytes() == CONTENT
    assert site.requests[-1]["path"] == "/file-moved"


def test_another_address_may_be_given(site: Site, toy: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHTS, toy(), replace(WEIGHTS["toy"], url="https://example.invalid/toy"))
    assert fetch_weights("toy", url=site.url).read_bytes() == CONTENT


def test_what_the_server_refuses_is_said(site: Site, toy: Register) -> None:
    site.status = 404
    with pytest.raises(AnibenchError, match=r"answered 404 .*give its URL with --url"):
        fetch_weights(toy())
    site.status = 416
    with pytest.raises(AnibenchError, match=r"answered 416 .*remove .*toy\.safetensors\.part"):
        fetch_weights("toy")


def test_no_network_is_said_with_a_way_out(toy: Register, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        with pytest.raises(AnibenchError, match=r"127\.0\.0\.1 cannot be reached .*copy the file to the path"):
            fetch_weights(toy(), url=f"http://127.0.0.1:{unused.getsockname()[1]}/file")


def test_a_full_disk_is_said_before_anything_is_written(
    site: Site, toy: Register, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=len(CONTENT) - 1))
    with pytest.raises(AnibenchError, match=r"toy\.safetensors needs .* are free"):
        fetch_weights(toy())
    assert left(folder) == set()


def test_a_kill_between_the_last_byte_and_the_check_costs_nothing(
    site: Site, toy: Register, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(weights_fetch, "_check", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch_weights(toy())
    assert left(folder) == {"toy.safetensors.part", "toy.safetensors.part.json"}
    assert fetch_weights("toy").read_bytes() == CONTENT
    assert len(site.requests) == 1


def test_a_server_may_keep_the_length_to_itself(site: Site, toy: Register) -> None:
    site.length = False
    assert fetch_weights(toy()).read_bytes() == CONTENT


def test_two_fetches_do_not_write_one_file(site: Site, toy: Register, folder: Path) -> None:
    toy()
    with folder_lock(folder / "toys"), pytest.raises(AnibenchError, match="in use by another"):
        fetch_weights("toy")
    assert not site.requests


def test_a_proxy_of_the_environment_is_used(site: Site, toy: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", site.url.removesuffix("/file"))
    assert fetch_weights(toy(), url="http://localhost:9/elsewhere").read_bytes() == CONTENT
    assert site.requests[0]["path"] == "http://localhost:9/elsewhere"


@pytest.mark.parametrize(
    "address", ["https://[::1", "https://", "https:///toy", "https://example.org/a b", "https://a\n"]
)
def test_an_address_that_is_none_is_named(toy: Register, address: str) -> None:
    toy()
    with pytest.raises(AnibenchError, match="is not a valid URL"):
        fetch_weights("toy", url=address)


def test_a_file_of_a_package_is_not_downloaded_and_the_package_is_named(folder: Path) -> None:
    with pytest.raises(AnibenchError, match=r"comes in a package: run: pip install stlpips-pytorch==0\.0\.2"):
        fetch_weights("st-lpips-alex")
    assert left(folder) == set()
