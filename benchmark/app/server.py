"""The web server of `anibench ui` on the loopback address; its addresses are fixed and are never file paths.

A request from another site is refused: the host must be this machine, and a request that changes anything must carry
the token of the page, which other sites cannot read.
"""

import json
import secrets
import shutil
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmark.app.gallery import Gallery
from benchmark.app.local import local_server, names_this_machine
from benchmark.app.studio import RECIPE, Studio
from benchmark.core.errors import AnibenchError
from benchmark.core.files import parse_json, read_regular

PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/batch.js": ("batch.js", "text/javascript; charset=utf-8"),
    "/runs.js": ("runs.js", "text/javascript; charset=utf-8"),
    "/tabs.js": ("tabs.js", "text/javascript; charset=utf-8"),
}
TYPES = {"png": "image/png", "line": "image/png", "ora": "image/openraster"}
POLICY = "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
REPORT_POLICY = (  # its own script may sort tables; the sandbox keeps it from this page and its token
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)
NO_REPORT = b"<!DOCTYPE html><p>No report was given. Start the page by: anibench ui --report report.html</p>"
MAX_JSON = 64 * 1024  # bytes of a request that is no picture
TIMEOUT = 60  # seconds without data after which a connection is closed


def make_server(studio: Studio, port: int, gallery: Gallery, report: Path | None = None) -> ThreadingHTTPServer:
    """The server at 127.0.0.1; port 0 chooses a free port. `report` is the HTML file of the report.

    Raises AnibenchError when the port is in use.
    """
    handler = partial(_Handler, studio=studio, gallery=gallery, report=report, token=secrets.token_hex(16))
    return local_server(port, handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT

    def __init__(self, *arguments: Any, studio: Studio, gallery: Gallery, report: Path | None, token: str) -> None:
        self.studio, self.gallery, self.report, self.token = studio, gallery, report, token
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, respond: Callable[[], None]) -> None:
        if not names_this_machine(self.headers):
            self._json(403, {"error": "open this page as 127.0.0.1 or localhost"})
            return
        try:
            respond()
        except AnibenchError as error:
            self._json(400, {"error": str(error)})
        except (KeyError, FileNotFoundError):
            self._json(404, {"error": "this page or picture does not exist; reload the page"})

    def _get(self) -> None:
        if self.path in PAGE:
            name, kind = PAGE[self.path]
            content = (files("benchmark.app") / "page" / name).read_bytes()
            self._send(200, content.replace(b"TOKEN", self.token.encode()), kind)
            return
        what, _, rest = self.path.removeprefix("/").partition("/")
        if what == "methods":
            self._json(200, self.studio.methods)
        elif what == "job":
            self._json(200, self.studio.status(rest))
        elif what == "picture":
            identity, _, kind = rest.partition(".")
            path = self.studio.works[identity].files[kind]
            self._send(200, path.read_bytes(), TYPES[kind])
        elif what == "zip":
            with self.studio.archive(rest.split(",")) as path, path.open("rb") as archive:
                self._head(200, "application/zip", path.stat().st_size)
                shutil.copyfileobj(archive, self.wfile)
        elif what == "tables":
            self._json(200, self.gallery.tables())
        elif what == "pair":
            self._show(*rest.split("/"))
        elif what == "report" and not rest:
            content = NO_REPORT if self.report is None else read_regular(self.report)
            self._send(200, content, "text/html; charset=utf-8", REPORT_POLICY)
        else:
            raise KeyError(what)

    def _show(self, table: str = "", number: str = "", picture: str = "", *more: str) -> None:
        """Answer /pair/TABLE/NUMBER by its scores, and /pair/TABLE/NUMBER/PICTURE by a picture."""
        if not number.isdecimal() or more:
            raise KeyError(number)
        place = unquote(table), int(number)
        if picture:
            self._send(200, self.gallery.picture(*place, unquote(picture)), TYPES["png"])
        else:
            self._json(200, self.gallery.pair(*place))

    def _post(self) -> None:
        if not secrets.compare_digest(self.headers.get("X-Anibench", ""), self.token):
            self._json(403, {"error": "reload the page"})
            return
        most = {"/upload": RECIPE.max_bytes, "/paint": MAX_JSON}[self.path]
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > most:
            self.close_connection = True
            self._json(413, {"error": f"the file has more than {most // 2**20} MiB"})
            return
        content = self.rfile.read(int(length))
        if self.path == "/upload":
            name = unquote(self.headers.get("X-Name", ""))[:200]
            self._json(200, {"id": self.studio.upload(name or "the picture", content)})
        else:
            self._json(200, {"id": self.studio.submit(parse_json(content, "the request"))})

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str, policy: str = POLICY) -> None:
        self._head(status, kind, len(content), policy)
        self.wfile.write(content)

    def _head(self, status: int, kind: str, length: int, policy: str = POLICY) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the page asks often for the state of the queue."""
