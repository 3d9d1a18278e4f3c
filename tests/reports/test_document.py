"""Blocks of a report: texts in pieces, and tables with one cell per column."""

import pytest

from benchmark.results.score_table import Cell
from reports.document import Code, Details, Heading, Row, Strong, Table, join, pieces, plain, tables


def table(caption: str) -> Table:
    return Table(("a", "b"), (Row((Cell("1"), Cell("2"))),), caption)


def test_a_row_with_another_number_of_cells_than_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="Scores: each row needs 2 cells"):
        Table(("a", "b"), (Row((Cell("1"),)),), "Scores")


def test_texts_are_joined_and_read_without_markup() -> None:
    joined = join(["first", ("second ", Code("a/b")), Strong("third")], "; ")
    assert joined == ("first", "; ", "second ", Code("a/b"), "; ", Strong("third"))
    assert plain(joined) == "first; second a/b; third"
    assert pieces("word") == ("word",)
    assert join([], ", ") == ()


def test_tables_are_found_in_order_within_details() -> None:
    inner = Details("more", (table("second"), Details("most", (table("third"),))))
    found = tables((Heading(1, "Title"), table("first"), inner, table("fourth")))
    assert [each.caption for each in found] == ["first", "second", "third", "fourth"]
