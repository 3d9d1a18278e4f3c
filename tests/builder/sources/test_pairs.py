"""Pairs of files of one stem: found in any format, and refused by name."""

import shutil
from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from builder.sources.pairs import find_pairs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind in ("color", "line"):
        (tmp_path / kind).mkdir()
        for number in range(3):
            (tmp_path / kind / f"{number}.png").write_bytes(b"")
    return tmp_path


def test_pairs_are_found_by_stem_whatever_their_format(folder: Path) -> None:
    (folder / "color" / "0.png").rename(folder / "color" / "0.webp")
    assert [(c.name, line.name) for c, line in find_pairs(folder)] == [
        ("0.webp", "0.png"), ("1.png", "1.png"), ("2.png", "2.png"),
    ]  # fmt: skip


def test_pairs_that_do_not_match_are_refused_by_name(folder: Path) -> None:
    (folder / "line" / "1.png").rename(folder / "line" / "9.png")
    with pytest.raises(AnibenchError, match=r"1 in color/ without a partner .* in line/: 1\.png"):
        find_pairs(folder)
    shutil.copy(folder / "color" / "0.png", folder / "color" / "0.jpg")
    with pytest.raises(AnibenchError, match=r"0\.png and 0\.jpg have the same stem"):
        find_pairs(folder)
    (folder / "color" / "0.jpg").unlink()
    shutil.rmtree(folder / "line")
    with pytest.raises(AnibenchError, match=r"line is missing"):
        find_pairs(folder)
