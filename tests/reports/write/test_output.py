"""Every format says the same, is whole, and shows names from users as they are."""

import csv
import html.parser
import io
import json
from pathlib import Path

from hypothesis import given, settings
from reporting import NASTY

from benchmark.core.files import read_json
from benchmark.core.markup import csv_cell, one_line
from benchmark.results.score_table import Cell
from reports.document import Code, Details, Heading, Listing, Paragraph, Row, Strong, Table
from reports.read.collect import collect
from reports.write.output import write_report
from reports.write.to_html import to_html


class Tags(html.parser.HTMLParser):
    """The tags of a page, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def page(name: str) -> Tags:
    table = Table((name, "x"), (Row((Cell(name, name, marks=(name,)), Cell("1", value=1.5))),), name, notes=(name,))
    blocks = (Heading(1, name), Heading(2, name), Paragraph((name, Code(name), Strong(name))), table, Listing(name))
    found = Tags()
    found.feed(to_html((*blocks, Details(name, (Paragraph(name),)))))
    return found


@given(NASTY)
@settings(deadline=None, max_examples=60)
def test_html_shows_any_name_and_gains_no_tag(name: str) -> None:
    tags = page(name)
    assert tags.tags == page("plain").tags
    assert not [key for key, _ in tags.attributes if key.startswith("on")]
    shown = one_line(tags.text)
    assert one_line(name) in shown
    assert shown.count(one_line(name)) >= 10, "in every place it was put"


@given(NASTY)
@settings(deadline=None, max_examples=200)
def test_no_csv_cell_starts_a_formula(name: str) -> None:
    cell = csv_cell(name)
    assert not str(cell).startswith(("=", "+", "-", "@", "\t", "\r", "|", "%"))
    assert csv_cell(-1.5) == -1.5, "numbers stay numbers"


def test_the_page_needs_nothing_else(files: dict[str, Path]) -> None:
    tags = Tags()
    text = files["html"].read_text("utf-8")
    tags.feed(text)
    sources = [value or "" for key, value in tags.attributes if key in ("src", "href")]
    assert any(source.startswith("data:image/webp") for source in sources)
    assert all(source.startswith(("data:", "#", "https://github.com/", "https://nvlabs")) for source in sources)
    assert "@import" not in text
    assert "url(" not in text
    assert tags.tags.count("h1") == 1


def test_csv_and_json_hold_the_numbers_of_the_score_cards(files: dict[str, Path], evaluated: Path) -> None:
    card = read_json(evaluated / "eval/self-ref-v1/tint.a/scorecard.json")
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text("utf-8"))))
    row = next(
        r for r in rows if (r["row"], r["metric"], r["slice"], r["protocol"]) == ("tint.a", "psnr", "", "self-ref-v1")
    )
    assert float(row["value"]) == card["images"]["psnr"]["mean"]
    assert float(row["low"]) == card["images"]["psnr"]["low"]
    facts = json.loads(files["json"].read_text("utf-8"))
    assert card in [each["card"] for table in facts["tables"] for each in table["rows"]]
    assert all(
        0 <= test["adjusted"] <= 1 for table in facts["tables"] for m in table["paired_tests"].values() for test in m
    )


def test_the_same_runs_give_the_same_bytes(files: dict[str, Path], evaluated: Path, tmp_path: Path) -> None:
    _, again = write_report(collect(evaluated), tmp_path / "report.md", formats=tuple(files))
    assert [path.read_bytes() for path in again[:5]] == [path.read_bytes() for path in files.values()]
