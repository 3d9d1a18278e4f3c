"""Text from users in markdown, HTML, LaTeX and CSV: names, paths and errors are shown as they are, never as markup."""

import html
import re
import unicodedata

SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")  # with & < > all that acts within a line on GitHub
AT_START = re.compile(r"^(\d*)((?<!\d)-|[+.)](?=\s|$))")  # would start a list or a rule
URL = re.compile(r"(https?://[a-z0-9][a-z0-9.-]*(?:/[\w./+=-]*)?(?<=[a-z0-9/]))", re.ASCII)  # plain ones
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")  # a spreadsheet may run what starts so
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}",
    "[": "{[}", "]": "{]}", "*": "{*}", "†": r"\textdagger{}", "‡": r"\textdaggerdbl{}",
    "±": r"$\pm$", MINUS: "$-$", "Δ": r"$\Delta$", "≤": r"$\leq$", "≥": r"$\geq$",
    "↑": r"$\uparrow$", "↓": r"$\downarrow$", "∞": r"$\infty$", "→": r"$\rightarrow$", "²": r"$^2$",
    "°": r"\textdegree{}", "§": r"\S{}", DASH: "--", "·": r"$\cdot$", "…": r"\ldots{}",
}  # fmt: skip
LATIN = range(0xC0, 0x180)  # letters that pdflatex knows


class Markdown(str):
    """Text that is markdown already and goes into a template as it is."""

    __slots__ = ()


def escape(value: object) -> Markdown:
    """Any value as one line of literal markdown text, safe in a table cell; `Markdown` is handed through."""
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


def html_text(value: object) -> str:
    """Any value as one line of text inside an HTML tag, where markdown is not read."""
    return html.escape(one_line(value))


def latex_text(value: object) -> str:
    """Any value as one line of literal LaTeX text that pdflatex sets; letters it does not know by their code point."""
    line = one_line(value)
    after = (*line[1:], "")
    dashes = ("-", DASH)  # TeX draws two hyphens as one dash
    return "".join(
        _latex_letter(letter) + ("{}" if letter == "-" and following in dashes else "")
        for letter, following in zip(line, after, strict=False)
    )


def csv_cell(value: object) -> object:
    """A value for a CSV file: numbers stay numbers, text that a spreadsheet might run gets an apostrophe in front."""
    if value is None or isinstance(value, int | float):
        return value
    line = one_line(value)
    return f"'{line}" if line.startswith(FORMULA) else line


def slug(text: str) -> str:
    """`text` as part of a file name: lower-case letters, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "unnamed"


def one_line(value: object) -> str:
    """A value's text with every run of white space as one blank, and no control character."""
    line = " ".join(str(value).split())
    return "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cs"))


def _latex_letter(letter: str) -> str:
    if letter in LATEX:
        return LATEX[letter]
    return letter if ord(letter) < 0x7F or ord(letter) in LATIN else f"{{[}}U+{ord(letter):04X}{{]}}"


def _escape_text(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return SPECIAL.sub(r"\\\1", plain)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
