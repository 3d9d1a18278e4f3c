"""Colorizing one's own drawings: sizes, names, what is kept, and what is refused."""

import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawings import drawing, run, write_desk
from toys import Tint, register, write_training_run

from benchmark.colorizing.colored_files import read_record
from benchmark.colorizing.drawings import read_drawing
from benchmark.core.files import Image, read_rgb, sha256_file, write_png


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with two drawings of different size and a reference."""
    return write_desk(tmp_path)


def test_every_drawing_comes_back_at_its_size_with_its_lines(desk: Path) -> None:
    assert run(desk).exit_code == 0
    for name, shape in (("wide", (300, 420)), ("tall", (500, 200))):
        painted = read_rgb(desk / "out" / f"{name}.png")
        assert painted.shape == (*shape, 3)
        assert np.abs(painted.astype(float) - drawing(*shape)[..., None]).mean() < 2


def test_colours_come_from_the_reference(desk: Path) -> None:
    assert run(desk, method="mean-colour").exit_code == 0
    paper = read_rgb(desk / "out" / "wide.png")[:20, :20].reshape(-1, 3).mean(axis=0)
    assert paper == pytest.approx([200, 120, 90], abs=3)


def test_a_second_run_paints_what_is_missing_and_keeps_the_rest(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = Tint()
    register(monkeypatch, "toy", painter)
    write_training_run(desk / "runs", "toy", "one")
    assert run(desk, method=None).exit_code == 0
    before = {path.name: path.read_bytes() for path in (desk / "out").glob("*.png")}
    assert len(painter.batches) == 2
    (desk / "out" / "tall.png").unlink()
    assert run(desk, method=None).exit_code == 0
    assert len(painter.batches) == 3
    assert {path.name: path.read_bytes() for path in (desk / "out").glob("*.png")} == before


def test_a_drawing_has_a_chance_of_its_own(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = Tint()
    register(monkeypatch, "toy", painter)
    write_training_run(desk / "runs", "toy", "one")
    run(desk, method="toy/one")
    whole = (desk / "out" / "wide.png").read_bytes()
    (desk / "out" / "wide.png").rename(desk / "kept.png")
    assert run(desk, lines="drawings/wide.png", method="toy/one").exit_code == 0
    assert (desk / "out" / "wide.png").read_bytes() == whole
    assert painter.batches[0] != painter.batches[1]


def test_pictures_painted_in_another_way_are_never_overwritten(desk: Path) -> None:
    assert run(desk).exit_code == 0
    before = (desk / "out" / "wide.png").read_bytes()
    refused = run(desk, "--seed", "1")
    assert refused.exit_code == 1
    assert "choose another --out" in refused.output
    assert (desk / "out" / "wide.png").read_bytes() == before


def test_two_drawings_of_one_name_are_refused(desk: Path) -> None:
    cv2.imwrite(str(desk / "drawings" / "wide.bmp"), drawing(10, 10))
    refused = run(desk)
    assert refused.exit_code == 1
    assert "would both be written to" in refused.output
    assert not (desk / "out").exists()


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (np.where(np.indices((64, 64))[1] < 40, np.uint8(20), np.uint8(255)), "is mostly dark"),
        (np.full((64, 64), 255, np.uint8), "is blank"),
    ],
)
def test_what_is_no_line_drawing_is_refused_before_anything_is_painted(desk: Path, picture: Image, told: str) -> None:
    write_png(desk / "drawings" / "wrong.png", picture)
    refused = run(desk)
    assert refused.exit_code == 1
    assert "wrong.png" in refused.output
    assert told in refused.output
    assert not (desk / "out").exists()


def test_transparent_line_art_is_on_white_paper(desk: Path) -> None:
    ink = np.zeros((40, 40, 4), np.uint8)
    ink[10:12, :, 3] = 255
    cv2.imwrite(str(desk / "ink.png"), ink)
    read = read_drawing(desk / "ink.png").line
    assert (read[10:12] == 0).all()
    assert (np.delete(read, [10, 11], axis=0) == 255).all()


@pytest.mark.parametrize("kind", ["white ink in alpha", "white on black", "grey paper"])
def test_ink_is_dark_on_white_paper_whatever_the_file_has(desk: Path, kind: str, capsys: pytest.CaptureFixture) -> None:
    right = drawing(120, 160)
    if kind == "white ink in alpha":
        cv2.imwrite(str(desk / "ink.png"), np.dstack([np.full((120, 160, 3), 255, np.uint8), 255 - right]))
    else:
        write_png(desk / "ink.png", 255 - right if kind == "white on black" else (right // 255) * 100 + 90)
    read = read_drawing(desk / "ink.png").line
    assert np.array_equal(read < 200, right < 200)
    assert (read[right == 255] == 255).all()
    assert str(desk / "ink.png") in capsys.readouterr().out


def test_a_floor_that_is_given_the_target_is_refused(desk: Path) -> None:
    refused = run(desk, method="oracle")
    assert refused.exit_code == 1
    assert "paints from the target" in refused.output


def test_a_picture_says_how_it_was_painted_and_nothing_else_lies_beside_it(desk: Path) -> None:
    assert run(desk).exit_code == 0
    assert sorted(path.name for path in (desk / "out").iterdir()) == ["tall.png", "wide.png"]
    record = read_record(desk / "out" / "wide.png")
    assert record is not None
    assert (record.method, record.seed) == ("line-only", 0)
    assert record.drawing == sha256_file(desk / "drawings" / "wide.png")
    assert str(desk).encode() not in (desk / "out" / "wide.png").read_bytes()


def test_a_drawing_that_has_changed_is_painted_anew(desk: Path) -> None:
    assert run(desk).exit_code == 0
    before = (desk / "out" / "wide.png").read_bytes()
    write_png(desk / "drawings" / "wide.png", 255 - (255 - drawing(300, 420)) // 2)
    again = run(desk)
    assert again.exit_code == 0
    assert "Drawings colorized by line-only: 1, in" in again.output
    assert "1 unchanged ones kept" in again.output
    assert (desk / "out" / "wide.png").read_bytes() != before


def test_another_drawing_of_the_same_name_is_refused(desk: Path) -> None:
    assert run(desk).exit_code == 0
    write_png(desk / "other" / "wide.png", drawing(300, 421))
    refused = run(desk, lines="other")
    assert refused.exit_code == 1
    assert "was painted from another drawing; choose another --out" in refused.output


def test_a_second_reference_is_refused_and_the_first_command_still_works(desk: Path) -> None:
    assert run(desk, lines="drawings/wide.png").exit_code == 0
    write_png(desk / "other.png", np.full((90, 120, 3), (20, 120, 90), np.uint8))
    second = ["--reference", str(desk / "other.png")]
    assert run(desk, *second, lines="drawings/tall.png").exit_code == 0, "other drawings do not clash"
    refused = run(desk, *second, lines="drawings/wide.png")
    assert refused.exit_code == 1
    assert "was painted with another reference; choose another --out" in refused.output
    assert run(desk, lines="drawings/wide.png").exit_code == 0


def test_a_picture_without_a_record_is_never_overwritten(desk: Path) -> None:
    write_png(desk / "out" / "wide.png", drawing(10, 10))
    refused = run(desk)
    assert refused.exit_code == 1
    assert "holds no record of anibench" in refused.output


def test_what_is_left_out_of_a_folder_is_said(desk: Path) -> None:
    (desk / "drawings" / "Thumbs.db").write_bytes(b"\xd0\xcf")
    (desk / "drawings" / ".hidden.png").touch()
    (desk / "drawings" / "chapter 2").mkdir()
    done = run(desk)
    assert done.exit_code == 0
    assert f"skipped, not a picture: {desk / 'drawings' / 'Thumbs.db'}" in done.output
    assert f"skipped, folder; give its name to colorize its drawings: {desk / 'drawings' / 'chapter 2'}" in done.output
    assert ".hidden" not in done.output


def test_several_seeds_are_painted_with_a_contact_sheet(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "toy", Tint())
    write_training_run(desk / "runs", "toy", "one")
    assert run(desk, "--count", "3", "--seed", "4", lines="drawings/wide.png", method="toy/one").exit_code == 0
    names = ["wide-seed4.png", "wide-seed5.png", "wide-seed6.png", "wide-sheet.png"]
    assert sorted(path.name for path in (desk / "out").iterdir()) == names
    assert read_rgb(desk / "out" / "wide-sheet.png").shape == (2 * 336 + 8, 2 * 428 + 8, 3)
    alone = run(desk, "--seed", "5", "--out", str(desk / "alone"), lines="drawings/wide.png", method="toy/one")
    assert alone.exit_code == 0
    assert (read_rgb(desk / "alone" / "wide.png") == read_rgb(desk / "out" / "wide-seed5.png")).all()


def test_a_picture_is_repeated_by_its_own_options(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "toy", Tint())
    for name in ("one", "two"):
        write_training_run(desk / "runs", "toy", name, value=float(name == "two"))
    wide = {"lines": "drawings/wide.png"}
    first = run(desk, "--seed", "9", "--keep-lines", "--whole", method="toy/two", **wide)
    assert first.exit_code == 0, first.output
    made = desk / "out" / "wide.png"
    record = read_record(made)
    assert record is not None
    assert record.command == "anibench colorize LINE --reference IMAGE --method toy/two --seed 9 --whole --keep-lines"
    again = run(desk, "--like", str(made), "--out", str(desk / "again"), method=None, **wide)
    assert again.exit_code == 0, again.output
    assert (desk / "again" / "wide.png").read_bytes() == made.read_bytes()
    other = run(desk, "--like", str(made), "--seed", "10", "--out", str(desk / "other"), method=None, **wide)
    assert other.exit_code == 0
    assert (desk / "other" / "wide.png").read_bytes() != made.read_bytes()
    write_png(desk / "face.png", np.full((90, 120, 3), 50, np.uint8))
    told = run(desk, "--like", str(made), "--out", str(desk / "third"), method=None, **wide)
    assert "was painted with another reference" in told.output
    assert "with other weights" not in told.output
    write_training_run(desk / "runs", "toy", "two", value=0.25)
    told = run(desk, "--like", str(made), "--out", str(desk / "fourth"), method=None, **wide)
    assert "was painted with other weights" in told.output
    assert run(desk, "--like", str(desk / "face.png"), method=None, **wide).exit_code == 1


def test_a_colorization_imports_no_more_than_it_needs(desk: Path) -> None:
    command = [
        *("colorize", str(desk / "drawings/wide.png"), "--reference", str(desk / "face.png")),
        *("--runs", str(desk / "runs"), "--out", str(desk / "out"), "--device", "cpu"),
    ]
    program = (
        "import sys, anibench; anibench.main(sys.argv[1:], standalone_mode=False);"
        "print([m for m in ('torchvision', 'pandas', 'matplotlib', 'skimage.color', 'accelerate') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert (desk / "out" / "wide.png").exists()


def test_a_psd_file_needs_its_package_before_anything_is_painted(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    refused = run(desk, "--psd", lines="drawings/wide.png")
    assert "pip install psd-tools" in refused.output
    assert not (desk / "out").exists()


def test_layers_lie_beside_the_picture(desk: Path) -> None:
    assert run(desk, "--layers", lines="drawings/wide.png").exit_code == 0
    assert sorted(path.name for path in (desk / "out").iterdir()) == ["wide.ora", "wide.png"]
    (desk / "out" / "wide.ora").unlink()
    assert run(desk, "--layers", lines="drawings/wide.png").exit_code == 0
    assert (desk / "out" / "wide.ora").exists()


def test_the_main_colours_are_shown_without_painting(desk: Path) -> None:
    shown = run(desk, "--palette", "show")
    assert shown.exit_code == 0
    assert "1  #c8785a  100.0%" in shown.output
    assert not (desk / "out").exists()
    assert run(desk, "--palette", "1=#5a78c8", method="mean-colour").exit_code == 0
    paper = read_rgb(desk / "out" / "wide.png")[:20, :20].reshape(-1, 3).mean(axis=0)
    assert paper == pytest.approx([90, 120, 200], abs=4)


def test_of_several_references_the_nearest_paints(desk: Path) -> None:
    write_png(desk / "drawings" / "square.png", drawing(300, 300))
    like_the_drawing = np.full((300, 300, 3), (20, 160, 40), np.uint8)
    like_the_drawing[drawing(300, 300) < 128] = 0
    write_png(desk / "green.png", like_the_drawing)
    more = ["--reference", str(desk / "green.png")]
    done = run(desk, *more, lines="drawings/square.png", method="mean-colour")
    assert done.exit_code == 0
    assert f"painted in the colours of {desk / 'green.png'}" in done.output
    red, green, _ = read_rgb(desk / "out" / "square.png")[:20, :20].reshape(-1, 3).mean(axis=0)
    assert green > red


@pytest.mark.parametrize("content", [b"<!doctype html><p>hello", b"", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_refused(desk: Path, content: bytes) -> None:
    (desk / "drawings" / "page.png").write_bytes(content)
    refused = run(desk)
    assert refused.exit_code == 1
    assert "page.png" in refused.output
    assert not (desk / "out").exists()


def test_all_files_that_cannot_be_painted_are_named_at_once(desk: Path) -> None:
    (desk / "drawings" / "page.png").write_bytes(b"<!doctype html><p>hello")
    write_png(desk / "drawings" / "blank.png", np.full((64, 64), 255, np.uint8))
    refused = run(desk)
    assert "blank.png is blank" in refused.output
    assert "page.png is not a picture" in refused.output
    assert not (desk / "out").exists()


def test_a_header_that_promises_too_much_is_refused_without_the_memory(desk: Path) -> None:
    write_png(desk / "drawings" / "bomb.png", np.zeros((8, 8), np.uint8))
    content = bytearray((desk / "drawings" / "bomb.png").read_bytes())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (desk / "drawings" / "bomb.png").write_bytes(content)
    refused = run(desk)
    assert refused.exit_code == 1
    assert "60000 x 60000" in refused.output
