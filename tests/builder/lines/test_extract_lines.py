"""extract-lines: any pictures in, lines out, nothing overwritten, bad files named."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

import anibench
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_grey, write_png
from benchmark.data.xdog import XDoG, extract_lines
from builder.drawing.illustration import draw_portrait
from builder.lines.extract_lines import ExtractConfig, plan


def picture(height: int, width: int) -> Image:
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([120 + x % 100, 100 + y % 120, 200 - x % 90], axis=-1).astype(np.uint8)
    rgb[(x + y) % 17 < 2] = (20, 10, 30)
    return rgb


def run(*arguments: object) -> Result:
    return CliRunner().invoke(anibench.main, ["extract-lines", *(str(argument) for argument in arguments)])


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    write_png(folder / "a b.png", picture(40, 60))
    write_png(folder / "sub" / "ü.png", picture(33, 21))
    write_png(folder / ".hidden" / "c.png", picture(8, 8))
    return folder


def test_lines_of_a_folder_keep_names_folders_and_sizes(images: Path, tmp_path: Path) -> None:
    (tmp_path / "xdog.toml").write_text("p = 20.0\nform = 'equation-1'\n")
    out = tmp_path / "out"
    result = run(images, "--out", out, "--xdog", tmp_path / "xdog.toml", "--set", "sigma=0.5")
    assert result.exit_code == 0, result.output
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.png")) == ["a b.png", "sub/ü.png"]
    params = XDoG(p=20, form="equation-1", sigma=0.5)
    for name, shape in (("a b.png", (40, 60)), ("sub/ü.png", (33, 21))):
        np.testing.assert_array_equal(read_grey(out / name), extract_lines(picture(*shape), params))
    recorded = ExtractConfig.model_validate(json.loads((out / "config.json").read_text()))
    assert recorded == ExtractConfig(p=20, form="equation-1", sigma=0.5)
    assert json.loads((out / "run.json").read_text())["status"] == "done"


def test_sigma_grows_with_the_picture_so_that_its_lines_stay(tmp_path: Path) -> None:
    """A shaded picture enlarged eight times has next to no ink at sigma 0.3, and is then named."""
    y, x = np.mgrid[0:256, 0:256] * np.pi / 32
    small = np.repeat(np.rint(150 + 50 * np.sign(np.sin(x) * np.sin(y)))[..., None], 3, axis=2).astype(np.uint8)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.6), np.uint8)
    write_png(tmp_path / "in" / "small.png", small)
    write_png(tmp_path / "in" / "large.png", np.asarray(cv2.resize(small, (2048, 2048), interpolation=cv2.INTER_CUBIC)))
    scaled, native = tmp_path / "scaled", tmp_path / "native"
    assert run(tmp_path / "in", "--out", scaled).exit_code == 0
    ink = {name: float((read_grey(scaled / name) == 0).mean()) for name in ("small.png", "large.png")}
    assert ink["large.png"] == pytest.approx(ink["small.png"], rel=0.4)
    assert np.array_equal(read_grey(scaled / "small.png"), extract_lines(small, XDoG()))
    result = run(tmp_path / "in", "--out", native, "--native")
    assert np.array_equal(read_grey(native / "small.png"), read_grey(scaled / "small.png"))
    assert (read_grey(native / "large.png") == 0).mean() < 0.005
    assert "native/large.png has 0." in result.output


def test_a_page_that_is_mostly_ink_is_named(tmp_path: Path) -> None:
    write_png(tmp_path / "dark.png", draw_portrait(1, 256).color // 16)
    result = run(tmp_path / "dark.png", "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "dark.png is mostly dark" in result.output


def test_bad_pictures_are_named_and_skipped_and_the_exit_code_is_1(images: Path, tmp_path: Path) -> None:
    (images / "page.jpg").write_text("<html></html>")
    (images / "empty.png").write_bytes(b"")
    result = run(images, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "page.jpg" in result.output
    assert "empty.png" in result.output
    assert "2 of 4 pictures could not be read" in result.output
    assert len(list((tmp_path / "out").rglob("*.png"))) == 2
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "failed"


def test_inputs_are_never_overwritten(images: Path, tmp_path: Path) -> None:
    before = (images / "a b.png").read_bytes()
    for arguments in ((images, "--out", images), (images / "a b.png", "--out", images)):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "--out" in result.output
    assert (images / "a b.png").read_bytes() == before
    assert not (images / "run.json").exists()


def test_an_output_folder_inside_the_pictures_is_not_read_again(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(images)
    for _ in range(2):
        assert run(images, "--out", "lines").exit_code == 0
    assert sorted(p.name for p in (images / "lines").rglob("*.png")) == ["a b.png", "ü.png"]


def test_equal_stems_keep_their_endings(tmp_path: Path) -> None:
    for name in ("x.png", "x.gif", "y.gif"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).touch()
    names = {target.name: source.name for target, source in plan([tmp_path / "in"], tmp_path / "out").items()}
    assert names == {"x.png.png": "x.png", "x.gif.png": "x.gif", "y.png": "y.gif"}
    with pytest.raises(AnibenchError, match="would both be written to"):
        plan([tmp_path / "in" / "x.png", tmp_path / "in"], tmp_path / "out")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(AnibenchError, match="no pictures in"):
        plan([tmp_path / "in"], tmp_path / "out")


def test_dry_run_prints_the_parameters(images: Path, tmp_path: Path) -> None:
    result = run(images, "--out", tmp_path / "out", "--dry-run", "--set", "k=4.5")
    assert json.loads(result.stdout)["k"] == 4.5
    assert not (tmp_path / "out").exists()
