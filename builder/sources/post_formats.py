"""Reading files of posts: JSON lines, a JSON array, one JSON object, CSV and parquet.

Every format but parquet may be compressed (gz, xz, bz2). Memory holds one post, or one batch of a parquet file.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from benchmark.core.errors import AnibenchError
from benchmark.core.files import parse_json

MAX_LINE = 16 * 2**20  # bytes of one post; the longest true posts have some tens of KB
CHUNK = 2**20  # characters of an array that are read at once
ROWS = 1000  # of a parquet file that are held at once
PACKED: dict[str, Callable[[Any], Any]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
TABLE_SUFFIXES = (".csv", ".parquet")
_GAP = re.compile(r"[\s,\[\]\ufeff]*")  # between the values of an array, or of several objects in a row
_NEXT = re.compile(r"\n\s*\{")  # where the next value may begin after a damaged one


@dataclass(frozen=True)
class BadLine:
    """A line (in CSV and parquet: a row) that is not a post; line 0 is the whole file."""

    file: str
    line: int
    why: str


RawPost = tuple[int, Any]  # the line or row, and what stands there


def unpacked(name: str) -> str:
    """The name without the suffix of a compressed file: `a.json` for `a.json.gz`."""
    return name.rpartition(".")[0] if Path(name).suffix.lower() in PACKED else name


def inner_suffix(name: str) -> str:
    """The suffix in lower case, without the suffix of a compressed file: `.json` for `a.json.gz`."""
    return Path(unpacked(name)).suffix.lower()


def read_values(name: str, open_file: Callable[[], BinaryIO]) -> Iterator[RawPost | BadLine]:
    """Yield (line or row, raw post) for each post of a file, or a BadLine.

    The suffix of `name` gives the format; the beginning of a JSON file gives its layout. Without suffix: JSON lines.
    """
    readers = {".csv": _csv_rows, ".parquet": _parquet_rows}
    unpack = PACKED.get(Path(name).suffix.lower())
    read = readers.get(inner_suffix(name), _json)
    try:
        for place, value in read(lambda: open_file() if unpack is None else unpack(open_file())):
            yield BadLine(name, place, str(value)) if isinstance(value, ValueError) else (place, value)
    except (OSError, EOFError, lzma.LZMAError, ValueError, csv.Error) as error:  # pyarrow's errors are ValueErrors
        yield BadLine(name, 0, f"the rest of the file cannot be read: {error}")


def _csv_rows(open_file: Callable[[], BinaryIO]) -> Iterator[RawPost]:
    with open_file() as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        for number, row in enumerate(csv.DictReader(text), start=1):
            yield number, {key: value for key, value in row.items() if value not in (None, "")}


def _parquet_rows(open_file: Callable[[], BinaryIO]) -> Iterator[RawPost]:
    import pyarrow.parquet as pq

    with open_file() as file, pq.ParquetFile(file) as table:
        rows = (row for batch in table.iter_batches(batch_size=ROWS) for row in batch.to_pylist())
        for number, row in enumerate(rows, start=1):
            yield number, {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    """Convert dates to text and NaN to None."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return None if isinstance(value, float) and value != value else value


def _json(open_file: Callable[[], BinaryIO]) -> Iterator[RawPost]:
    with open_file() as file:
        one_a_line = _is_one_a_line(file)
    with open_file() as file:
        yield from _json_lines(file) if one_a_line else _json_values(file)


def _is_one_a_line(file: BinaryIO) -> bool:
    """Whether the first post fills the first line, after a line with `[` alone; text that is no JSON counts too."""
    for _ in range(3):
        text = _line_text(file.readline(MAX_LINE))
        if text not in (b"", b"["):
            break
    try:
        return not isinstance(parse_json(text, "it"), list)
    except AnibenchError:
        return not text.startswith((b"{", b"["))


def _line_text(line: bytes) -> bytes:
    return line.strip().removeprefix(b"\xef\xbb\xbf").rstrip(b",")


def _json_lines(file: BinaryIO) -> Iterator[RawPost]:
    for number, line in enumerate(_lines(file), start=1):
        text = None if line is None else _line_text(line)
        if text not in (b"", b"[", b"]"):  # brackets stand alone in an array with one post a line
            yield number, _line_value(text)


def _line_value(text: bytes | None) -> Any:
    if text is None:
        return ValueError(f"it has more than {MAX_LINE} bytes; each line must hold one post")
    try:
        return parse_json(text.decode(), "it")
    except UnicodeDecodeError:
        return ValueError("it is not UTF-8")
    except AnibenchError as error:
        return ValueError(str(error))


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines, one in memory at a time; None for a line that is too long to be a post."""
    while line := file.readline(MAX_LINE):
        whole = len(line) < MAX_LINE or line.endswith(b"\n")
        yield line if whole else None
        while not whole:
            line = file.readline(MAX_LINE)
            whole = len(line) < MAX_LINE or line.endswith(b"\n")


def _json_values(file: BinaryIO) -> Iterator[RawPost]:
    """The objects of an array, or of consecutive indented objects, on any number of lines."""
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace")
    decode = json.JSONDecoder().raw_decode
    buffer, at, line = "", 0, 1
    while True:
        gap = _GAP.match(buffer, at)
        start = at if gap is None else gap.end()
        line, at = line + buffer.count("\n", at, start), start
        if at == len(buffer):
            buffer, at = text.read(CHUNK), 0
            if not buffer:
                return
            continue
        try:
            value, end = decode(buffer, at)
        except (ValueError, RecursionError) as error:
            more = text.read(max(CHUNK, len(buffer) - at)) if len(buffer) - at < MAX_LINE else ""
            if more:
                buffer, at = buffer[at:] + more, 0
                continue
            yield line, ValueError(f"it cannot be read as JSON: {error}")
            following = _NEXT.search(buffer, at)
            end = len(buffer) if following is None else following.start()
        else:
            yield line, value
        line, at = line + buffer.count("\n", at, end), end
