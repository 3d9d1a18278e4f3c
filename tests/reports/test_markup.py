"""File names and LaTeX text from any text."""

import re

import pytest

from reports.markup import html_text, latex_text, slug


@pytest.mark.parametrize("text", ["../../etc", "A b/c", "", "ünï", "..."])
def test_a_slug_is_a_plain_file_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", slug(text))


def test_latex_and_html_text_hold_no_markup() -> None:
    assert latex_text("50 % of a_b & c") == r"50 \% of a\_b \& c"
    assert latex_text("--\n漢") == r"-{}- {[}U+6F22{]}"
    assert html_text("<b>\n&") == "&lt;b&gt; &amp;"
