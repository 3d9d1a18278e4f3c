"""Fit XDoG's k and p to an artist's lines (AnimeDiffusion, equation 2 and two alternatives); sigma stays fixed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field, FiniteFloat, model_validator
from scipy.optimize import minimize_scalar

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.data.edges import edge_f1
from benchmark.data.xdog import Float, Form, XDoG, extract_lines, response, window_size
from builder.lines.fit_objectives import OBJECTIVES, ParameterGrid, best_p, norms, quadratic_sums, surfaces
from builder.lines.line_pairs import LinePair

Objective = Literal["edge-f1", "thresholded", "equation-2"]

WHITE_PAGE, PALE_PAGE = 0.05, 0.5  # ink / artists' ink, below which a fit is an error, or a warning


class FitConfig(Config):
    """The objective, the ranges of k and p, and the fixed parameters; sigma, epsilon, phi: the paper's section 3.3."""

    objective: Objective = Field(
        default="edge-f1", description="edge-f1, thresholded, or equation-2 (the paper's objective)"
    )
    tolerance: int = Field(default=1, ge=0, le=8, description="edge-f1: largest distance in px between matching ink")
    form: Form = Field(
        default="product", description="'product' (the authors' code) or 'equation-1' (the paper's text)"
    )
    sigma: FiniteFloat = Field(default=0.3, gt=0, le=50)
    epsilon: FiniteFloat = 0.01
    phi: FiniteFloat = Field(default=1e9, gt=0)
    # As k approaches 1 the two Gaussians become equal and the optimal p grows without bound.
    k_min: FiniteFloat = Field(default=1.2, gt=1, le=50)
    k_max: FiniteFloat = Field(default=8.0, gt=1, le=50)
    p_min: FiniteFloat = Field(default=0.1, gt=0, le=1e4)
    p_max: FiniteFloat = Field(default=500.0, gt=0, le=1e4)
    k_steps: int = Field(default=24, ge=6, le=200, description="values of k in the first grid; a finer grid follows")
    p_steps: int = Field(default=255, ge=8, le=255)
    accept_white_page: bool = Field(default=False, description="accept parameters whose lines are nearly white")

    @model_validator(mode="after")
    def _ranges(self) -> "FitConfig":
        if self.k_min >= self.k_max or self.p_min >= self.p_max:
            raise ValueError("k_min must be below k_max, and p_min below p_max")
        return self

    def params(self, k: float = 3.5, p: float = 9.0) -> XDoG:
        """The extractor with this k and p; the defaults are the paper's."""
        return XDoG(sigma=self.sigma, k=k, p=p, epsilon=self.epsilon, phi=self.phi, form=self.form)


class ExtractorScores(Config):
    """The scores of one extractor on all pairs: two sums over pictures (values 0..1), and three means."""

    equation_2: float  # sum of ||S - artist||, S before the threshold
    thresholded: float  # sum of ||line - artist||
    f1_1px: float
    f1_2px: float
    ink: float  # fraction of pixels


class ComparedExtractor(Config):
    """One row of the comparison: an extractor (None: a white page) and its scores."""

    name: str
    params: XDoG | None
    scores: ExtractorScores


class Spread(Config):
    """Leave-one-out fit: the parameters fitted without each pair, and the mean loss of the held-out pairs."""

    k: list[float]
    p: list[float]
    loss: float  # mean loss of the fit to all pairs, on the first grid
    held_out_loss: float


class FitResult(Config):
    """All numbers of a fit; `params` are the fitted parameters, rounded as in the file."""

    params: XDoG
    objective: Objective
    pairs: int
    artist_ink: float  # by Otsu's threshold
    candidates: list[ComparedExtractor]
    warnings: list[str]
    spread: Spread | None  # None with fewer than two pairs


@dataclass(frozen=True)
class Surface:
    """One objective over a grid for each pair: `losses` (N, K, P)."""

    grid: ParameterGrid
    losses: Float

    def lowest(self) -> tuple[float, float]:
        """The (k, p) where the sum over pairs is lowest."""
        return _lowest(self.losses.sum(axis=0), self.grid)


def fit(pairs: Sequence[LinePair], config: FitConfig) -> tuple[FitResult, dict[str, Surface]]:
    """Fit (k, p) by every objective and compare the fits; the result is the fit of `config.objective`.

    Raises AnibenchError when the fitted lines are nearly white.
    """
    first = survey(pairs, config)
    fitted = {name: refine(pairs, config, name, first[name].lowest()) for name in OBJECTIVES}
    rows: list[tuple[str, XDoG | None]] = [
        ("paper", config.params()),
        ("authors' code", config.params(p=10).model_copy(update={"form": "product"})),
        *((f"fitted: {name}", params) for name, params in fitted.items()),
        ("white page", None),
    ]
    candidates = [ComparedExtractor(name=name, params=params, scores=score(pairs, params)) for name, params in rows]
    artist_ink = float(np.mean([pair.ink.mean() for pair in pairs]))
    chosen = next(c for c in candidates if c.name == f"fitted: {config.objective}")
    result = FitResult(
        params=fitted[config.objective],
        objective=config.objective,
        pairs=len(pairs),
        artist_ink=artist_ink,
        candidates=candidates,
        warnings=[
            *(note for pair in pairs for note in pair.notes),
            *white_page_check(chosen.scores, artist_ink, config.accept_white_page),
            *edge_check(fitted[config.objective], config),
        ],
        spread=leave_one_out(first[config.objective]) if len(pairs) > 1 else None,
    )
    return result, first


def survey(pairs: Sequence[LinePair], config: FitConfig, objectives: Sequence[str] = OBJECTIVES) -> dict[str, Surface]:
    """Each objective over the first grid; equation 2 is smooth in k and needs half as many values."""
    params, p = config.params(), (config.p_min, config.p_max)
    found: dict[str, Surface] = {}
    if "equation-2" in objectives:
        coarse = ParameterGrid.spanning((config.k_min, config.k_max), p, (config.k_steps // 2, config.p_steps))
        sums = np.stack([quadratic_sums(pair, params, coarse.k, _window(config)) for pair in pairs])
        found["equation-2"] = Surface(coarse, norms(sums[:, :, None], coarse.p))
    if by_lines := [name for name in objectives if name != "equation-2"]:
        grid = ParameterGrid.spanning((config.k_min, config.k_max), p, (config.k_steps, config.p_steps))
        each = [surfaces(pair, params, grid, config.tolerance) for pair in pairs]
        found |= {name: Surface(grid, np.stack([one[name] for one in each])) for name in by_lines}
    return {name: found[name] for name in objectives}


def refine(pairs: Sequence[LinePair], config: FitConfig, objective: str, start: tuple[float, float]) -> XDoG:
    """The best (k, p) of an objective to four digits, searched around the best point of the first grid."""
    k, p = start
    if objective == "equation-2":
        k, p = _refine_equation_2(pairs, config, k)
    else:
        step = (config.k_max / config.k_min) ** (1 / (config.k_steps - 1))
        near_p = max(config.p_min, p / 1.25), min(config.p_max, p * 1.25)
        grid = ParameterGrid.spanning(_around(k, step, config), near_p, (9, 128))
        each = [surfaces(pair, config.params(), grid, config.tolerance)[objective] for pair in pairs]
        k, p = _lowest(np.sum(each, axis=0), grid)
    return config.params(k=float(f"{k:.4g}"), p=float(f"{p:.4g}"))


def leave_one_out(surface: Surface) -> Spread:
    """Fit without each pair in turn, on the first grid, and compute the loss of the held-out pair."""
    total = surface.losses.sum(axis=0)
    places = [_lowest(total - own, surface.grid) for own in surface.losses]
    held_out = [own.ravel()[(total - own).argmin()] for own in surface.losses]
    return Spread(
        k=[float(f"{k:.4g}") for k, _ in places],
        p=[float(f"{p:.4g}") for _, p in places],
        loss=float(total.min() / len(surface.losses)),
        held_out_loss=float(np.mean(held_out)),
    )


def score(pairs: Sequence[LinePair], params: XDoG | None) -> ExtractorScores:
    """Score an extractor, or a white page (None), on all pairs."""
    rows = []
    for pair in pairs:
        artist = pair.line / 255.0
        soft = np.ones_like(artist) if params is None else response(pair.grey, params)
        ink = np.zeros_like(pair.ink) if params is None else extract_lines(pair.grey, params) == 0
        norm, line_norm = (float(np.sqrt(np.square(page - artist).sum())) for page in (soft, 1.0 - ink))
        rows.append((norm, line_norm, edge_f1(ink, pair.ink, 1), edge_f1(ink, pair.ink, 2), float(ink.mean())))
    columns = np.array(rows).T
    means = columns.mean(axis=1)
    return ExtractorScores(
        equation_2=columns[0].sum(), thresholded=columns[1].sum(), f1_1px=means[2], f1_2px=means[3], ink=means[4]
    )


def white_page_check(scores: ExtractorScores, artist_ink: float, accept: bool = False) -> list[str]:
    """A warning when the fit has much less ink than the artists' lines; raises AnibenchError when nearly none.

    `accept` turns the error into a warning.
    """
    part = scores.ink / artist_ink
    if part < WHITE_PAGE and not accept:
        raise AnibenchError(
            f"white page: the optimum of this objective has {scores.ink:.2%} ink, the artists' lines have"
            f" {artist_ink:.1%}; use the default objective (--set objective=edge-f1), narrow p_min, k_min and k_max,"
            " or accept the result (--set accept_white_page=true)"
        )
    if part < PALE_PAGE:
        return [
            f"white page: the fitted lines have {scores.ink:.1%} ink, {part:.2f} of the artists' {artist_ink:.1%};"
            " this objective rewards missing lines"
        ]
    return []


def edge_check(params: XDoG, config: FitConfig) -> list[str]:
    """A warning for each parameter at the edge of its range."""
    ranges = {"k": (params.k, config.k_min, config.k_max), "p": (params.p, config.p_min, config.p_max)}
    return [
        f"edge: {name} = {value:g} is at the edge of its range {low:g} to {high:g}; the objective has no optimum"
        " inside the range"
        for name, (value, low, high) in ranges.items()
        if value < low * 1.03 or value > high / 1.03
    ]


def _refine_equation_2(pairs: Sequence[LinePair], config: FitConfig, start: float) -> tuple[float, float]:
    """A bounded search over k, in which the norms are smooth, with the exact optimal p for each k."""

    def sums(k: float) -> Float:
        return np.stack([quadratic_sums(pair, config.params(), np.array([k]), _window(config))[0] for pair in pairs])

    def loss(log_k: float) -> float:
        at_k = sums(np.exp(log_k))
        return float(norms(at_k, best_p(at_k)).sum())

    step = (config.k_max / config.k_min) ** (1 / (config.k_steps // 2 - 1))
    near = _around(start, step, config)
    found = minimize_scalar(loss, bounds=np.log(near), method="bounded", options={"xatol": 1e-3})
    _, k = min([(float(found.fun), float(np.exp(found.x))), *((loss(np.log(k)), k) for k in near)])
    return k, float(np.clip(best_p(sums(k)), config.p_min, config.p_max))


def _lowest(surface: Float, grid: ParameterGrid) -> tuple[float, float]:
    """The (k, p) of the minimum of `surface` (K, P); of equal minima the first."""
    row, column = np.unravel_index(surface.argmin(), surface.shape)
    return float(grid.k[row]), float(grid.p[column])


def _around(k: float, step: float, config: FitConfig) -> tuple[float, float]:
    return max(config.k_min, k / step), min(config.k_max, k * step)


def _window(config: FitConfig) -> int:
    """The window of the wide Gaussian in equation 2 for every k: the window of the largest k."""
    return window_size(config.k_max * config.sigma)
