"""fit-xdog: the objectives against brute force, known parameters found again, the checks, the files, the command."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmark.core.config import load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.xdog import XDoG, extract_lines, response
from builder.lines.fit_xdog import (
    ExtractorScores,
    FitConfig,
    edge_check,
    fit,
    leave_one_out,
    refine,
    score,
    survey,
    white_page_check,
)
from builder.lines.line_pairs import LinePair, read_pair
from builder.sources.pairs import find_pairs


def drawn_by(params: XDoG, pairs: Sequence[LinePair]) -> list[LinePair]:
    """The same pictures with the lines that XDoG itself draws."""
    return [LinePair(pair.name, pair.grey, extract_lines(pair.grey, params)) for pair in pairs]


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


def test_the_white_page_is_refused_named_or_accepted() -> None:
    def scores(ink: float) -> ExtractorScores:
        return ExtractorScores(equation_2=1, thresholded=1, f1_1px=0, f1_2px=0, ink=ink)

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
