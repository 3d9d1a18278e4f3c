"""The figure of learning curves: a panel for each protocol and metric, scores over images seen or over FLOPs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.core.files import atomic_path
from benchmark.results.score_table import title
from reports.content.learning.curves import AHEAD, Curve, single_runs
from reports.read.claims import IMAGES_SEEN, claimed
from reports.read.collect import Group

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MARKERS = "osD^v<>P"
ASIDE = 1.25  # factor on the axis from a score to its single seeds
ROOM = 0.08  # above and below the scores of a panel, as a share of their range
Tables = Sequence[tuple[Group, Sequence[Curve]]]


def draw_curves(tables: Tables, metrics: Sequence[str], path: Path, *, by_flops: bool = False) -> None:
    """Draw the curves of each table as PNG: one column of panels for each table, one row for each of `metrics`.

    Points are the scores of the table with their intervals, small dots beside them the single seeds. The fit is a line,
    solid in the measured range and dashed beyond it, with its interval. The axis of images ends at the paper's number,
    with the paper's claim; that of FLOPs at ten times the largest training.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1 + 3.8 * len(tables), 0.9 + 2.6 * len(metrics)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(metrics), len(tables), squeeze=False, sharex=True, sharey="row")
    styles = {name: number for number, name in enumerate(dict.fromkeys(c.name for _, curves in tables for c in curves))}
    legend: dict[str, Artist] = {}
    for row, metric in zip(panels, metrics, strict=True):
        reach: list[float] = []
        for axes, (group, curves) in zip(row, tables, strict=True):
            for curve in (each for each in curves if metric in each.metrics):
                reach += _draw_curve(axes, curve, metric, styles[curve.name], by_flops=by_flops)
            reach += [] if by_flops else _draw_claim(axes, group, metric)
            axes.set_xscale("log")
            axes.grid(alpha=0.3)
            drawn, labels = axes.get_legend_handles_labels()
            legend |= dict(zip(labels, drawn, strict=True))
        room = ROOM * (max(reach) - min(reach))
        row[0].set(ylabel=title(metric), ylim=(min(reach) - room, max(reach) + room))
    for above, below, (group, _) in zip(panels[0], panels[-1], tables, strict=True):
        above.set_title(group.card.protocol_label, fontsize="medium")
        below.set_xlabel("training FLOPs" if by_flops else "images seen in training")
    names = sorted(legend, key=lambda name: name not in styles)  # the claims are last
    handles = [legend[name] for name in names]
    figure.legend(handles, names, loc="outside lower center", ncols=len(tables), fontsize="small")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=130)


def _draw_curve(axes: "Axes", curve: Curve, metric: str, style: int, *, by_flops: bool) -> list[float]:
    """Draw one curve; returns the scores that the panel has to show, without the interval of the fit."""
    unit = (curve.flops or 1.0) if by_flops else 1.0
    color, marker = f"C{style}", MARKERS[style % len(MARKERS)]
    means = [(seen * unit, run.card.images[metric]) for seen, run in curve.runs.items()]
    several = [(seen * unit, single_runs(row)) for seen, row in curve.runs.items()]
    single = [(ASIDE * x, one.value(metric)) for x, runs in several if len(runs) > 1 for one in runs]
    seeds = [(x, value) for x, value in single if value is not None]
    axes.plot([x for x, _ in seeds], [value for _, value in seeds], ".", color=color, markersize=4, alpha=0.6)
    scores = np.array([score.mean for _, score in means], np.float64)
    ends = np.array([(score.low, score.high) for _, score in means], np.float64).T  # NaN without an interval
    axes.errorbar(
        [x for x, _ in means], scores, np.abs(ends - scores), fmt=marker, color=color, markersize=5, elinewidth=1,
        label=curve.name,
    )  # fmt: skip
    reach = [*scores, *ends[np.isfinite(ends)], *(value for _, value in seeds)]
    fit = curve.fits.get(metric)
    if fit is not None:
        first, largest = min(curve.runs), max(curve.runs)
        last = AHEAD * largest if by_flops else max(IMAGES_SEEN, largest)
        inside, beyond = np.geomspace(first, largest, 40), np.geomspace(largest, last, 60)
        for images, line in ((inside, "-"), (beyond, "--")):
            fitted = [fit.at(each) for each in images]
            low, high = np.array([fit.interval(each) for each in images]).T
            axes.plot(images * unit, fitted, line, color=color, linewidth=1.2)
            axes.fill_between(images * unit, low, high, color=color, alpha=0.15, linewidth=0)
            reach += fitted
    return reach


def _draw_claim(axes: "Axes", group: Group, metric: str) -> list[float]:
    """Draw the paper's claim for each method of the table that has one; returns the claimed scores."""
    found = {claim.name: claim.scores[metric] for run in group.runs if (claim := claimed(run.card)) is not None
             and metric in claim.scores}  # fmt: skip
    for name, score in found.items():
        axes.plot([IMAGES_SEEN], [score], "*", color="black", markersize=10, label=f"{name}, claimed")
    return list(found.values())
