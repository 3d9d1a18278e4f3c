"""A local web server for a review page: serves the files of one folder on the loopback address only."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmark.app.local import local_server, names_this_machine

POLICY = "default-src 'self'; img-src 'self' blob:; style-src 'self' 'unsafe-inline'"


class _Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of files below the folder; no directory listings, no links out of it, no other host names."""

    def send_head(self) -> Any:
        root = Path(self.directory).resolve()
        try:
            target = Path(self.translate_path(self.path)).resolve()
            served = target == root or (target.is_relative_to(root) and target.is_file())
        except (ValueError, OSError):  # a NUL in the address, or a name that is invalid on the file system
            served = False
        if not names_this_machine(self.headers):
            self.send_error(403, "Open this page as 127.0.0.1 or localhost")
            return None
        if not served:
            self.send_error(404)
            return None
        return super().send_head()

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a page loads hundreds of pictures."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for `folder` at 127.0.0.1; port 0 selects a free port. Raises AnibenchError when the port is in use."""
    return local_server(port, partial(_Handler, directory=str(folder.resolve())))
