"""Text from users never acts as markup, whatever it is."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from benchmark.core.markup import Markdown, code, csv_cell, escape, fence, in_words

READER = MarkdownIt("gfm-like", {"linkify": False, "html": True})
PIECES = [*"ab1 `*_[]()<>&|\\~$#!-+.=\n\"'{}:/@", "https://a.b/c_d", "http://", "https://x"]
NASTY = st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join).filter(str.strip)


def shown(markdown: str) -> str:
    """What a reader sees, without tags."""
    return html.unescape(re.sub(r"<[^>]*>", "", READER.render(markdown))).strip()


@given(NASTY)
@settings(deadline=None, max_examples=300)
def test_escaped_text_is_shown_as_it_is_in_a_list_and_a_table(text: str) -> None:
    plain = " ".join(text.split())
    rendered = READER.render(f"- {escape(text)}")
    assert shown(f"- {escape(text)}") == plain
    assert set(re.findall(r"<(\w+)", rendered)) <= {"ul", "li", "a"}
    table = READER.render(f"| a | b |\n| --- | --- |\n| x{escape(text)} | end |")
    cells = re.findall(r"<td>(.*?)</td>", table, re.S)
    assert [html.unescape(re.sub(r"</?a[^>]*>", "", cell)) for cell in cells] == [f"x{plain}", "end"]


@given(NASTY)
@settings(deadline=None, max_examples=300)
def test_inline_code_shows_its_content(text: str) -> None:
    plain = " ".join(text.split())
    table = READER.render(f"| a |\n| --- |\n| {code(text)} |")
    found = re.search(r"<td><code>(.*)</code></td>", table, re.S)
    assert found is not None
    assert html.unescape(found.group(1)).strip() == plain


def test_addresses_stay_whole() -> None:
    assert escape("get https://a.b/c_d_e.pth, then") == "get <https://a.b/c_d_e.pth>, then"


def test_a_fence_holds_any_fence() -> None:
    text = "```\n````\n<b>"
    assert (
        html.unescape(READER.render(fence(text, "json"))) == f'<pre><code class="language-json">{text}\n</code></pre>\n'
    )


def test_markdown_is_handed_through() -> None:
    ready = Markdown("*as is*")
    assert escape(ready) is ready


def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe() -> None:
    assert [csv_cell(text) for text in ("=1", "|x", "%y")] == ["'=1", "'|x", "'%y"]
    assert [csv_cell(text) for text in ("a=1", "two\nlines")] == ["a=1", "two\nlines"]
    assert [csv_cell(value) for value in (None, -1, 2.5)] == [None, -1, 2.5]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("a name", "a name"), ("=1+1", "'=1+1"), ("  =1+1", "  '=1+1"), ("@x", "'@x"), ("-2+3", "'-2+3"),
        ("x;=1+1", "x;'=1+1"), ("x\n=1+1", "x\n'=1+1"), ("a-b, c=d", "a-b, c=d"), (-1.5, -1.5), (None, None),
    ],
)  # fmt: skip
def test_no_text_of_a_csv_cell_acts_as_a_formula(value: object, cell: object) -> None:
    assert csv_cell(value) == cell


def test_names_are_joined() -> None:
    assert [in_words(names) for names in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a, b and c"]
