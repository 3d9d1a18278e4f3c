"""The plots of a report: loss curves of training runs, and distributions of the scores of single pictures."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.core.files import atomic_path
from benchmark.core.markup import one_line
from benchmark.results.metrics import METRICS
from benchmark.results.score_table import title
from benchmark.training.records import MetricsLog, draw_loss
from reports.content.compare import per_line
from reports.content.tables import in_parts
from reports.document import Figure
from reports.markup import slug
from reports.read.collect import EvalRun, Group, OtherRun

METHODS = 16  # most rows of a plot
LETTERS = 40  # most letters of a line of a row's name, which has at most two lines
PLOTS = 3  # metrics side by side
SPREAD = (
    "Scores of single pictures: the box is from 25 % to 75 %, the line is the median, whiskers are at 5 % and 95 %."
)


def draw_training(run: OtherRun, path: Path, phase: str = "") -> Figure | None:
    """Draw the loss curve of a training run, or of one phase; None if no loss was logged."""
    needed = {"phase", "step", "loss", "epoch"}
    rows = [row for row in MetricsLog(run.folder / "metrics.jsonl").rows() if needed <= set(row)]
    rows = [row for row in rows if phase in ("", row["phase"])]
    if not rows:
        return None
    draw_loss(path, rows)
    return Figure(path, f"Loss of {run.record.name}, {len(rows):,} logged values.")


def draw_distributions(group: Group, metrics: Sequence[str], folder: Path) -> list[Figure]:
    """Draw box plots of the scores of single pictures for each method, with up to 3 metrics in a plot.

    Metrics without a finite score are left out.
    """
    measured = [m for m in metrics if any(len(_finite(run, m)) for run in group.runs)]
    found = []
    for number, part in enumerate(in_parts(measured, PLOTS), 1):
        path = folder / f"{slug(group.name)}-scores-{number}.png"
        _plot(group, part, path)
        found.append(Figure(path, f"{', '.join(METRICS[metric].title for metric in part)}. {SPREAD}"))
    return found


def _plot(group: Group, metrics: Sequence[str], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    shown = list(zip(group.names, group.runs, strict=True))[:METHODS]
    figure = Drawing(figsize=(2.6 + 3.4 * len(metrics), 1 + 0.34 * len(shown)), layout="constrained")
    FigureCanvasAgg(figure)
    for column, (axes, metric) in enumerate(
        zip(figure.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True)
    ):
        axes.boxplot(
            [_finite(run, metric) for _, run in shown],
            orientation="horizontal", whis=(5, 95), widths=0.6, patch_artist=True,
            boxprops={"facecolor": "#cfe0f3", "edgecolor": "#44617f"}, medianprops={"color": "#b3401a"},
            flierprops={"marker": ".", "markersize": 3, "markerfacecolor": "#777", "markeredgecolor": "none"},
        )  # fmt: skip
        axes.set(xlabel=title(metric))
        names = [_short(name) for name, _ in shown] if column == 0 else [""] * len(shown)
        axes.set_yticks(range(1, len(shown) + 1), names, parse_math=False, fontsize=9)  # names can contain dollar signs
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def _finite(run: EvalRun, metric: str) -> list[float]:
    if metric not in run.scores:
        return []
    values = per_line(run, metric).to_numpy(np.float64)
    return [float(value) for value in values[np.isfinite(values)]]


def _short(name: str) -> str:
    """The name on up to two lines, broken before the settings that it names."""
    lines = textwrap.wrap(one_line(name).replace("+", " +", 1), LETTERS, break_on_hyphens=False)
    return "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")
