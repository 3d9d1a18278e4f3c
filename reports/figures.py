"""The pictures of a report: a grid of what was painted, at the pixels that were scored, and loss curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from benchmark.dataset import SIZE, Dataset
from benchmark.errors import AnibenchError
from benchmark.files import Image, read_rgb, write_png
from benchmark.outputs import output_path
from benchmark.protocol import EvalProtocol, Pair
from benchmark.references import reference_image
from benchmark.seeds import derive_seed
from benchmark.training_records import MetricsLog, draw_loss
from reports.collect import EvalRun, Group, OtherRun

ROWS = 6
METHODS = 8  # columns for methods; more would not be read
GAP = 6  # pixels
CAPTION = 22  # pixels of text above and below pictures
GROUND = (238, 238, 238)  # not white, so that a page of lines has an edge


@dataclass(frozen=True)
class Figure:
    """A picture in the report's folder, and what to say under it."""

    path: Path
    caption: str


@dataclass(frozen=True)
class Cell:
    """A picture uint8 (256, 256, 3) and a few words under it."""

    image: Image
    words: str = ""


def draw_grid(group: Group, path: Path) -> Figure:
    """Draw reference, line, each method and ground truth for pairs drawn by the protocol's seed.

    Without the dataset at hand, or with another one in its place, only what the methods painted is shown.
    """
    shown = group.runs[:METHODS]
    pairs = choose_pairs(group)
    data, problem = _open_data(group)
    columns: list[tuple[str, list[Cell]]] = []
    if data is not None:
        columns.append(("reference", [Cell(reference_image(p, data, group.protocol)) for p in pairs]))
        columns.append(("line", [Cell(np.repeat(data.line(p.sample)[..., None], 3, axis=2)) for p in pairs]))
    columns += [(run.card.label, _painted(run, pairs)) for run in shown]
    if data is not None:
        columns.append(("ground truth", [Cell(data.color(p.sample)) for p in pairs]))
    write_png(path, _compose(columns))
    rest = f" {len(group.runs) - len(shown)} more methods are not shown." if len(group.runs) > len(shown) else ""
    return Figure(path, f"{len(pairs)} of {group.card.n} pairs, chosen by the protocol's seed.{problem}{rest}")


def choose_pairs(group: Group, count: int = ROWS) -> list[Pair]:
    """The first `count` pairs in an order that hangs on the protocol's seed and each sample's id alone."""
    rows = group.runs[0].scores[["sample", "reference", "seed"]].itertuples(index=False)
    pairs = [Pair(str(sample), str(reference), int(seed)) for sample, reference, seed in rows]
    return sorted(pairs, key=lambda pair: derive_seed(group.protocol.seed, "figure", pair.sample))[:count]


def draw_training(run: OtherRun, path: Path) -> Figure | None:
    """Draw the loss curve of a training run; None where it left no loss."""
    needed = {"phase", "step", "loss", "epoch"}
    rows = [row for row in MetricsLog(run.folder / "metrics.jsonl").rows() if needed <= set(row)]
    if not rows:
        return None
    draw_loss(path, rows)
    return Figure(path, f"Loss of {run.record.name}, {len(rows):,} readings.")


def _open_data(group: Group) -> tuple[Dataset | None, str]:
    """The dataset a group was evaluated on, or why its pictures cannot be shown."""
    protocol: EvalProtocol = group.protocol
    for root in dict.fromkeys(run.config.data for run in group.runs):
        try:
            data = Dataset.open(Path(root))
        except AnibenchError:
            continue
        if data.fingerprint == group.card.data.fingerprint and set(data.ids(protocol.split)):
            return data, ""
    return None, " The dataset was not found where it was evaluated, so lines and references are not shown."


def _painted(run: EvalRun, pairs: Sequence[Pair]) -> list[Cell]:
    cells = []
    decibels = dict(zip(run.scores["sample"], run.scores["psnr"], strict=True)) if "psnr" in run.scores else {}
    for pair in pairs:
        value = decibels.get(pair.sample)
        words = "" if value is None else f"{value:.1f} dB" if np.isfinite(value) else "equal to target"
        try:
            cells.append(Cell(read_rgb(output_path(run.folder, pair.sample)), words))
        except AnibenchError:
            cells.append(Cell(np.full((SIZE, SIZE, 3), 230, np.uint8), "missing or damaged"))
    return cells


def _compose(columns: Sequence[tuple[str, Sequence[Cell]]]) -> Image:
    """All cells, column titles above, words under each row that has any."""
    rows = max(len(cells) for _, cells in columns)
    below = CAPTION if any(cell.words for _, cells in columns for cell in cells) else 0
    step_x, step_y = SIZE + GAP, SIZE + GAP + below
    canvas = Pillow.new("RGB", (len(columns) * step_x - GAP, CAPTION + GAP + rows * step_y - GAP), GROUND)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=16)
    for x, (title, cells) in enumerate(columns):
        _write(draw, (x * step_x, 2), title, font)
        for y, cell in enumerate(cells):
            top = CAPTION + GAP + y * step_y
            canvas.paste(Pillow.fromarray(cell.image), (x * step_x, top))
            _write(draw, (x * step_x, top + SIZE + 1), cell.words, font)
    return np.asarray(canvas, np.uint8)


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write `text` in the middle of a picture's width, cut to fit."""
    cut = text
    while cut and draw.textlength(cut, font=font) > SIZE:
        cut = cut[:-1]
    if cut != text:
        cut = cut[:-3] + "..."
    draw.text((at[0] + (SIZE - draw.textlength(cut, font=font)) / 2, at[1]), cut, fill=(40, 40, 40), font=font)
