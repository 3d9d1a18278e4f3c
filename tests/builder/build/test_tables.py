"""The two tables of a dataset: equal rows give equal bytes, and a crop square is read back."""

from pathlib import Path

import pyarrow.parquet as pq

from builder.build.tables import DROPPED, LINE_NOTE, MANIFEST, dropped_row, manifest_schema, row_square, write_table
from builder.core.recipe import resolve_recipe
from builder.faces.crop import Square
from builder.faces.examine import Drop


def test_equal_rows_give_equal_bytes_and_are_read_back(tmp_path: Path) -> None:
    drops = [
        Drop("a.png", "no-face", "a.png: none"),
        Drop("b.png", "duplicate", "b.png", (0.0, 1.0, 2.0, 3.0), "f" * 16),
    ]
    for name in ("one", "two"):
        write_table(tmp_path / name, map(dropped_row, drops), DROPPED)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert pq.read_table(tmp_path / "one").to_pylist() == [dropped_row(drop) for drop in drops]


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "empty", [], MANIFEST)
    assert pq.read_schema(tmp_path / "empty").names == MANIFEST.names


def test_imported_lines_have_a_note() -> None:
    assert manifest_schema(resolve_recipe(None, [])) == MANIFEST
    assert LINE_NOTE.name in manifest_schema(resolve_recipe(None, ["lines.origin=source"])).names


def test_a_rows_square_is_whole_px_and_keeps_its_angle() -> None:
    assert row_square({"crop_x": 3.0, "crop_y": -4, "crop_size": 256, "crop_angle": 1.5}) == Square(3, -4, 256, 1.5)
