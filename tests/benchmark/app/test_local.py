"""Servers for this machine only: which hosts are answered, a port in use, and Ctrl-C."""

from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmark.app.local import local_server, names_this_machine, serve
from benchmark.core.errors import AnibenchError


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8766", True),
        ("localhost", True),
        ("evil.example", False),
        ("localhost.evil.example:80", False),
        ("", False),
    ],
)
def test_only_the_names_of_this_machine_are_answered(host: str, known: bool) -> None:
    headers = Message()
    headers["Host"] = host
    assert names_this_machine(headers) is known
    assert not names_this_machine(Message())


def test_the_loopback_address_alone_and_a_port_once() -> None:
    with local_server(0, BaseHTTPRequestHandler) as server:
        address, port = server.server_address[:2]
        assert address == "127.0.0.1"
        with pytest.raises(AnibenchError, match=f"port {port} cannot be used: .*--port"):
            local_server(int(port), BaseHTTPRequestHandler)


def test_ctrl_c_ends_serving_with_a_farewell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", stop)
    with local_server(0, BaseHTTPRequestHandler) as server:
        serve(server, "Goodbye.")
        out, err = capsys.readouterr()
        assert f"http://127.0.0.1:{server.server_address[1]}/" in out
    assert err == "Goodbye.\n"
