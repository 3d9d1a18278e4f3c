"""Damaged tables are named, whatever their reader raises."""

from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from benchmark.core.errors import AnibenchError
from benchmark.core.tables import read_parquet


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "scores.parquet"
    pd.DataFrame({"id": [f"{number:016x}" for number in range(50)], "psnr": range(50)}).to_parquet(path)
    return path


def test_a_sound_table_is_read(table: Path) -> None:
    assert list(read_parquet(table, ["id", "psnr"]).columns) == ["id", "psnr"]


def test_any_flipped_byte_gives_a_table_or_a_message(table: Path) -> None:
    content = table.read_bytes()
    named = 0
    for place in range(0, len(content), 7):
        table.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        with suppress(AnibenchError):  # and no other kind of error
            read_parquet(table)
            continue
        named += 1
    assert named > 10


def test_missing_cut_and_foreign_tables_are_named_with_the_way_out(table: Path) -> None:
    with pytest.raises(AnibenchError, match=r"none\.parquet is missing; score again"):
        read_parquet(table.with_name("none.parquet"), way_out="score again")
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(AnibenchError, match=r"scores\.parquet cannot be read as parquet .*; score again"):
        read_parquet(table, way_out="score again")


def test_a_missing_column_is_named(table: Path) -> None:
    with pytest.raises(AnibenchError, match=r"lacks the columns ssim, fid"):
        read_parquet(table, ["psnr", "ssim", "fid"])
