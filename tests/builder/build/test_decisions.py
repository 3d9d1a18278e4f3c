"""Decisions of a human: the CSV is read with suspicion, and moved crops come from the source."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.core.errors import AnibenchError
from benchmark.core.files import sha256_bytes
from builder.build.decisions import COLUMNS, Decision, moved_square, read_decisions
from builder.core.recipe import resolve_recipe
from builder.faces.crop import Square

ONE, TWO = "00112233445566aa", "ffeeddccbbaa9988"
HEADER = "id,decision,dx,dy,scale\n"


def read(tmp_path: Path, content: str | bytes) -> dict[str, Decision]:
    path = tmp_path / "decisions.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return dict(read_decisions(path).by_id)


def test_a_file_as_the_page_saves_it(tmp_path: Path) -> None:
    content = f"{HEADER}{ONE},reject,0,0,1\n{TWO},adjust,-0.0313,0.0625,1.05\n"
    assert read(tmp_path, content) == {
        ONE: Decision(ONE, "reject"),
        TWO: Decision(TWO, "adjust", -0.0313, 0.0625, 1.05),
    }
    assert read_decisions(tmp_path / "decisions.csv").sha256 == sha256_bytes(content.encode())


def test_line_ends_quotes_and_marks_of_a_spreadsheet_are_taken(tmp_path: Path) -> None:
    content = f'\ufeff{HEADER}"{ONE}","accept",0,0,1\n\n{ONE},accept,0,0,1\n'.replace("\n", "\r\n")
    assert read(tmp_path, content) == {ONE: Decision(ONE, "accept")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a decisions file"),
        ("id,decision\n", "first line must be id,decision,dx,dy,scale"),
        (f"{HEADER}{ONE},reject,0,0\n", r"line 2: 4 values"),
        (f"{HEADER}../../etc/passwd,reject,0,0,1\n", "not a sample id"),
        (f"{HEADER}{ONE.upper()},reject,0,0,1\n", "not a sample id"),
        (f"{HEADER}{ONE},delete,0,0,1\n", "'delete' is not a decision; use accept, reject, adjust"),
        (f"{HEADER}{ONE},adjust,a,0,1\n", "not three numbers"),
        (f"{HEADER}{ONE},adjust,nan,0,1\n", "allowed: -1..1"),
        (f"{HEADER}{ONE},adjust,0,1e308,1\n", "allowed: -1..1"),
        (f"{HEADER}{ONE},adjust,0,0,0\n", "allowed: -1..1"),
        (f"{HEADER}{ONE},accept,0,0,1\n{ONE},reject,0,0,1\n", "line 3.*two different decisions"),
        (f'{HEADER}"{ONE}', "not a CSV file"),
        (b"\xff\xfe\x00i", "not a CSV file"),
        (f"{HEADER}{'x' * 200_000},reject,0,0,1\n", "not a CSV file"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(AnibenchError, match=f"decisions.csv.*{said}"):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"none\.csv cannot be read"):
        read_decisions(tmp_path / "none.csv")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(content=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: (HEADER + text).encode())))
def test_any_bytes_are_decisions_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "decisions.csv"
    path.write_bytes(content)
    try:
        found = len(read_decisions(path).by_id)
    except AnibenchError:
        found = 0
    assert found <= content.count(b"\n") + content.count(b"\r") + 1


def test_the_columns_are_those_of_the_page() -> None:
    script = Path(__file__).parents[3] / "builder" / "check" / "review_page" / "review.js"
    assert f'const HEADER = "{",".join(COLUMNS)}";' in script.read_text("utf-8")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    dx=st.floats(-1, 1), dy=st.floats(-1, 1), scale=st.floats(0.5, 2), size=st.integers(256, 900),
    x=st.integers(0, 100), y=st.integers(0, 100),
)  # fmt: skip
def test_a_moved_crop_stays_in_the_picture(dx: float, dy: float, scale: float, size: int, x: int, y: int) -> None:
    width, height = 1000, 1100
    square = moved_square(Square(x, y, size), Decision(ONE, "adjust", dx, dy, scale), width, height, RECIPE)
    assert square.size >= 256
    assert min(square.x, square.y) >= 0
    assert square.x + square.size <= width
    assert square.y + square.size <= height


RECIPE = resolve_recipe(None, [])


def test_a_move_is_in_sides_of_the_crop_and_about_its_centre() -> None:
    moved = moved_square(Square(100, 200, 400), Decision(ONE, "adjust", 0.25, -0.125, 1.5), 2000, 2000, RECIPE)
    assert moved == Square(100 + 200 + 100 - 300, 200 + 200 - 50 - 300, 600)
    padded = resolve_recipe(None, ["crop.pad=true"])
    out = moved_square(Square(0, 0, 400), Decision(ONE, "adjust", -0.5, 0, 1), 500, 500, padded)
    assert out == Square(-200, 0, 400)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfid,decision,dx,dy,scale\r\n0123456789abcdef,adjust,0.5,0,1\r\n",
        b"\xef\xbb\xbfid;decision;dx;dy;scale\r\n0123456789abcdef;adjust;0,5;0;1\r\n",
        b"id,decision,dx,dy,scale,,\r\n0123456789abcdef, adjust ,0.5,0,1,,\r\n,,,,\r\n",
    ],
)
def test_files_as_spreadsheets_save_them_are_read(tmp_path: Path, content: bytes) -> None:
    (decision,) = read(tmp_path, content).values()
    assert (decision.decision, decision.dx) == ("adjust", 0.5)
