"""Text from users in markdown and CSV files: names, paths and errors are shown literally, never as markup."""

import re
import unicodedata
from collections.abc import Iterable

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")  # with & < >: all markup within a line on GitHub
AT_START = re.compile(r"^(\d*)((?<!\d)-|[+.)](?=\s|$))")  # starts a list or a rule
URL = re.compile(r"(https?://[a-z0-9][a-z0-9.-]*(?:/[\w./+=-]*)?(?<=[a-z0-9/]))", re.ASCII)  # plain addresses
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")  # a spreadsheet may run text that starts with one of these
LATER_FORMULA = re.compile(r"(^[ ]+|[;\t\r\n]\s*)(?=[=+\-@|%])")


class Markdown(str):
    """Text that is already markdown, which `escape` leaves unchanged."""

    __slots__ = ()


def escape(value: object) -> Markdown:
    """Any value as one line of literal markdown text, safe in a table cell; `Markdown` is returned unchanged."""
    if isinstance(value, Markdown):
        return value
    parts = URL.split(one_line(value))  # text, URL, text, ...
    parts[::2] = [_escape_text(part) for part in parts[::2]]
    parts[1::2] = [f"<{url}>" for url in parts[1::2]]  # backslashes would break the address
    return Markdown(AT_START.sub(r"\1\\\2", "".join(parts)))


def code(value: object) -> Markdown:
    """A value as one line of inline code, safe in a table cell too."""
    line = one_line(value)
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return Markdown(f"{ticks}{pad}{line}{pad}{ticks}".replace("|", "\\|"))


def fence(value: object, language: str = "") -> Markdown:
    """Any text as a code block."""
    text = str(value)
    ticks = "`" * max(3, _longest_run(text) + 1)
    return Markdown(f"{ticks}{language}\n{text}\n{ticks}")


def csv_cell(value: object) -> object:
    """A value for a CSV file. Numbers stay numbers; text that a spreadsheet may run as a formula gets an apostrophe.

    The apostrophe is also set before a formula after blanks, a semicolon, a tab or a line end, where some spreadsheets
    start a new cell.
    """
    if value is None or isinstance(value, int | float):
        return value
    text = LATER_FORMULA.sub(r"\1'", str(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def in_words(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; empty for no name."""
    listed = list(names)
    return " and ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))


def one_line(value: object) -> str:
    """The text of a value with each run of white space as one blank, without control characters."""
    line = " ".join(str(value).split())
    return "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cs"))


def _escape_text(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", plain)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
