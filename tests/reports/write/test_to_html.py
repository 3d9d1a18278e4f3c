"""Reports and leaderboards in a real browser: every column sorts, by keyboard too; nothing leaves a phone's screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.core.files import write_png, write_text
from benchmark.results.score_table import Cell
from reports.board.leaderboard import board_document, make_board
from reports.document import Block, Bullets, Code, Details, Figure, Heading, Listing, Paragraph, Row, Table
from reports.read.collect import collect
from reports.write.output import write_report
from reports.write.to_html import to_html

PHONE = 360  # CSS pixels
ROWS = (  # a name, a score with the interval beside it, words
    ("b10", 9.5, "[100.1, 200.0]", "beta"),
    ("b2", 10.25, "[1.0, 2.0]", ""),
    ("a", -1.0, "[999.0, 999.9]", "\N{EN DASH}"),
    ("c", None, "", "alpha"),
    ("d", 1000.0, "", "gamma"),
    ("e", None, "", "alpha 2"),
)
OVERFLOW = """() => [...document.querySelectorAll("body *")]
    .filter((each) => !each.parentElement.closest(".scroll, figure, pre"))
    .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .map((each) => each.tagName + ": " + each.textContent.slice(0, 60))"""
UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
COLUMN = """(table, column) => [...table.tBodies[0].rows].map((row) => row.cells[column])
    .map((cell) => [cell.dataset.value ?? null, cell.textContent.trim()])"""

COLORS = """() => [...document.querySelectorAll("p, a, td, small, sup, caption, th, pre")].map((each) => {
    let ground = each;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    return [getComputedStyle(each).color, getComputedStyle(ground).backgroundColor];
})"""


@pytest.fixture
def show(tmp_path: Path, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`show(blocks, width)`: a document as a page from disk, in a browser."""

    def opened(blocks: tuple[Block, ...], width: int = 1400) -> Any:
        write_text(tmp_path / "page.html", to_html(blocks))
        return open_page((tmp_path / "page.html").as_uri(), width)

    return opened


@pytest.fixture(scope="module")
def report(evaluated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages") / "report.html"
    write_report(collect(evaluated), out, formats=("html",))
    return out


def table(header: tuple[str, str, str] = ("method", "PSNR (dB) ↑", "remark")) -> Table:
    cells = (
        (Cell(name), Cell("not computed" if score is None else f"{score:,}", aside, score), Cell(words))
        for name, score, aside, words in ROWS
    )
    return Table(header, tuple(map(Row, cells)), words=1)


def names(page: Any) -> str:
    """The first column from top to bottom."""
    return " ".join(page.locator("tbody td:first-child").all_inner_texts())


def sorts(page: Any) -> list[str | None]:
    """What each title of the page says about the order."""
    return [head.get_attribute("aria-sort") for head in page.locator("th").all()]


def test_a_click_sorts_numbers_as_numbers_and_leaves_nothing_last(show: Callable[..., Any]) -> None:
    page = show((table(),))
    score = page.get_by_role("button", name="PSNR (dB) ↑")
    score.click()
    assert (names(page), sorts(page)) == ("d b2 b10 a c e", [None, "descending", None]), "the best on top"
    score.click()
    assert (names(page), sorts(page)) == ("a b10 b2 d c e", [None, "ascending", None])
    page.get_by_role("button", name="method").click()
    assert (names(page), sorts(page)) == ("a b2 b10 c d e", ["ascending", None, None]), "2 before 10"
    page.get_by_role("button", name="remark").click()
    assert names(page).startswith("c e b10 d")
    page.get_by_role("button", name="remark").click()
    assert names(page).startswith("d b10 e c"), "empty cells and dashes stay last"


def test_lower_is_better_starts_with_the_lowest(show: Callable[..., Any]) -> None:
    page = show((table(("method", "FID ↓", "remark")),))
    page.get_by_role("button", name="FID").click()
    assert names(page).startswith("a b10 b2 d")


def test_columns_sort_by_keyboard_and_say_so(show: Callable[..., Any]) -> None:
    page = show((table(),))
    for key, expected in (("Enter", "descending"), ("Space", "ascending")):
        page.locator("body").evaluate("() => document.activeElement.blur()")
        page.locator("th button").nth(0).focus()
        page.keyboard.press("Tab")
        page.keyboard.press(key)
        assert sorts(page) == [None, expected, None]
        shown = page.locator("th button").nth(1).evaluate("(each) => getComputedStyle(each, '::after').content")
        assert shown.strip('"').strip() == {"descending": "▾", "ascending": "▴"}[expected]
    outline = page.locator("th button").nth(1).evaluate("(each) => getComputedStyle(each).outlineStyle")
    assert outline == "solid", "the focus can be seen"


def test_every_column_of_a_report_sorts(report: Path, open_page: Callable[..., Any]) -> None:
    page = open_page(report.as_uri())
    page.evaluate(UNFOLD)
    clicked = 0
    for each in page.locator("table").all():
        for column, button in enumerate(each.locator("th button").all()):
            for _ in range(2):
                button.click()
                down = each.locator("th").nth(column).get_attribute("aria-sort") == "descending"
                cells = each.evaluate(COLUMN, column)
                values = [float(value) for value, _ in cells if value is not None]
                assert values == sorted(values, reverse=down)
                kinds = [0 if value is not None else 2 if text in ("", "\N{EN DASH}") else 1 for value, text in cells]
                assert kinds == sorted(kinds), "numbers, words, nothing"
                clicked += 1
    assert clicked > 100
    fetched = page.evaluate("() => performance.getEntriesByType('resource').map((each) => each.name)")
    assert [name for name in fetched if not name.startswith("data:")] == []


def test_nothing_leaves_the_screen_of_a_phone(
    show: Callable[..., Any], open_page: Callable[..., Any], report: Path, evaluated: Path, tmp_path: Path
) -> None:
    page = open_page(report.as_uri(), PHONE)
    page.evaluate(UNFOLD)
    assert page.evaluate(OVERFLOW) == []
    page = show(board_document(make_board([evaluated]), tmp_path), PHONE)
    assert page.evaluate(OVERFLOW) == []
    long = "a" * 150
    write_png(tmp_path / "wide.png", np.zeros((10, 1500, 3), np.uint8))
    row = Row((Cell(long, long, marks=(long,)), Cell(long), Cell(long, value=1)))
    inside = (
        Heading(3, long), Paragraph((long, Code(long))), Bullets(((long, Code(long)),)), Listing(long),
        Table((long, long, long), (row,), long, words=2, notes=(long,)), Figure(tmp_path / "wide.png", long),
    )  # fmt: skip
    page = show((Heading(1, long), Heading(2, long), *inside, Heading(2, long), Details(long, inside)), PHONE)
    page.evaluate(UNFOLD)
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_in_light_and_dark(show: Callable[..., Any], scheme: str) -> None:
    rows = tuple(Row((Cell("a", "b", marks=("c",)),), emphasis) for emphasis in ("", "floor", "claim"))
    page = show((Paragraph("https://example.org/"), Table(("x",), rows, "y", notes=("z",)), Listing("l")))
    page.emulate_media(color_scheme=scheme)
    pairs = page.evaluate(COLORS)
    assert len(pairs) > 12
    for text, ground in pairs:
        light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)  # WCAG 2.2, 1.4.3
    assert (luminance(pairs[0][1]) > 0.5) == (scheme == "light")


def luminance(color: str) -> float:
    """The relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_printed_page_shows_what_is_folded(show: Callable[..., Any]) -> None:
    page = show((Details("folded", (Paragraph("inside"),)),))
    assert not page.get_by_text("inside").is_visible()
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_text("inside").is_visible()
