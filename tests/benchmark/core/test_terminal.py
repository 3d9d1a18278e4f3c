"""Text of records cannot steer the terminal."""

import io
import sys

import pytest

from benchmark.core.terminal import printable, replace_unencodable, say


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, 漢字 ✓", "plain, é, 漢字 ✓"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),
        ("\r\x07\x08", r"\r\x07\x08"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("\u2066x\u2069\u200f", r"\u2066x\u2069\u200f"),
        ("caf\udce9", r"caf\udce9"),
    ],
)
def test_control_characters_and_bidirectional_marks_become_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_say_prints_the_printable_form(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b]0;title\x07")
    say("b\u202e", err=True)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("a\\x1b]0;title\\x07\n", "b\\u202e\n")


def test_characters_that_the_encoding_lacks_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    replace_unencodable()
    say("PSNR ↑")
    sys.stdout.flush()
    assert raw.getvalue().split() == [b"PSNR", b"?"]
