"""`anibench colorize`: which method paints, and what the command prints about it."""

from pathlib import Path

import pytest
from drawings import frames, run, write_desk
from toys import Tint, register, write_built_in, write_training_run

from benchmark.core.files import write_png
from benchmark.evaluation import entries
from benchmark.methods.built_in import built_in_of
from benchmark.methods.interface import get_method


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with two drawings of different size and a reference."""
    return write_desk(tmp_path)


def test_the_limit_of_pixels_is_a_setting(desk: Path) -> None:
    refused = run(desk, "--set", "decode.max_pixels=1000")
    assert refused.exit_code == 1
    assert "decode.max_pixels" in refused.output
    assert run(desk, "--set", "decode.max_pixels=126000").exit_code == 0


def test_without_a_name_the_only_trained_method_paints(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "all_built_in", list)
    none = run(desk, method=None)
    assert none.exit_code == 1
    assert "anibench train" in none.output
    register(monkeypatch, "toy", Tint())
    for name in ("one", "two"):
        write_training_run(desk / "runs", "toy", name)
    several = run(desk, method=None)
    assert several.exit_code == 1
    assert "toy/one, toy/two" in several.output


def test_without_a_training_run_the_weights_that_come_along_paint_and_it_is_said(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = register(monkeypatch, "toy", Tint())
    path = write_built_in(monkeypatch, desk / "package", "toy", "drawn")
    monkeypatch.setattr(entries, "all_built_in", lambda: built_in_of(get_method("toy")).values())
    done = run(desk, method=None)
    assert done.exit_code == 0, done.output
    assert "/runs; using toy/drawn, the weights that come with anibench" in done.output
    assert calls == [(path, "cpu")]
    write_training_run(desk / "runs", "toy", "own")
    assert "using toy/drawn" not in run(desk, "--out", str(desk / "second"), method=None).output


def test_a_method_that_has_hardly_trained_is_said(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, "toy", Tint())
    write_training_run(desk / "runs", "toy", "one")
    assert "its pictures may be noise" in run(desk, method="toy/one").output


def test_a_second_run_reports_the_drawings_that_it_kept(desk: Path) -> None:
    assert "Drawings colorized by line-only: 2, in" in run(desk).stdout
    (desk / "out/wide.png").unlink()
    assert run(desk).stdout.rstrip().endswith("out; 1 unchanged ones kept")


@pytest.mark.parametrize("option", [["--count", "3"], ["--layers"], ["--psd"]])
@pytest.mark.parametrize("lines", ["walk.gif", "walk"])
def test_options_of_single_drawings_are_refused_for_sequences(moving_desk: Path, lines: str, option: list[str]) -> None:
    for number, page in enumerate(frames(2)):
        write_png(moving_desk / "walk" / f"{number}.png", page)
    folder = ["--sequence"] if lines == "walk" else []
    refused = run(moving_desk, *option, *folder, lines=lines)
    assert refused.exit_code == 2
    assert f"{option[0]} is for single drawings, and {moving_desk / lines} is a sequence" in refused.output
    assert f"leave out {option[0]}" in refused.output
    assert not (moving_desk / "out").exists()
    assert run(moving_desk, "--count", "1", *folder, lines=lines).exit_code == 0


def test_options_of_sequences_are_refused_for_single_drawings(desk: Path) -> None:
    refused = run(desk, "--carry")
    assert refused.exit_code == 2
    assert f"--carry is for sequences, and {desk / 'drawings'} is none; leave out --carry" in refused.output
    refused = run(desk, "--sequence", lines="drawings/wide.png")
    assert refused.exit_code == 2
    assert "no LINE is a folder; leave out --sequence" in refused.output
    assert not (desk / "out").exists()


def test_options_of_sequences_that_a_picture_stores_are_no_error_for_a_drawing(moving_desk: Path) -> None:
    for number, page in enumerate(frames(2)):
        write_png(moving_desk / "walk" / f"{number}.png", page)
    assert run(moving_desk, "--sequence", "--carry", lines="walk").exit_code == 0
    like = ["--like", str(moving_desk / "out/walk/0.png"), "--out", str(moving_desk / "more")]
    done = run(moving_desk, *like, lines="walk/1.png", method=None)
    assert done.exit_code == 0, done.output
