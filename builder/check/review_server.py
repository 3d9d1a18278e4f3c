"""Serves a review to browsers on this machine: the files of one folder, on the loopback address, and nothing else."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmark.core.errors import AnibenchError

HOSTS = ("127.0.0.1", "localhost")
POLICY = "default-src 'self'; img-src 'self' blob:; style-src 'self' 'unsafe-inline'"


class _Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of files below the folder; no listings, no links out, no other names for this host."""

    def send_head(self) -> Any:
        root = Path(self.directory).resolve()
        try:
            target = Path(self.translate_path(self.path)).resolve()
            served = target == root or (target.is_relative_to(root) and target.is_file())
        except (ValueError, OSError):  # a NUL in the address, or a name that no file system takes
            served = False
        named = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if named not in HOSTS:  # another site's name that resolves to loopback
            self.send_error(403, "Only as 127.0.0.1 or localhost")
            return None
        if not served:
            self.send_error(404)
            return None
        return super().send_head()

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header(
            "Content-Security-Policy", "default-src 'self'; img-src 'self' blob:; style-src 'self' 'unsafe-inline'"
        )
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: a page asks for hundreds of pictures."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for `folder` at 127.0.0.1; port 0 takes a free one. Raises AnibenchError when the port is taken."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(folder.resolve())))
    except OSError as error:
        raise AnibenchError(f"port {port} cannot be used: {error.strerror}; choose another one with --port") from error
