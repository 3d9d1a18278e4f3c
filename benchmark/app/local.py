"""Servers of pages for this machine only: the loopback address, the check of the host, and the wait for Ctrl-C."""

from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell

HOSTS = ("127.0.0.1", "localhost")


def local_server(port: int, handler: Callable[..., BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server at 127.0.0.1; port 0 selects a free port. Raises AnibenchError when the port is in use."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise AnibenchError(f"port {port} cannot be used: {error.strerror}; choose another with --port") from error


def names_this_machine(headers: Message) -> bool:
    """Whether a request names this machine. DNS rebinding: a site's name can resolve to the loopback address."""
    host = headers.get("Host", "")
    return (host.rpartition(":")[0] or host) in HOSTS


def serve(server: ThreadingHTTPServer, farewell: str) -> None:
    """Print the address, serve until Ctrl-C, and print `farewell`."""
    say(f"http://127.0.0.1:{server.server_address[1]}/   (stop with Ctrl-C)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        tell(farewell)
