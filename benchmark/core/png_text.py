"""Text chunks of PNG files, which hold a record inside the picture's file."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_regular

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_END = 33  # bytes: the signature and the chunk IHDR, after which a text chunk may stand


def with_png_text(content: bytes, text: Mapping[str, str]) -> bytes:
    """`content`, a PNG file, with a text chunk for each of `text`; keys and values are ASCII."""
    chunks = b"".join(
        _chunk(b"tEXt", key.encode("ascii") + b"\0" + value.encode("ascii")) for key, value in text.items()
    )
    return content[:HEADER_END] + chunks + content[HEADER_END:]


def read_png_text(path: Path) -> dict[str, str]:
    """The text chunks of a PNG file; raises AnibenchError that names the file when it is not a complete PNG."""
    content = read_regular(path)
    if not content.startswith(SIGNATURE):
        raise AnibenchError(f"{path} is not a PNG")
    found: dict[str, str] = {}
    place = len(SIGNATURE)
    while place + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind, value = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        if kind == b"IEND":
            return found
        if kind == b"tEXt":
            key, _, text = value.partition(b"\0")
            found[key.decode("latin-1")] = text.decode("latin-1")
        place += length + 12
    raise AnibenchError(f"{path} is not a complete PNG")


def _chunk(kind: bytes, value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + kind + value + struct.pack(">I", zlib.crc32(kind + value))
