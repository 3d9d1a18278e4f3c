"""fit-xdog: the objectives against brute force, known parameters found again, the checks, the files, the command."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar

import anibench
from benchmark.core.config import load_config
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_rgb, write_png
from benchmark.data.edges import edge_f1
from benchmark.data.xdog import XDoG, extract_lines, response, to_grey, window_size
from builder.drawing.illustration import draw_portrait
from builder.lines.fit_objectives import Grid, best_p, norms, quadratic_sums, surfaces
from builder.lines.fit_xdog import (
    FitConfig,
    Scores,
    edge_check,
    fit,
    leave_one_out,
    refine,
    score,
    survey,
    white_page_check,
)
from builder.lines.line_pairs import LinePair, pairs_folder, read_pair
from builder.sources.pairs import find_pairs

GRID = Grid.spanning((1.2, 8), (0.1, 500), (5, 60))


@pytest.fixture(scope="module")
def pairs() -> list[LinePair]:
    drawings = [draw_portrait(seed, 128) for seed in range(4)]
    return [LinePair(str(seed), to_grey(d.color), d.line) for seed, d in enumerate(drawings)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pairs on disk, the last one of another size."""
    for seed, size in enumerate((96, 96, 112)):
        drawing = draw_portrait(seed, size)
        write_png(tmp_path / "pairs" / "color" / f"{seed}.png", drawing.color)
        write_png(tmp_path / "pairs" / "line" / f"{seed}.png", drawing.line)
    return tmp_path / "pairs"


def drawn_by(params: XDoG, pairs: Sequence[LinePair]) -> list[LinePair]:
    """The same pictures with the lines that XDoG itself draws."""
    return [LinePair(pair.name, pair.grey, extract_lines(pair.grey, params)) for pair in pairs]


@pytest.mark.parametrize("form", ["product", "equation-1"])
@pytest.mark.parametrize(("epsilon", "tolerance"), [(0.01, 1), (0.01, 2), (-0.05, 1), (0.3, 0)])
def test_surfaces_equal_extracting_and_scoring_at_each_point(
    pairs: list[LinePair], form: str, epsilon: float, tolerance: int
) -> None:
    config = load_config(FitConfig, settings=[f"form={form}", f"epsilon={epsilon}"])
    grey = pairs[0].grey.copy()
    grey[:20] = 0  # black never becomes paper in the product form
    pair = LinePair("black", grey, pairs[0].line)
    found = surfaces(pair, config.params(), GRID, tolerance)
    for row, column in [(0, 0), (0, 59), (1, 40), (2, 20), (3, 35), (4, 0), (4, 59)]:
        lines = extract_lines(pair.grey, config.params(float(GRID.k[row]), float(GRID.p[column])))
        norm = np.linalg.norm(lines / 255 - pair.line / 255)
        assert found["thresholded"][row, column] == pytest.approx(norm, abs=0.03)  # a pixel or two, in float32
        assert 1 - found["edge-f1"][row, column] == pytest.approx(edge_f1(lines == 0, pair.ink, tolerance), abs=0.002)


def test_the_quadratic_in_p_is_the_norm_of_the_response(pairs: list[LinePair]) -> None:
    params = XDoG(k=3, p=7)
    sums = quadratic_sums(pairs[0], params, np.array([3.0]), window_size(3 * params.sigma))
    expected = np.linalg.norm(response(pairs[0].grey, params) - pairs[0].line / 255)
    assert norms(sums[0], 7.0) == pytest.approx(expected, rel=1e-12)


@given(arrays(np.float64, (6, 2, 8), elements=st.floats(-1, 1).map(lambda x: round(x, 3))))
@settings(max_examples=80, deadline=None)
def test_best_p_is_the_minimum_that_scipy_finds(vectors: np.ndarray) -> None:
    rest, slope = vectors[:, 0] + 0.1, vectors[:, 1]
    sums = np.stack([(rest**2).sum(1), (rest * slope).sum(1), (slope**2).sum(1) + 1e-3], axis=-1)
    found = best_p(sums)
    assert found >= 0
    top = max(1.0, float(np.max(-sums[:, 1] / sums[:, 2])))
    other = minimize_scalar(lambda p: norms(sums, p).sum(), bounds=(0, top), method="bounded", options={"xatol": 1e-9})
    assert norms(sums, found).sum() <= min(other.fun, norms(sums, 0.0).sum()) + 1e-7


def test_the_sum_of_norms_is_not_solved_by_the_closed_form_for_squared_norms() -> None:
    sums = np.array([[100.0, -10, 1.2], [1.0, -1, 4]])
    closed = -sums[:, 1].sum() / sums[:, 2].sum()
    assert norms(sums, best_p(sums)).sum() < norms(sums, closed).sum() - 1e-3


@pytest.mark.parametrize(("k", "p"), [(2.5, 14.0), (4.5, 6.0), (1.6, 40.0)])
@pytest.mark.parametrize("form", ["product", "equation-1"])
def test_known_parameters_are_found_again_from_their_lines(
    pairs: list[LinePair], k: float, p: float, form: str
) -> None:
    config = load_config(FitConfig, settings=[f"form={form}"])
    own = drawn_by(config.params(k, p), pairs)
    first = survey(own, config)
    thresholded = refine(own, config, "thresholded", first["thresholded"].lowest())
    assert (thresholded.k, thresholded.p) == (pytest.approx(k, rel=0.02), pytest.approx(p, rel=0.03))
    by_edges = refine(own, config, "edge-f1", first["edge-f1"].lowest())  # a pixel may miss by one, so less sharp
    assert (by_edges.k, by_edges.p) == (pytest.approx(k, rel=0.06), pytest.approx(p, rel=0.1))
    assert score(own, by_edges).f1_1px > 0.99


def test_equation_2_finds_the_parameters_of_a_response_drawn_as_it_is(pairs: list[LinePair]) -> None:
    config = FitConfig(form="equation-1", k_max=6)
    soft = [np.rint(255 * response(pair.grey, config.params(3, 0.4))).clip(0, 255) for pair in pairs]
    own = [LinePair(pair.name, pair.grey, page.astype(np.uint8)) for pair, page in zip(pairs, soft, strict=True)]
    found = refine(own, config, "equation-2", survey(own, config)["equation-2"].lowest())
    assert (found.k, found.p) == (pytest.approx(3, rel=0.06), pytest.approx(0.4, rel=0.06))


def test_each_objective_is_best_at_its_own_fit(pairs: list[LinePair]) -> None:
    result, _ = fit(pairs, FitConfig())
    rows = {c.name: c.scores for c in result.candidates}
    assert list(rows) == [
        "paper", "authors' code", "fitted: edge-f1", "fitted: thresholded", "fitted: equation-2", "white page",
    ]  # fmt: skip
    fitted = [s for name, s in rows.items() if name != "white page"]
    assert rows["fitted: edge-f1"].f1_1px == max(s.f1_1px for s in fitted)
    assert rows["fitted: thresholded"].thresholded == min(s.thresholded for s in fitted)
    assert rows["fitted: equation-2"].equation_2 == min(s.equation_2 for s in fitted)
    assert rows["white page"].f1_1px == rows["white page"].ink == 0
    assert result.params.k == float(f"{result.params.k:.4g}")


def test_leave_one_out_fits_without_each_pair(pairs: list[LinePair]) -> None:
    config = FitConfig()
    own = [*drawn_by(config.params(5, 60), pairs[:1]), *drawn_by(config.params(2, 5), pairs[1:2])]
    spread = leave_one_out(survey(own, config)["thresholded"])
    assert spread.k == [pytest.approx(2, rel=0.1), pytest.approx(5, rel=0.1)]
    assert spread.p == [pytest.approx(5, rel=0.1), pytest.approx(60, rel=0.15)]
    assert spread.held_out_loss > spread.loss
    assert fit(pairs[:1], config)[0].spread is None


@pytest.mark.parametrize(
    ("distance", "tolerance", "expected"), [(0, 0, 1.0), (1, 0, 0.0), (1, 1, 1.0), (2, 1, 0.0), (2, 2, 1.0)]
)
def test_edge_f1_forgives_the_tolerance_and_no_more(distance: int, tolerance: int, expected: float) -> None:
    a, b = np.zeros((9, 20), bool), np.zeros((9, 20), bool)
    a[:, 8], b[:, 8 + distance] = True, True
    assert edge_f1(a, b, tolerance) == edge_f1(b, a, tolerance) == expected


def test_edge_f1_of_too_much_and_of_nothing() -> None:
    artist = np.zeros((10, 10), bool)
    artist[:, 2] = True
    assert edge_f1(np.ones((10, 10), bool), artist, 1) == pytest.approx(2 * 0.3 / 1.3)  # precision 0.3, recall 1
    assert edge_f1(np.zeros((10, 10), bool), artist, 1) == 0


def test_the_white_page_is_refused_named_or_accepted() -> None:
    def scores(ink: float) -> Scores:
        return Scores(equation_2=1, thresholded=1, f1_1px=0, f1_2px=0, ink=ink)

    with pytest.raises(AnibenchError, match=r"white page.*objective=edge-f1.*accept_white_page"):
        white_page_check(scores(0.004), 0.1)
    assert len(white_page_check(scores(0.004), 0.1, accept=True)) == 1
    assert "white page" in white_page_check(scores(0.04), 0.1)[0]
    assert white_page_check(scores(0.06), 0.1) == []


def test_an_optimum_on_the_edge_is_named() -> None:
    config = FitConfig()
    assert edge_check(config.params(), config) == []
    assert "k = 1.2 is at the edge" in edge_check(config.params(k=1.2), config)[0]
    assert "p = 500 is at the edge" in edge_check(config.params(p=500), config)[0]


def test_faint_pencil_is_ink() -> None:
    line = np.full((32, 32), 250, np.uint8)
    line[:, 10] = 215
    assert LinePair("faint", line, line).ink.sum() == 32


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


def test_pairs_are_drawn_with_their_own_lines(tmp_path: Path) -> None:
    for count in (3, 2):  # the second call leaves nothing of the first
        found = find_pairs(pairs_folder(f"drawn:{count}", tmp_path))
        assert len(found) == count
    drawing = draw_portrait(1, 256)
    assert np.array_equal(read_rgb(found[1][0]), drawing.color)
    assert np.array_equal(read_pair(*found[1]).line, drawing.line)
    assert pairs_folder("my-pairs", tmp_path) == Path("my-pairs")


@pytest.mark.parametrize("source", ["drawn:", "drawn:0", "drawn:many", "drawn:-3"])
def test_a_number_of_drawn_pairs_is_asked_for(source: str, tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match="drawn:24"):
        pairs_folder(source, tmp_path)


def bad_line(kind: str) -> Image:
    if kind == "is blank":
        return np.full((96, 96), 250, np.uint8)
    return np.full((96, 80), 255, np.uint8)


@pytest.mark.parametrize("kind", ["is blank", "is 80 x 96 but .* is 96 x 96"])
def test_a_line_drawing_that_cannot_be_used_is_refused_by_name(folder: Path, kind: str) -> None:
    write_png(folder / "line" / "0.png", bad_line(kind))
    with pytest.raises(AnibenchError, match=rf"line/0\.png {kind}"):
        read_pair(folder / "color" / "0.png", folder / "line" / "0.png")


def test_an_inverted_line_drawing_is_mended_and_the_file_is_named(folder: Path) -> None:
    color, line = folder / "color" / "0.png", folder / "line" / "0.png"
    right = read_pair(color, line)
    write_png(line, 255 - right.line)
    mended = read_pair(color, line)
    assert np.array_equal(mended.line, right.line)
    assert mended.notes[0] == f"{line}: white ink on black was inverted"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(anibench.main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def test_the_command_writes_parameters_numbers_pictures_and_record(folder: Path, tmp_path: Path) -> None:
    runs, quick = tmp_path / "runs", ["--set", "k_steps=8", "--set", "p_steps=64"]
    outputs = []
    for _ in range(2):
        result = run("fit-xdog", folder, "--out", tmp_path / "mine.toml", "--runs", runs, *quick)
        found = runs / "fit-xdog" / "mine"
        names = ("fit.json", "config.json", "objective.png", "sheet.png")
        outputs.append([(tmp_path / "mine.toml").read_bytes(), *((found / name).read_bytes() for name in names)])
    assert outputs[0] == outputs[1], "the same command gives the same bytes"
    assert "fitted: equation-2" in result.output
    assert "mine.toml" in result.output
    record = json.loads((found / "run.json").read_text())
    assert (record["kind"], record["status"], list(record["inputs"])) == ("fit-xdog", "done", ["pairs"])
    fitted = json.loads((found / "fit.json").read_text())
    params = load_config(XDoG, file=tmp_path / "mine.toml")
    assert params.model_dump() == fitted["params"]
    assert "Leave-one-out: k" in (tmp_path / "mine.toml").read_text()
    sheet = read_rgb(found / "sheet.png")
    assert sheet.shape == (4 * 256, 130 + 3 * 256, 3)
    assert read_rgb(found / "objective.png").shape[1] > 1000


def test_json_and_dry_run_answer_a_program(folder: Path, tmp_path: Path) -> None:
    dry = run("fit-xdog", folder, "--dry-run", "--set", "form=equation-1", "--set", "sigma=0.4")
    assert json.loads(dry.stdout)["form"] == "equation-1"
    out, runs = tmp_path / "x.toml", tmp_path / "runs"
    assert not runs.exists()
    answer = run("fit-xdog", folder, "--out", out, "--runs", runs, "--json", "--set", "k_steps=6", "--set", "sigma=0.4")
    assert json.loads(answer.stdout)["params"]["sigma"] == 0.4


def test_impossible_settings_are_refused(folder: Path) -> None:
    for setting, reason in (("k_min=9", "k_min must be below k_max"), ("objective=best", "objective")):
        result = CliRunner().invoke(anibench.main, ["fit-xdog", str(folder), "--dry-run", "--set", setting])
        assert result.exit_code == 1
        assert reason in result.output


def test_a_refused_white_page_leaves_no_parameters_and_a_failed_record(folder: Path, tmp_path: Path) -> None:
    settings = ["objective=equation-2", "p_max=0.11", "k_max=1.3", "form=equation-1", "k_steps=6"]
    flags = [flag for setting in settings for flag in ("--set", setting)]
    out, runs = tmp_path / "x.toml", tmp_path / "runs"
    result = CliRunner().invoke(
        anibench.main, ["fit-xdog", str(folder), "--out", str(out), "--runs", str(runs), *flags]
    )
    assert result.exit_code == 1
    assert "white page" in result.output
    assert not out.exists()
    assert json.loads((runs / "fit-xdog" / "x" / "run.json").read_text())["status"] == "failed"


@pytest.mark.real
def test_nineteen_real_pairs() -> None:
    root = os.environ.get("ANIBENCH_REAL_DATA")
    if not root or not (Path(root) / "artist_lines").is_dir():
        pytest.skip("needs $ANIBENCH_REAL_DATA/artist_lines")
    real = [read_pair(*files) for files in find_pairs(Path(root) / "artist_lines")]
    result, _ = fit(real, FitConfig())
    rows = {c.name: c for c in result.candidates}
    assert rows["paper"].scores.thresholded == pytest.approx(1100, abs=1)
    assert rows["white page"].scores.thresholded == pytest.approx(1032.8, abs=0.1)
    drawn_to_white = rows["fitted: thresholded"]
    assert drawn_to_white.scores.thresholded < 1017
    assert drawn_to_white.params is not None
    assert drawn_to_white.params.k < 1.5
    assert drawn_to_white.scores.ink < 0.5 * result.artist_ink
    assert rows["fitted: edge-f1"].scores.f1_1px > 0.9 > rows["paper"].scores.f1_1px
    assert 2.5 < result.params.k < 4.5
    assert 12 < result.params.p < 20
    assert result.warnings == []
    with pytest.raises(AnibenchError, match="white page"):
        fit(real, FitConfig(objective="equation-2", form="equation-1"))
