"""Two figures of an XDoG fit: the objectives over (k, p), and a sheet of lines for comparison by eye."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image, atomic_path, write_png
from benchmark.data.decode import read_picture
from benchmark.data.xdog import XDoG, extract_lines
from builder.lines.fit_xdog import FitResult, Surface
from builder.lines.line_pairs import LinePair

TITLES = {
    "edge-f1": "edge-f1: 1 - mean F1",
    "thresholded": "thresholded: mean ||lines - artist||",
    "equation-2": "equation-2: mean ||S - artist||",
}
PER_BAND, MAX_PAIRS = 7, 21  # pairs side by side, pairs in the sheet
TILE, MARGIN = 256, 130  # px: side of a tile, width of the labels


def draw_objective(path: Path, surfaces: Mapping[str, Surface], result: FitResult) -> None:
    """Write a PNG of each objective over (k, p): its optimum, the leave-one-out fits and the published values."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import BoundaryNorm
    from matplotlib.figure import Figure

    names = [result.objective, *(name for name in surfaces if name != result.objective)]
    figure = Figure(figsize=(5.4 * len(names), 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    places = {c.name: (c.params.k, c.params.p) for c in result.candidates if c.params is not None}
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        surface = surfaces[name]
        mean = surface.losses.mean(axis=0).T  # (P, K)
        low, high = float(mean.min()), float(np.quantile(mean, 0.7))
        levels = low + max(high - low, 1e-9) * np.linspace(0, 1, 25) ** 3  # denser near the minimum
        norm = BoundaryNorm(levels, 256, extend="max")
        shades = axes.contourf(surface.grid.k, surface.grid.p, mean, levels, norm=norm, cmap="viridis", extend="max")
        figure.colorbar(shades, ax=axes, format="%.4g")
        if name == result.objective and result.spread is not None:
            axes.plot(result.spread.k, result.spread.p, "o", ms=5, mfc="none", mec="magenta", label="without one pair")
        axes.plot(*places[f"fitted: {name}"], "*", ms=17, color="red", mec="white", label="optimum", clip_on=False)
        axes.plot(*places["paper"], "s", ms=8, color="orange", mec="black", label="paper")
        axes.plot(*places["authors' code"], "^", ms=8, color="cyan", mec="black", label="authors' code")
        axes.set(xscale="log", yscale="log", xlabel="k", ylabel="p", title=TITLES[name])
        ticks = [k for k in (1.2, 1.5, 2, 3, 4, 5, 6, 8) if surface.grid.k[0] <= k <= surface.grid.k[-1]]
        axes.set_xticks(ticks, labels=[f"{k:g}" for k in ticks])
        axes.set_xticks([], minor=True)
        axes.legend(loc="lower left", fontsize=8)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})


def draw_sheet(path: Path, pairs: Sequence[LinePair], colors: Sequence[Path], result: FitResult) -> None:
    """Write a PNG with four rows per band: colour, the artist's lines, the paper's parameters, the fitted parameters.

    Shows at most 21 pairs, evenly spaced.
    """
    paper = next(c.params for c in result.candidates if c.name == "paper")
    assert paper is not None
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(len(pairs), MAX_PAIRS)).round().astype(int))
    labels = ["colour", "artist", _label("paper", paper), _label("fitted", result.params)]
    bands = []
    for start in range(0, len(chosen), PER_BAND):
        indices = chosen[start : start + PER_BAND]
        columns = [_column(pairs[i], read_picture(colors[i]), (paper, result.params)) for i in indices]
        blank = np.full_like(columns[0], 255)
        columns += [blank] * (min(PER_BAND, len(chosen)) - len(columns))
        bands.append(np.hstack([_margin(labels), *columns]))
    write_png(path, np.vstack(bands))


def _column(pair: LinePair, color: Image, extractors: Sequence[XDoG]) -> Image:
    rows = [color, pair.line, *(extract_lines(pair.grey, params) for params in extractors)]
    return np.vstack([_tile(row if row.ndim == 3 else np.repeat(row[..., None], 3, axis=2)) for row in rows])


def _tile(rgb: Image) -> Image:
    """Reduce an RGB picture to one tile if it is larger, and centre it on white."""
    scale = min(1.0, TILE / max(rgb.shape[:2]))
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    tile = np.full((TILE, TILE, 3), 255, np.uint8)
    top, left = (TILE - rgb.shape[0]) // 2, (TILE - rgb.shape[1]) // 2
    tile[top : top + rgb.shape[0], left : left + rgb.shape[1]] = rgb
    return tile


def _margin(labels: Sequence[str]) -> NDArray[np.uint8]:
    margin = np.full((TILE * len(labels), MARGIN, 3), 255, np.uint8)
    for row, label in enumerate(labels):
        for line, text in enumerate(label.split("\n")):
            place = (8, TILE * row + TILE // 2 + 24 * line)
            cv2.putText(margin, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    return margin


def _label(name: str, params: XDoG) -> str:
    return f"{name}\nk = {params.k:g}\np = {params.p:g}"
