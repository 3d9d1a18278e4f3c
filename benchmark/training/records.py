"""Records of a training run for people: metrics.jsonl, the loss plot and sample grids."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.core.files import Image, atomic_path, read_json_lines, write_png, write_text
from benchmark.data.labels import label

LABEL_WIDTH = 80  # px
LogRow = dict[str, Any]


class MetricsLog:
    """`metrics.jsonl`: one row per step with at least phase, step, epoch and loss; one row per validation with psnr."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[LogRow]:
        """All rows. A last row cut off by a killed process is skipped."""
        return read_json_lines(self.path)

    def append(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Append rows to the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(dict(row), allow_nan=False) + "\n" for row in rows)

    def rewind(self, phase: str, step: int) -> None:
        """Remove the rows of `phase` after `step`, which a resumed run writes again."""
        rows = [row for row in self.rows() if row["phase"] != phase or row["step"] <= step]
        write_text(self.path, "".join(json.dumps(row) + "\n" for row in rows))


def draw_loss(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Plot for each phase the loss per step, its mean per epoch, and the PSNR of the held-out samples, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    phases = list(dict.fromkeys(row["phase"] for row in rows if "loss" in row))
    if not phases:
        return
    figure = Figure(figsize=(6 * len(phases), 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, phase in zip(figure.subplots(1, len(phases), squeeze=False)[0], phases, strict=True):
        steps, losses, epochs = (
            np.array([row[key] for row in rows if row["phase"] == phase and "loss" in row])
            for key in ("step", "loss", "epoch")
        )
        axes.plot(steps, losses, linewidth=0.5, alpha=0.5, label="step")
        means = [(steps[epochs == epoch].mean(), losses[epochs == epoch].mean()) for epoch in np.unique(epochs)]
        axes.plot(*np.array(means).T, marker="." if len(means) < 40 else None, label="mean of an epoch")
        axes.set(title=phase, xlabel="optimiser step", ylabel="loss", yscale="log")
        axes.grid(alpha=0.3)
        validations = [(row["step"], row["psnr"]) for row in rows if row["phase"] == phase and "psnr" in row]
        if validations:
            axes.plot([], [], "s-", color="tab:green", label="PSNR, held out")
            right = axes.twinx()
            right.plot(*np.array(validations).T, "s-", color="tab:green", markersize=4)
            right.set_ylabel("PSNR of held-out samples, dB")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=3)  # below the plot
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def write_grid(path: Path, rows: Mapping[str, NDArray[np.uint8]], gap: int = 4) -> None:
    """Write a PNG grid of `rows`, label -> pictures (n, 3, H, W) or (n, 1, H, W), on white.

    The label of a row stands left of its pictures, `LABEL_WIDTH` px wide.
    """
    strips = [_labelled(text, _strip(images, gap)) for text, images in rows.items()]
    white = np.full((gap, strips[0].shape[1], 3), 255, np.uint8)
    parts = [part for strip in strips for part in (strip, white)][:-1]
    write_png(path, np.concatenate(parts))


def _labelled(text: str, strip: Image) -> Image:
    return np.concatenate([label(text, len(strip), LABEL_WIDTH), strip], axis=1)


def _strip(images: NDArray[np.uint8], gap: int) -> Image:
    pictures = np.broadcast_to(images, (len(images), 3, *images.shape[2:])).transpose(0, 2, 3, 1)
    padded = np.pad(pictures, ((0, 0), (0, 0), (0, gap), (0, 0)), constant_values=255)
    joined = np.concatenate(list(padded), axis=1)
    return np.ascontiguousarray(joined[:, :-gap] if gap else joined)
