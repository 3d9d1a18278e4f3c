"""The objectives of an XDoG fit, compared with direct computation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar

from benchmark.core.config import load_config
from benchmark.data.edges import edge_f1
from benchmark.data.xdog import XDoG, extract_lines, response, window_size
from builder.lines.fit_objectives import ParameterGrid, best_p, norms, quadratic_sums, surfaces
from builder.lines.fit_xdog import FitConfig
from builder.lines.line_pairs import LinePair

GRID = ParameterGrid.spanning((1.2, 8), (0.1, 500), (5, 60))


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
