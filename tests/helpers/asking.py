"""The page of `anibench ui` in tests: a method that waits, requests to the server, and what its files hold."""

import http.client
import io
import json
import struct
import threading
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import PIL.Image
from toys import Tint


class Held(Tint):
    """Waits before each picture until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def colorize(self, *arguments: Any) -> Any:
        assert self.go.wait(60)
        return super().colorize(*arguments)


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of a request; `X_Anibench="right"` is replaced by the page's token."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        if named.get("X-Anibench") == "right":
            page = ask(port, "GET", "/")[1].decode()
            named["X-Anibench"] = page.partition('token" content="')[2].partition('"')[0]
        client.request(method, path, body, named)
        answer = client.getresponse()
        return answer.status, answer.read()


def fill(page: Any, desk: Path, line: str = "drawings/wide.png") -> None:
    """Give the page the line and the reference of `drawings.write_desk`."""
    page.set_input_files("#line input[type=file]", str(desk / line))
    page.set_input_files("#reference input[type=file]", str(desk / "face.png"))
    page.wait_for_selector("#paint:not([disabled])")


def chunks_of(path: Path) -> tuple[list[bytes], dict[str, Any]]:
    """The chunks of a PNG but for its text, and its record without the hash of the drawing's path."""
    content, at, found = path.read_bytes(), 8, []
    while at < len(content):
        size = struct.unpack(">I", content[at : at + 4])[0] + 12
        found.append(content[at : at + size])
        at += size
    record = json.loads(PIL.Image.open(path).info["anibench"])
    assert record.pop("place")
    return [chunk for chunk in found if chunk[4:8] not in (b"tEXt", b"iTXt", b"zTXt")], record


def layers_of(path: Path) -> dict[str, Any]:
    """The pictures in an OpenRaster file."""
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        return {name: np.asarray(PIL.Image.open(io.BytesIO(archive.read(name)))) for name in names}


def huge_png() -> bytes:
    """A picture that says it has 60,000 x 60,000 px."""
    chunks = [b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0), b"IDAT" + zlib.compress(bytes(1000))]
    framed = (struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)
