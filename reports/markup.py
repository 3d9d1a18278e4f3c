"""Escape text for HTML and LaTeX, and make file names of it, so that no text acts as markup."""

import html
import re

from benchmark.core.markup import DASH, MINUS, one_line

LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}",
    "[": "{[}", "]": "{]}", "*": "{*}", "†": r"\textdagger{}", "‡": r"\textdaggerdbl{}",
    "±": r"$\pm$", MINUS: "$-$", "Δ": r"$\Delta$", "≤": r"$\leq$", "≥": r"$\geq$",
    "↑": r"$\uparrow$", "↓": r"$\downarrow$", "∞": r"$\infty$", "→": r"$\rightarrow$", "²": r"$^2$",
    "°": r"\textdegree{}", "§": r"\S{}", DASH: "--", "·": r"$\cdot$", "…": r"\ldots{}",
}  # fmt: skip
LATIN = range(0xC0, 0x180)  # letters that pdflatex can print


def html_text(value: object) -> str:
    """Any value as one line of escaped text for use inside an HTML tag, where markdown is not parsed."""
    return html.escape(one_line(value))


def latex_text(value: object) -> str:
    """Any value as one line of escaped LaTeX for pdflatex; other letters are written as their code points."""
    line = one_line(value)
    after = (*line[1:], "")
    dashes = ("-", DASH)  # TeX prints two hyphens as one dash
    return "".join(
        _latex_letter(letter) + ("{}" if letter == "-" and following in dashes else "")
        for letter, following in zip(line, after, strict=False)
    )


def slug(text: str) -> str:
    """`text` as part of a file name: lower-case letters, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "unnamed"


def _latex_letter(letter: str) -> str:
    if letter in LATEX:
        return LATEX[letter]
    return letter if ord(letter) < 0x7F or ord(letter) in LATIN else f"{{[}}U+{ord(letter):04X}{{]}}"
