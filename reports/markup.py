"""Text from users in markdown: names, paths and errors are shown as they are and never act as markup."""

import html
import re

SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")  # with & < > all that acts within a line on GitHub
AT_START = re.compile(r"^(\d*)(-|[+.)](?=\s|$))")  # would start a list or a rule
URL = re.compile(r"(https?://[a-z0-9][a-z0-9.-]*(?:/[\w./+=-]*)?(?<=[a-z0-9/]))", re.ASCII)  # plain ones


class Markdown(str):
    """Text that is markdown already and goes into a template as it is."""

    __slots__ = ()


def escape(value: object) -> Markdown:
    """Any value as one line of literal markdown text, safe in a table cell; `Markdown` is handed through."""
    if isinstance(value, Markdown):
        return value
    line = " ".join(str(value).split())
    parts = URL.split(line)  # text, URL, text, ...
    parts[::2] = [_escape_text(part) for part in parts[::2]]
    parts[1::2] = [f"<{url}>" for url in parts[1::2]]  # backslashes would break the address
    return Markdown(AT_START.sub(r"\1\\\2", "".join(parts)))


def code(value: object) -> Markdown:
    """A value as one line of inline code, safe in a table cell too."""
    line = " ".join(str(value).split())
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return Markdown(f"{ticks}{pad}{line}{pad}{ticks}".replace("|", "\\|"))


def fence(value: object, language: str = "") -> Markdown:
    """Any text as a code block."""
    text = str(value)
    ticks = "`" * max(3, _longest_run(text) + 1)
    return Markdown(f"{ticks}{language}\n{text}\n{ticks}")


def html_text(value: object) -> Markdown:
    """Any value as one line of text inside an HTML tag, where markdown is not read."""
    return Markdown(html.escape(" ".join(str(value).split())))


def slug(text: str) -> str:
    """`text` as part of a file name: lower-case letters, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "unnamed"


def _escape_text(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", plain)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
