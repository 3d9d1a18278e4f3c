"""Text for the terminal: control characters and bidirectional marks of records and file names are escaped."""

import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import click

Say = Callable[[str], None]  # receives a message for the user

KEPT = frozenset("\n\t")
BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(value: object) -> str:
    """The text of `value` with control characters and bidirectional marks written as escapes (`\\x1b`, `\\u202e`).

    Line feeds and tabs stay. Lone surrogates, which stand for bytes that are not UTF-8, become escapes as well.
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(letter) if _is_unsafe(letter) else letter for letter in text)


def say(value: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print `value`, escaped by `printable`; characters that the terminal's encoding lacks are replaced."""
    click.echo(printable(value), err=err, nl=nl)


def tell(value: object) -> None:
    """Print `value` on standard error, separate from the result."""
    say(value, err=True)


def replace_unencodable() -> None:
    """Have standard output and error replace characters that their encoding lacks, instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _is_unsafe(letter: str) -> bool:
    return letter not in KEPT and (letter in BIDIRECTIONAL or unicodedata.category(letter) in ("Cc", "Cs"))


def _escaped(letter: str) -> str:
    codec = "ascii" if "\ud800" <= letter <= "\udfff" else "unicode_escape"
    return letter.encode(codec, "backslashreplace").decode()
