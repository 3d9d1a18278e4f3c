"""The server of a review page: one folder, under the names of this machine only."""

import http.client
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from builder.check.review_server import make_server


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., tuple[int, bytes]]:
    """`ask(path, host)`: status and body from a server of a folder beside which a secret lies."""
    root = tmp_path / "review"
    (root / "pictures").mkdir(parents=True)
    (root / "index.html").write_text("page")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")

    def get(path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
        server = make_server(root, 0)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            assert server.server_address[0] == "127.0.0.1"
            with closing(http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60)) as client:
                client.putrequest("GET", path, skip_host=True)
                client.putheader("Host", host)
                client.endheaders()
                answer = client.getresponse()
                return answer.status, answer.read()
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return get


def test_the_server_serves_its_folder(ask: Callable[..., tuple[int, bytes]]) -> None:
    assert ask("/") == (200, b"page")
    assert ask("/index.html", "localhost:8765") == (200, b"page")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/link.txt",
        "/pictures/",
        "/none",
        "//etc/passwd",
        "/%00",
        "/" + "a" * 5000,
    ],
)
def test_and_nothing_else(ask: Callable[..., tuple[int, bytes]], path: str) -> None:
    status, body = ask(path)
    assert status == 404
    assert b"secret" not in body


def test_another_name_for_this_machine_is_refused(ask: Callable[..., tuple[int, bytes]]) -> None:
    assert ask("/", "evil.example:8765")[0] == 403


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with make_server(tmp_path, 0) as first, pytest.raises(AnibenchError, match="--port"):
        make_server(tmp_path, first.server_address[1])
