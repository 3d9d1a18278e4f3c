"""Text from users in HTML and LaTeX, and in file names: shown literally, never as markup."""

import html
import re

from benchmark.core.markup import one_line

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
LATIN = range(0xC0, 0x180)  # letters that pdflatex sets


def html_text(value: object) -> str:
    """Any value as one line of text inside an HTML tag, where markdown is not read."""
    return html.escape(one_line(value))


def latex_text(value: object) -> str:
    """Any value as one line of literal LaTeX text that pdflatex sets; other letters by their code point."""
    line = one_line(value)
    after = (*line[1:], "")
    dashes = ("-", DASH)  # TeX draws two hyphens as one dash
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
